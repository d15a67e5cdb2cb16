// `npm start`: synthesizes the example and plays it on this machine, with the demo page.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCommand } from '../local/src/command';
import { exampleApp } from './app';

let folder: string | undefined;

void runCommand(process.argv.slice(2), {
  name: 'npm start --',
  assembly: {
    help: "the example's, synthesized now",
    get() {
      folder = mkdtempSync(join(tmpdir(), 'cdk-webrtc-signaling-'));
      return exampleApp({ outdir: folder, page: false }).synth().directory;
    },
  },
  page: join(__dirname, '..', 'demo', 'dist'),
}).then((code) => {
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  process.exit(code);
});

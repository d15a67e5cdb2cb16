// Follows the README's section "Put it into your CDK app" in an empty folder, its commands and programs taken from
// there: installs, writes the app, synthesizes it, plays it, and has two programs call each other. Two things are not the
// reader's: this project's packages are those packed here, and the runner takes a free port.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CodeBlock, codeBlocksOf } from '../docs/markdown';
import { commandsOf } from '../docs/shell-commands';
import { compile, floor, pack, repo, run } from '../support/published';

const SECTION = '## Put it into your CDK app';
const PLAYED = 'ws://127.0.0.1:8787/prod';

const folder = mkdtempSync(join(tmpdir(), 'stranger-'));
const home = join(folder, 'home');
const started: ChildProcess[] = [];
afterAll(() => {
  // A group each: npx passes no signal on to what it runs.
  for (const { pid, exitCode } of started) if (pid !== undefined && exitCode === null) process.kill(-pid);
  rmSync(folder, { recursive: true, force: true });
});

function blocksOfSection(): CodeBlock[] {
  const lines = readFileSync(join(repo, 'README.md'), 'utf8').split('\n');
  const from = lines.indexOf(SECTION);
  if (from < 0) throw new Error(`README.md has no section "${SECTION}"`);
  const length = lines.slice(from + 1).findIndex((line) => line.startsWith('## '));
  return codeBlocksOf('README.md').filter(({ line }) => line > from && line <= from + length);
}

/** Starts a command that goes on; resolves with what it printed once a pattern is there. */
function startUntil(command: string, pattern: RegExp): Promise<string> {
  const process_ = spawn('bash', ['-c', command], {
    cwd: home,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  started.push(process_);
  return new Promise((resolve, reject) => {
    let printed = '';
    const onData = (data: Buffer) => {
      printed += data.toString();
      if (pattern.test(printed)) resolve(printed);
    };
    process_.stdout.on('data', onData);
    process_.stderr.on('data', onData);
    process_.on('exit', (code) => reject(new Error(`${command}: exit code ${code}\n${printed}`)));
  });
}

test('a stranger who follows the README comes to a call', async () => {
  const library = join(folder, 'library');
  compile(library, floor);
  const tarballs: Record<string, string> = {
    'cdk-webrtc-signaling': pack(library).tarball,
    'webrtc-signaling-client': pack(join(repo, 'client'), folder).tarball,
    'webrtc-signaling-local': pack(join(repo, 'local'), folder).tarball,
  };
  mkdirSync(home);
  const begun = Date.now();
  const did: string[] = [];
  let url = PLAYED;

  for (const block of blocksOfSection()) {
    if (block.language === 'js') {
      const [, name] = /^\/\/ ([\w.]+)\n/.exec(block.code) ?? [];
      expect(name).toBeDefined();
      writeFileSync(join(home, name), block.code.replace(PLAYED, url));
      did.push(`write ${name}`);
      continue;
    }
    if (block.file !== 'README.md' || block.language !== 'sh') continue;
    for (const command of commandsOf(block.code)) {
      if (command.startsWith('npm ci')) break; // From here on the section is about a checkout of this repository.
      did.push(command);
      if (command.startsWith('npx webrtc-signaling-local')) {
        const printed = await startUntil(`${command} --port 0`, /ws:\/\/\S+\s[^]*\n/);
        [url] = /ws:\/\/\S+/.exec(printed)!;
      } else if (command.startsWith('node call.mjs')) {
        const each = [startUntil(command, /: hello\n/), startUntil(command, /: hello\n/)];
        expect(await Promise.all(each)).toEqual([
          expect.stringMatching(/^\S+: hello$/m),
          expect.stringMatching(/^\S+: hello$/m),
        ]);
      } else {
        const words = command.split(' ').map((word) => tarballs[word] ?? word);
        run(home, 'bash', ['-c', words.join(' ')]);
      }
    }
  }

  expect(did).toEqual([
    'npm install cdk-webrtc-signaling aws-cdk-lib constructs',
    'npm install --save-dev aws-cdk webrtc-signaling-local',
    'write app.mjs',
    'npx cdk synth --quiet --app "node app.mjs"',
    'npx webrtc-signaling-local',
    'npm install webrtc-signaling-client @roamhq/wrtc ws',
    'write call.mjs',
    'node call.mjs',
  ]);
  console.log(`from an empty folder to a call: ${Math.round((Date.now() - begun) / 1000)} s`);
}, 900_000);

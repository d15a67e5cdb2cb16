// What the client weighs, bundled, minified and gzipped: fails where it is more than it may be.
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';

const BUDGETS = [
  { what: 'SignalingClient alone', names: '{ SignalingClient }', most: 4096 },
  { what: 'everything', names: '*', most: 9216 },
];

async function main() {
  let isOver = false;
  for (const { what, names, most } of BUDGETS) {
    const { outputFiles } = await build({
      stdin: { contents: `export ${names} from './client/src/index.ts'`, resolveDir: '.', loader: 'ts' },
      bundle: true,
      minify: true,
      format: 'esm',
      target: 'es2022',
      write: false,
    });
    const bytes = gzipSync(outputFiles[0].contents, { level: 9 }).length;
    console.log(`${what.padEnd(22)} ${String(bytes).padStart(5)} bytes, at most ${most}`);
    if (bytes > most) isOver = true;
  }
  if (isOver) {
    console.error('The client is larger than it may be.');
    process.exit(1);
  }
}

void main();

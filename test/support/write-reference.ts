// `npm run docs:construct` writes API.md from the docstrings of lib/. With `released`, the API as it is now becomes what
// later ones are compared with: a step of a release.
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compile, developedWith, jsiiTool, repo, run } from './published';

const folder = mkdtempSync(join(tmpdir(), 'reference-'));
try {
  const library = join(folder, 'library');
  compile(library, developedWith);
  run(library, jsiiTool('jsii-docgen'), ['--output', 'API.md']);
  cpSync(join(library, 'API.md'), join(repo, 'API.md'));
  if (process.argv.includes('released')) {
    const assembly = JSON.parse(readFileSync(join(library, '.jsii'), 'utf8'));
    // The types alone are compared; what the dependencies declare is ten times as long.
    const compared = { ...assembly, readme: undefined, dependencyClosure: {} };
    const path = join(repo, 'test', 'construct', 'released.jsii.json');
    writeFileSync(path, `${JSON.stringify(compared, undefined, 2)}\n`);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

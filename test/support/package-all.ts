// `npm run package`: every package that a release publishes, in dist/ by language. The construct library is compiled against
// the lowest versions that it takes. Needs what `npm run test:languages` does, and the .NET SDK.
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compile, floor, jsiiTool, pack, repo, run } from './published';

const dist = join(repo, 'dist');
const folder = mkdtempSync(join(tmpdir(), 'package-'));
try {
  const library = join(folder, 'library');
  compile(library, floor);
  run(library, jsiiTool('jsii-pacmak'), []);
  rmSync(dist, { recursive: true, force: true });
  cpSync(join(library, 'dist'), dist, { recursive: true });
  mkdirSync(join(dist, 'js'), { recursive: true });
  for (const each of ['client', 'local']) pack(join(repo, each), join(dist, 'js'));
} finally {
  rmSync(folder, { recursive: true, force: true });
}

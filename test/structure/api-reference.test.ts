// docs/client-api is made from the docstrings: it is held to them here, and they to being there.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const root = resolve(__dirname, '../..');
let folder: string;
let warnings: string[];

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'api-reference-'));
  // The command, since jest cannot load a package that is only an ES module.
  const typedoc = join(root, 'node_modules/typedoc/bin/typedoc');
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [typedoc, '--out', folder, '--logLevel', 'Warn'],
    { cwd: root, encoding: 'utf8', env: { ...process.env, NO_COLOR: '1' } },
  );
  const said = `${stdout}${stderr}`;
  if (status !== 0) throw new Error(`typedoc failed:\n${said}`);
  // The last line only counts the others.
  warnings = said
    .split('\n')
    .filter((line) => line.startsWith('[warning] ') && !/^\[warning\] Found \d+ errors/.test(line));
}, 120_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function textsIn(within: string): Record<string, string> {
  const paths = readdirSync(within, { recursive: true, encoding: 'utf8' }).sort();
  const files = paths.filter((path) => statSync(join(within, path)).isFile());
  return Object.fromEntries(files.map((path) => [path, readFileSync(join(within, path), 'utf8')]));
}

it('docs/client-api says what the docstrings say (else: npm run docs:api)', () => {
  const made = textsIn(folder);
  expect(Object.keys(made)).not.toEqual([]);
  expect(textsIn(join(root, 'docs/client-api'))).toEqual(made);
});

it('every exported member has a docstring, and every type that one names is exported', () => {
  expect(warnings).toEqual([]);
});

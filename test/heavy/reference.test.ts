// What is said of the construct's API: API.md is made from its docstrings, its examples compile and are translated as
// docs/languages.md has them, and nothing that a release had is gone.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import packageJson from '../../package.json';
import { codeBlocksOf } from '../docs/markdown';
import { compile, developedWith, jsiiTool, repo, run } from '../support/published';

const RELEASED = join(repo, 'test', 'construct', 'released.jsii.json');

const folder = mkdtempSync(join(tmpdir(), 'reference-'));
const library = join(folder, 'library');
afterAll(() => rmSync(folder, { recursive: true, force: true }));
beforeAll(() => compile(library, developedWith), 300_000);

test('API.md says what the docstrings say (else: npm run docs:construct)', () => {
  run(library, jsiiTool('jsii-docgen'), ['--output', 'API.md']);
  expect(readFileSync(join(repo, 'API.md'), 'utf8')).toBe(readFileSync(join(library, 'API.md'), 'utf8'));
}, 300_000);

test("the README's and the docstrings' examples are translated, and docs/languages.md has the C# of the first", () => {
  run(library, jsiiTool('jsii-rosetta'), ['extract', '--strict', '--cache-to', 'translations.json']);
  const { snippets } = JSON.parse(readFileSync(join(library, 'translations.json'), 'utf8'));
  const example = codeBlocksOf('README.md').find(({ language }) => language === 'ts')!;
  const translated = Object.values<any>(snippets).find(({ translations }) => {
    const original: string = translations.$.source;
    return original.trim() === example.code.trim();
  });
  const [csharp] = codeBlocksOf('docs/languages.md').filter(({ language }) => language === 'csharp');
  expect(csharp.code.trim()).toBe(translated.translations.csharp.source.trim());
}, 300_000);

describe('beside the last release', () => {
  const released = JSON.parse(readFileSync(RELEASED, 'utf8'));

  /** What jsii-diff says of the API now, if the release had been this. */
  function differencesFrom(name: string, assembly: unknown): { status: number | null; said: string } {
    const former = join(folder, name);
    mkdirSync(former);
    writeFileSync(join(former, '.jsii'), JSON.stringify(assembly));
    cpSync(join(library, 'package.json'), join(former, 'package.json'));
    symlinkSync(join(library, 'node_modules'), join(former, 'node_modules'));
    const args = ['--error-on', 'all', former, library];
    const { status, stdout, stderr } = spawnSync(jsiiTool('jsii-diff'), args, { encoding: 'utf8' });
    return { status, said: stdout + stderr };
  }

  test('nothing of its API is gone or asks for more (CONTRIBUTING.md, "Releases", says how to release a break)', () => {
    expect(released.name).toBe(packageJson.name);
    const { status, said } = differencesFrom('released', released);
    expect({ status, said: status === 0 ? '' : said }).toEqual({ status: 0, said: '' });
  }, 120_000);

  test('a property and a method that are gone are found', () => {
    const had = structuredClone(released);
    const { properties } = had.types[`${packageJson.name}.WebRtcSignalingProps`];
    properties.push({ ...properties[0], name: 'goneProperty' });
    const { methods } = had.types[`${packageJson.name}.WebRtcSignaling`];
    methods.push({ ...methods[0], name: 'goneMethod' });
    const { status, said } = differencesFrom('had-more', had);
    expect(status).not.toBe(0);
    expect(said).toMatch(/goneProperty/);
    expect(said).toMatch(/goneMethod/);
  }, 120_000);
});

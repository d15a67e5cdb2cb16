// Every code block of every page is checked by the language that its fence names: see CONTRIBUTING.md, "Code in pages".
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { transformSync } from 'esbuild';
import ts from 'typescript';
import { parseAllDocuments } from 'yaml';
import { typeErrors } from '../docs/compile';
import { type CodeBlock, codeBlocksOf, pages, root } from '../docs/markdown';
import { commandsOf, NOT_RUN, SHELL_COMMANDS } from '../docs/shell-commands';

const blocks = pages().flatMap(codeBlocksOf);
const of = (...languages: string[]) => blocks.filter(({ language }) => languages.includes(language));
const at = ({ file, line }: CodeBlock) => `${file}:${line}`;

/** What is wrong with a block, each check by the languages it is for. */
const CHECKS: { languages: string[]; wrongIn: (blocks: CodeBlock[]) => string[] }[] = [
  // An HTML page's module script is the client's example, too.
  { languages: ['ts', 'tsx', 'js', 'html'], wrongIn: (found) => typeErrors(found.flatMap(scriptsOf)) },
  { languages: ['json'], wrongIn: (found) => thrownBy(found, ({ code }) => JSON.parse(code)) },
  { languages: ['jsonc'], wrongIn: (found) => found.flatMap(wrongInJsonc) },
  { languages: ['yaml'], wrongIn: (found) => thrownBy(found, ({ code }) => parseYaml(code)) },
  {
    languages: ['css'],
    wrongIn: (found) => thrownBy(found, ({ code }) => transformSync(code, { loader: 'css' })),
  },
  { languages: ['sh'], wrongIn: (found) => found.flatMap(wrongInShell) },
  // These apps are run by `npm run test:languages`.
  { languages: ['python', 'java', 'go'], wrongIn: (found) => found.flatMap(notOfAnApp) },
  // Held to its translation from TypeScript by test/heavy/reference.test.ts.
  { languages: ['csharp'], wrongIn: (found) => found.flatMap(elsewhere) },
  // What a program prints, a picture in characters, a line of a log: nothing to run.
  { languages: ['text'], wrongIn: () => [] },
];
const LANGUAGES = CHECKS.flatMap(({ languages }) => languages);

function thrownBy(found: CodeBlock[], check: (block: CodeBlock) => void): string[] {
  return found.flatMap((block) => {
    try {
      check(block);
      return [];
    } catch (error) {
      return [`${at(block)}: ${error instanceof Error ? error.message : String(error)}`];
    }
  });
}

function parseYaml(code: string) {
  const [error] = parseAllDocuments(code).flatMap(({ errors }) => errors);
  if (error) throw error;
}

function wrongInJsonc(block: CodeBlock): string[] {
  const { error } = ts.parseConfigFileTextToJson('block.json', block.code);
  return error ? [`${at(block)}: ${ts.flattenDiagnosticMessageText(error.messageText, ' ')}`] : [];
}

function scriptsOf(block: CodeBlock): CodeBlock[] {
  if (block.language !== 'html') return [block];
  const scripts = [...block.code.matchAll(/<script type="module">\n([\s\S]*?)<\/script>/g)];
  return scripts.map(({ 1: code, index }) => ({
    ...block,
    language: 'ts',
    line: block.line + block.code.slice(0, index).split('\n').length,
    // The page loads the client from a file beside it.
    code: code.replaceAll("'./webrtc-signaling-client.js'", "'webrtc-signaling-client'"),
  }));
}

function wrongInShell(block: CodeBlock): string[] {
  const { status, stderr } = spawnSync('bash', ['-n'], { input: block.code, encoding: 'utf8' });
  const syntax = status === 0 ? [] : [`${at(block)}: ${stderr.trim()}`];
  const known = [...SHELL_COMMANDS, ...NOT_RUN];
  const unknown = commandsOf(block.code).filter((line) => !known.some(({ command }) => command.test(line)));
  return [
    ...syntax,
    ...unknown.map(
      (line) => `${at(block)}: nothing runs "${line}": say what does in test/docs/shell-commands.ts`,
    ),
  ];
}

/** What is written in these is a cut from an app that runs. */
function notOfAnApp(block: CodeBlock): string[] {
  const folder = join('test/heavy/languages', block.language);
  const files = readdirSync(join(root, folder), { recursive: true, withFileTypes: true });
  const apps = files
    .filter((file) => file.isFile())
    .map((file) => readFileSync(join(file.parentPath, file.name), 'utf8'));
  return apps.some((app) => `\n${app}`.includes(`\n${block.code}\n`))
    ? []
    : [
        `${at(block)}: these are not lines of an app under ${folder}: cut them from there, or write them there, too`,
      ];
}

function elsewhere(block: CodeBlock): string[] {
  return block.file === 'docs/languages.md' ? [] : [`${at(block)}: C# stands in docs/languages.md alone`];
}

test('every code block names a language that is checked', () => {
  const unchecked = blocks.filter(({ language }) => !LANGUAGES.includes(language));
  expect(
    unchecked.map(
      (block) =>
        `${at(block)}: \`${block.language}\` is checked by nothing: name one of ${LANGUAGES.join(', ')} ` +
        'after the fence (text for what is not code), or add its check to test/heavy/code-blocks.test.ts',
    ),
  ).toEqual([]);
});

test.each(CHECKS.map((check) => ({ ...check, named: check.languages.join(', ') })))(
  'nothing is wrong in blocks of $named',
  ({ languages, wrongIn }) => expect(wrongIn(of(...languages))).toEqual([]),
  // Declarations of all of aws-cdk-lib are read.
  180_000,
);

test('what is said to run a shell command is there', () => {
  const paths = SHELL_COMMANDS.map(({ provenBy }) => provenBy).filter((path) => path !== 'the public CI');
  expect(paths.filter((path) => !existsSync(join(root, path)))).toEqual([]);
});

describe('a wrong block is found', () => {
  const block = (language: string, code: string, ...options: string[]): CodeBlock => ({
    file: 'page.md',
    line: 10,
    language,
    options,
    code,
  });

  test('with its line, where something is not there: a property, a method, a name of another fixture', () => {
    const construct = `import { WebRtcSignaling } from 'cdk-webrtc-signaling';\n\nnew WebRtcSignaling(this, 'S', {\n  stage: 'x',\n});`;
    const client = `import { joinCall } from 'webrtc-signaling-client';\n\ncall.hangUp();`;
    const wrong = [
      block('ts', construct),
      block('ts', 'call.broadcast("x");'),
      block('ts', client),
      block('ts', 'call.broadcast("x");', 'fixture=client'),
    ];
    expect(typeErrors(wrong)).toEqual([
      expect.stringMatching(/^page\.md:13: .*'stage' does not exist/),
      expect.stringMatching(/^page\.md:10: Cannot find name 'call'/),
      expect.stringMatching(/^page\.md:12: .*'hangUp' does not exist/),
    ]);
  }, 180_000);

  test('where a command is run by nothing', () => {
    expect(wrongInShell(block('sh', 'npm ci # all\nrm -rf x'))).toEqual([
      expect.stringMatching(/^page\.md:10: nothing runs "rm -rf x"/),
    ]);
  });
});

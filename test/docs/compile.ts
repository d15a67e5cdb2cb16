// Type-checks code blocks, each within the fixture it names (rosetta/NAME.ts-fixture, as jsii-rosetta has it), from
// memory: nothing is written.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { type CodeBlock, root } from './markdown';

const PLACE = '/// here';
/** Which fixture a block has that names none: the first whose page or import it is. */
const FIXTURES: { name: string; page: RegExp; imports: RegExp }[] = [
  { name: 'client', page: /^(client\/|docs\/client)/, imports: /from 'webrtc-signaling-client['/]/ },
  { name: 'local', page: /^local\//, imports: /from 'webrtc-signaling-local'/ },
  { name: 'default', page: /^/, imports: /^/ },
];

/** The name of the fixture that a block asks for; undefined where it stands for itself. */
function fixtureOf({ file, options, code, language }: CodeBlock): string | undefined {
  if (options.includes('nofixture') || language === 'tsx') return undefined;
  const named = options.find((option) => option.startsWith('fixture='))?.slice('fixture='.length);
  return named ?? FIXTURES.find(({ page, imports }) => page.test(file) || imports.test(code))?.name;
}

interface Unit {
  path: string;
  text: string;
  /** The line of the page, counted from 1, for each line of the unit, counted from 0; none for a fixture's own. */
  lines: (number | undefined)[];
  block: CodeBlock;
}

/** Imports go to the top; the rest goes where the fixture has its place. */
function unitOf(block: CodeBlock, fixture: string | undefined, i: number): Unit {
  const path = join(root, `code-block-${i}.${block.language === 'tsx' ? 'tsx' : 'ts'}`);
  const source = ts.createSourceFile(path, block.code, ts.ScriptTarget.ESNext, true);
  const blockLines = block.code.split('\n').map((text, j) => ({ text, line: block.line + j }));
  const imported = new Set<number>();
  for (const statement of source.statements.filter(ts.isImportDeclaration)) {
    const from = source.getLineAndCharacterOfPosition(statement.getStart()).line;
    const to = source.getLineAndCharacterOfPosition(statement.getEnd()).line;
    for (let j = from; j <= to; j++) imported.add(j);
  }
  const own = (text: string) => ({ text, line: undefined });
  const around = fixture === undefined ? ['export {};', PLACE] : readFixture(fixture, block).split('\n');
  const place = around.findIndex((text) => text.trim() === PLACE);
  const all = [
    ...blockLines.filter((_, j) => imported.has(j)),
    ...around.slice(0, place).map(own),
    ...blockLines.filter((_, j) => !imported.has(j)),
    ...around.slice(place + 1).map(own),
  ];
  return { path, text: all.map(({ text }) => text).join('\n'), lines: all.map(({ line }) => line), block };
}

function readFixture(name: string, { file, line }: CodeBlock): string {
  const path = join(root, 'rosetta', `${name}.ts-fixture`);
  if (!existsSync(path)) throw new Error(`${file}:${line}: there is no rosetta/${name}.ts-fixture`);
  return readFileSync(path, 'utf8');
}

function compilerOptions(): ts.CompilerOptions {
  const { config } = ts.readConfigFile(join(root, 'tsconfig.dev.json'), (path) => ts.sys.readFile(path));
  const { options } = ts.parseJsonConfigFileContent({ ...config, include: [], files: [] }, ts.sys, root);
  // An example may name what the reader is to use.
  return { ...options, noUnusedLocals: false, noUnusedParameters: false, jsx: ts.JsxEmit.ReactJSX };
}

/** What is wrong with them, as `file:line: message`. Blocks of one fixture see each other's page in none but it. */
export function typeErrors(blocks: CodeBlock[]): string[] {
  const options = compilerOptions();
  const parsed = new Map<string, ts.SourceFile | undefined>();
  const groups = new Map<string | undefined, Unit[]>();
  for (const [i, block] of blocks.entries()) {
    const fixture = fixtureOf(block);
    groups.set(fixture, [...(groups.get(fixture) ?? []), unitOf(block, fixture, i)]);
  }
  return [...groups].flatMap(([fixture, units]) => {
    const byPath = new Map(units.map((unit) => [unit.path, unit]));
    const host = ts.createCompilerHost(options, true);
    const onDisk = { ...host };
    host.fileExists = (path) => byPath.has(path) || onDisk.fileExists(path);
    host.readFile = (path) => byPath.get(path)?.text ?? onDisk.readFile(path);
    host.getSourceFile = (path, languageVersion) => {
      const unit = byPath.get(path);
      if (unit) return ts.createSourceFile(path, unit.text, languageVersion, true);
      if (!parsed.has(path)) parsed.set(path, onDisk.getSourceFile(path, languageVersion));
      return parsed.get(path);
    };
    const program = ts.createProgram([...byPath.keys()], options, host);
    return units.flatMap((unit) => {
      const source = program.getSourceFile(unit.path)!;
      const found = [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)];
      return found.map((diagnostic) => {
        const { line } = source.getLineAndCharacterOfPosition(diagnostic.start ?? 0);
        const at = unit.lines[line];
        const where =
          at === undefined
            ? `${unit.block.file}:${unit.block.line} (in its fixture)`
            : `${unit.block.file}:${at}`;
        const within = fixture === undefined ? 'as it stands' : `in rosetta/${fixture}.ts-fixture`;
        return `${where}: ${ts.flattenDiagnosticMessageText(diagnostic.messageText, ' ')} (compiled ${within})`;
      });
    });
  });
}

// The README's tables of properties, against the properties that there are.
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import ts from 'typescript';

const root = resolve(__dirname, '../..');
const read = (file: string) => readFileSync(resolve(root, file), 'utf8');
const section = read('README.md').split('\n## Properties\n')[1].split('\n## ')[0];

function membersOf(file: string, name: string): string[] {
  const source = ts.createSourceFile(file, read(file), ts.ScriptTarget.ESNext, true);
  const found = source.statements.filter(ts.isInterfaceDeclaration).find((each) => each.name.text === name)!;
  return found.members.map((member) => member.name!.getText());
}

it('names every property once, and none that is not there', () => {
  const named = [...section.matchAll(/^\| +(`.*?) +\|/gm)].flatMap(([, cell]) =>
    [...cell.matchAll(/`(\w+)`/g)].map(([, name]) => name),
  );
  expect(named.sort()).toEqual(membersOf('lib/signaling-props.ts', 'WebRtcSignalingProps').sort());
});

it('names every function option', () => {
  const [options] = /^`functionOptions` are [^]*?\. \[API/m.exec(section)!;
  const named = [...options.matchAll(/`(\w+)`/g)].map(([, name]) => name).slice(1);
  expect(named.sort()).toEqual(membersOf('lib/function-options.ts', 'SignalingFunctionOptions').sort());
});

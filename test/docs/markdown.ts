// The code blocks of the pages that people read.
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';

export const root = resolve(__dirname, '../..');

/** Written by a tool from what is checked elsewhere: docs/client-api from docstrings, and API.md. */
const GENERATED = /^(API\.md|docs\/client-api\/)/;
const SKIPPED = /(^|\/)(node_modules|dist|cdk\.out|coverage|artifacts|test)(\/|$)|^\./;

export interface CodeBlock {
  /** From the root of the repository. */
  file: string;
  /** Of its first line of code; counted from 1. */
  line: number;
  /** First word after the fence. */
  language: string;
  /** The other words after the fence. */
  options: string[];
  code: string;
}

function pagesIn(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    const name = relative(root, path);
    if (SKIPPED.test(name) || GENERATED.test(name)) return [];
    return entry.isDirectory() ? pagesIn(path) : entry.name.endsWith('.md') ? [name] : [];
  });
}

/** Every page of the repository that somebody wrote. */
export const pages = (): string[] => pagesIn(root).sort();

export function codeBlocksOf(file: string): CodeBlock[] {
  const blocks: CodeBlock[] = [];
  let open: { fence: string; indent: number; block: CodeBlock; lines: string[] } | undefined;
  for (const [i, line] of readFileSync(join(root, file), 'utf8').split('\n').entries()) {
    const [, indent, fence, info] = /^(\s*)(`{3,}|~{3,})(.*)$/.exec(line) ?? [];
    if (open === undefined) {
      if (fence === undefined) continue;
      const [language = '', ...options] = info.trim().split(/\s+/);
      const block = { file, line: i + 2, language, options, code: '' };
      open = { fence, indent: indent.length, block, lines: [] };
    } else if (fence !== undefined && fence.startsWith(open.fence) && info.trim() === '') {
      blocks.push({ ...open.block, code: open.lines.join('\n') });
      open = undefined;
    } else {
      open.lines.push(line.slice(Math.min(open.indent, line.length - line.trimStart().length)));
    }
  }
  if (open !== undefined) throw new Error(`${file}:${open.block.line}: a code block that does not end`);
  return blocks;
}

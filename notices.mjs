// Licence notices of what is bundled from others, from what esbuild says that it took in: so that none is missing.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const RULE = `\n${'-'.repeat(80)}\n\n`;

/**
 * @param metafile of esbuild
 * @throws where a package says no licence
 */
export function writeNotices(file, { outputs }) {
  const packages = new Map();
  for (const { inputs } of Object.values(outputs)) {
    for (const [path, { bytesInOutput }] of Object.entries(inputs)) {
      const folder = /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0];
      if (folder && bytesInOutput > 0) packages.set(folder, noticeOf(folder));
    }
  }
  // Many come under one text, to the letter.
  const byText = new Map();
  for (const { title, text } of packages.values()) byText.set(text, [...(byText.get(text) ?? []), title]);
  const notices = [...byText].map(([text, titles]) => [...new Set(titles)].sort().join('\n') + '\n' + text);
  if (notices.length > 0) writeFileSync(file, notices.sort().join(RULE));
}

function noticeOf(folder) {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  if (typeof license !== 'string') throw new Error(`${folder}: its package.json says no licence`);
  const texts = readdirSync(folder)
    .filter((entry) => /^(licen[cs]e|notice)(\.(md|txt))?$/i.test(entry))
    .sort()
    .map((entry) => `\n${readFileSync(join(folder, entry), 'utf8').trim()}\n`);
  return { title: `${name} ${version} (${license})`, text: texts.join('') };
}

// Imports run one way: docs/architecture.md has the same table in words.
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import ts from 'typescript';

const root = resolve(__dirname, '../..');

/** For each folder: the folders and packages that its files may import, beside their own folder. */
const MAY_IMPORT: Record<string, string[]> = {
  protocol: [],
  lib: ['aws-cdk-lib', 'constructs', 'node:'],
  lambda: [
    'protocol',
    '@aws-sdk/',
    '@aws-lambda-powertools/metrics',
    'aws-jwt-verify',
    'jose',
    'node:crypto',
  ],
  'client/src': ['protocol', 'aws4fetch'],
  'local/src': ['ws', 'dynalite', 'node:'],
  'demo/src': ['webrtc-signaling-client'],
  examples: ['webrtc-signaling-client', 'simple-peer', 'react', 'jose'],
  bin: [
    'lib',
    'local',
    'examples/room-tokens',
    'cdk.json',
    'aws-cdk-lib',
    'constructs',
    '@aws-sdk/client-secrets-manager',
    'node:',
  ],
};

function filesIn(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    if (name === 'dist' || name === 'node_modules') return [];
    if (statSync(path).isDirectory()) return filesIn(path);
    return /\.c?ts$/.test(name) && !name.endsWith('.d.ts') ? [path] : [];
  });
}

function importsOf(file: string): string[] {
  return ts
    .preProcessFile(readFileSync(file, 'utf8'), true, true)
    .importedFiles.map(({ fileName }) => fileName);
}

/** `lambda` for ../lambda/connect, the specifier itself for a package. */
function target(file: string, specifier: string): string {
  return specifier.startsWith('.')
    ? relative(root, resolve(dirname(file), specifier))
        .split(sep)
        .join('/')
    : specifier;
}

function isWithin(path: string, folder: string) {
  return (
    path === folder || path.startsWith(folder.endsWith('/') || folder.endsWith(':') ? folder : `${folder}/`)
  );
}

it.each(Object.keys(MAY_IMPORT))('%s imports only what it may', (folder) => {
  const files = filesIn(join(root, folder));
  expect(files.length).toBeGreaterThan(0);
  const strays = files.flatMap((file) =>
    importsOf(file)
      .map((specifier) => target(file, specifier))
      .filter((to) => ![folder, ...MAY_IMPORT[folder]].some((allowed) => isWithin(to, allowed)))
      .map((to) => `${relative(root, file)} imports ${to}`),
  );
  expect(strays).toEqual([]);
});

it('what decides in lambda/signaling knows nothing of AWS', () => {
  const strays = filesIn(join(root, 'lambda/signaling')).flatMap((file) =>
    importsOf(file)
      .map((specifier) => target(file, specifier))
      .filter(
        (to) => !['lambda/signaling', 'protocol', 'node:crypto'].some((allowed) => isWithin(to, allowed)),
      )
      .map((to) => `${relative(root, file)} imports ${to}`),
  );
  expect(strays).toEqual([]);
});

it('no file imports itself through others', () => {
  const files = Object.keys(MAY_IMPORT).flatMap((folder) => filesIn(join(root, folder)));
  const graph = new Map(
    files.map((file) => [
      file,
      importsOf(file)
        .filter((specifier) => specifier.startsWith('.'))
        .map((specifier) => resolve(dirname(file), specifier))
        .map((path) => [`${path}.ts`, join(path, 'index.ts')].find(existsSync))
        .filter((path) => path !== undefined),
    ]),
  );
  const circles: string[] = [];
  const done = new Set<string>();
  const visit = (file: string, path: string[]) => {
    if (path.includes(file)) {
      circles.push(
        [...path.slice(path.indexOf(file)), file].map((step) => relative(root, step)).join(' -> '),
      );
      return;
    }
    if (done.has(file)) return;
    for (const imported of graph.get(file) ?? []) visit(imported, [...path, file]);
    done.add(file);
  };
  for (const file of files) visit(file, []);
  expect(circles).toEqual([]);
});

// The published package beside the lowest aws-cdk-lib that it takes, and the newest that npm has: it is compiled against the
// one, and makes of each shape what the other makes of it.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { transformSync } from 'esbuild';
import packageJson from '../../package.json';
import { compile, floor, install, pack, repo, run } from '../support/published';

const folder = mkdtempSync(join(tmpdir(), 'cdk-versions-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** By name of the shape, what it is in the template. */
type Templates = Record<string, any>;

/** Has the shapes of test/support/construct-shapes.ts synthesized by the package, beside one aws-cdk-lib. */
function templatesWith(cdk: string, tarball: string): { installed: string; templates: Templates } {
  const consumer = join(folder, `beside-${cdk}`);
  install(consumer, {
    'aws-cdk-lib': cdk,
    constructs: floor.constructs,
    [packageJson.name]: `file:${tarball}`,
  });
  const shapes = readFileSync(join(repo, 'test', 'support', 'construct-shapes.ts'), 'utf8');
  const ofThePackage = shapes.replace(/'\.\.\/\.\.\/lib'/, `'${packageJson.name}'`);
  const { code } = transformSync(ofThePackage, { loader: 'ts', format: 'cjs', target: 'node20' });
  writeFileSync(join(consumer, 'shapes.js'), code);
  writeFileSync(
    join(consumer, 'synthesize.js'),
    `
      const { shapeNames, templateOf } = require('./shapes.js');
      const templates = Object.fromEntries(shapeNames.map((name) => [name, templateOf(name).toJSON()]));
      require('node:fs').writeFileSync('templates.json', JSON.stringify(templates));
    `,
  );
  run(consumer, process.execPath, ['synthesize.js']);
  const { version } = JSON.parse(
    readFileSync(join(consumer, 'node_modules', 'aws-cdk-lib', 'package.json'), 'utf8'),
  );
  return {
    installed: version,
    templates: JSON.parse(readFileSync(join(consumer, 'templates.json'), 'utf8')),
  };
}

/** What a newer aws-cdk-lib writes out, where CloudWatch takes it for granted: a text widget's background. */
function withoutNewDefaults(templates: Templates): Templates {
  const background = JSON.stringify(',"background":"transparent"').slice(1, -1);
  return JSON.parse(JSON.stringify(templates).replaceAll(background, ''));
}

let atFloor: ReturnType<typeof templatesWith>;
let atNewest: ReturnType<typeof templatesWith>;

beforeAll(() => {
  const library = join(folder, 'library');
  compile(library, floor);
  const { tarball } = pack(library);
  atFloor = templatesWith(floor['aws-cdk-lib'], tarball);
  atNewest = templatesWith('2', tarball);
  console.log(`aws-cdk-lib ${atFloor.installed} and ${atNewest.installed}`);
}, 600_000);

test('the lowest is what package.json says, and the newest is not older than what is developed with', () => {
  expect(atFloor.installed).toBe(floor['aws-cdk-lib']);
  const minor = (version: string) => Number(version.split('.')[1]);
  expect(minor(atNewest.installed)).toBeGreaterThanOrEqual(minor(packageJson.devDependencies['aws-cdk-lib']));
});

test('each shape is made the same by both', () => {
  expect(Object.keys(atFloor.templates).length).toBeGreaterThan(3);
  expect(withoutNewDefaults(atNewest.templates)).toEqual(atFloor.templates);
});

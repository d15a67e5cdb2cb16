// integ-runner 2.197.10, the newest, reads cloud assemblies up to schema 53, and refuses by the number alone those of
// aws-cdk-lib 2.276, which says 55. What these apps use was there in 53: `npm run test:integ` has the runner validate
// each assembly against that schema (TESTING_CDK). So the number is lowered. Goes when a newer runner is there.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { App } from 'aws-cdk-lib';

const READ_BY_RUNNER = '53.0.0';

/** Also without metadata, which is stack traces with the paths of this machine. */
export function synthesizeForRunner(app: App): void {
  const { directory } = app.synth();
  const versioned = (name: string) =>
    name === 'manifest.json' || name === 'integ.json' || name === 'cdk.out' || name.endsWith('.assets.json');
  for (const name of readdirSync(directory).filter(versioned)) {
    const file = join(directory, name);
    const content = JSON.parse(readFileSync(file, 'utf8'));
    writeFileSync(file, JSON.stringify({ ...content, version: READ_BY_RUNNER }, undefined, 1));
  }
  for (const name of readdirSync(directory).filter((name) => name.endsWith('.metadata.json'))) {
    writeFileSync(join(directory, name), '{}');
  }
}

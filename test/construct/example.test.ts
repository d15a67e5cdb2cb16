// The example app, and what the package says about itself.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Template } from 'aws-cdk-lib/assertions';
import recommendedFlags from 'aws-cdk-lib/recommended-feature-flags.json';
import { exampleApp } from '../../bin/app';
import cdkJson from '../../cdk.json';
import jsiirc from '../../.jsiirc.json';
import packageJson from '../../package.json';
import { text } from '../support/construct-template';

const folders: string[] = [];
afterAll(() => folders.forEach((folder) => rmSync(folder, { recursive: true })));

test('the example is one stack with a service of every default, whose URL it puts out', () => {
  const outdir = mkdtempSync(join(tmpdir(), 'example-'));
  folders.push(outdir);
  const { directory, stacks } = exampleApp(outdir).synth();
  expect(directory).toBe(outdir);
  expect(stacks.map(({ stackName }) => stackName)).toEqual(['WebRtcSignalingExample']);
  expect(stacks[0].environment.name).toBe('aws://unknown-account/unknown-region');
  const template = Template.fromJSON(stacks[0].template);
  template.resourceCountIs('AWS::ApiGatewayV2::Api', 1);
  expect(text(template.findOutputs('Url').Url.Value)).toMatch(/^wss:\/\/.*\/prod$/);
});

test('the example is synthesized under the recommended feature flags', () => {
  expect(cdkJson.context).toEqual(recommendedFlags);
});

test('.jsiirc.json says what jsii reads in package.json', () => {
  expect(jsiirc).toEqual({ targets: packageJson.jsii.targets });
});

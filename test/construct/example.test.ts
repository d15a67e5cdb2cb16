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

function synthesized(options: { page?: boolean }) {
  const outdir = mkdtempSync(join(tmpdir(), 'example-'));
  folders.push(outdir);
  const { directory, stacks } = exampleApp({ outdir, ...options }).synth();
  expect(directory).toBe(outdir);
  return stacks;
}

test('the example is a stack with a service of every default, whose URL it puts out, and one with the page', () => {
  const stacks = synthesized({});
  expect(stacks.map(({ stackName }) => stackName)).toEqual(['WebRtcSignalingExample', 'WebRtcSignalingDemo']);
  expect(stacks[0].environment.name).toBe('aws://unknown-account/unknown-region');
  const template = Template.fromJSON(stacks[0].template);
  template.resourceCountIs('AWS::ApiGatewayV2::Api', 1);
  expect(text(template.findOutputs('Url').Url.Value)).toMatch(/^wss:\/\/.*\/prod$/);
});

test('the service that is played here is the one that is deployed with the page', () => {
  const [[alone], [beside]] = [synthesized({ page: false }), synthesized({})];
  expect(alone.template.Resources).toEqual(beside.template.Resources);
});

test('the page is served by CloudFront alone, over TLS, and may connect to the service and nothing else', () => {
  const template = Template.fromJSON(synthesized({})[1].template);
  template.hasResourceProperties('AWS::S3::Bucket', {
    PublicAccessBlockConfiguration: {
      BlockPublicAcls: true,
      BlockPublicPolicy: true,
      RestrictPublicBuckets: true,
    },
  });
  template.hasResourceProperties('AWS::CloudFront::OriginAccessControl', {
    OriginAccessControlConfig: { SigningBehavior: 'always', SigningProtocol: 'sigv4' },
  });
  template.hasResourceProperties('AWS::CloudFront::Distribution', {
    DistributionConfig: { DefaultCacheBehavior: { ViewerProtocolPolicy: 'redirect-to-https' } },
  });
  const [{ Properties }] = Object.values(template.findResources('AWS::CloudFront::ResponseHeadersPolicy'));
  const { CustomHeadersConfig, SecurityHeadersConfig } = Properties.ResponseHeadersPolicyConfig;
  const [, parts] = SecurityHeadersConfig.ContentSecurityPolicy.ContentSecurityPolicy['Fn::Join'];
  const policy = parts.map((part: unknown) => (typeof part === 'string' ? part : '*')).join('');
  expect(policy.split('; ')).toEqual(
    expect.arrayContaining(["connect-src 'self' wss://*.execute-api.*.*/prod", "frame-ancestors 'none'"]),
  );
  expect(CustomHeadersConfig.Items).toContainEqual(
    expect.objectContaining({
      Header: 'Permissions-Policy',
      Value: expect.stringContaining('camera=(self)'),
    }),
  );
});

test('nothing of the page stays behind', () => {
  const template = Template.fromJSON(synthesized({})[1].template);
  const retained = Object.values<any>(template.toJSON().Resources).filter(
    ({ DeletionPolicy }) => DeletionPolicy !== undefined && DeletionPolicy !== 'Delete',
  );
  expect(retained).toEqual([]);
});

test('the example is synthesized under the recommended feature flags', () => {
  expect(cdkJson.context).toEqual(recommendedFlags);
});

test('.jsiirc.json says what jsii reads in package.json', () => {
  expect(jsiirc).toEqual({ targets: packageJson.jsii.targets });
});

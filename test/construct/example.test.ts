// The example app, and what the package says about itself.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { Template } from 'aws-cdk-lib/assertions';
import recommendedFlags from 'aws-cdk-lib/recommended-feature-flags.json';
import { type ExampleOptions, exampleApp } from '../../bin/app';
import { invitation } from '../../bin/invite';
import cdkJson from '../../cdk.json';
import jsiirc from '../../.jsiirc.json';
import { play } from '../../local/src/index';
import packageJson from '../../package.json';
import { logicalId, text } from '../support/construct-template';
import { Wire } from '../support/wire';

const folders: string[] = [];
afterAll(() => folders.forEach((folder) => rmSync(folder, { recursive: true })));

function synthesized(options: ExampleOptions) {
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
  // A group that Lambda makes belongs to no stack; of one that is referred to, what logs there is deleted first.
  template.resourceCountIs('AWS::Lambda::Function', 2);
  template.allResourcesProperties('AWS::Lambda::Function', {
    LoggingConfig: { LogGroup: { Ref: logicalId(template, 'AWS::Logs::LogGroup', 'FilesLogs') } },
  });
});

test('the example is synthesized under the recommended feature flags', () => {
  expect(cdkJson.context).toEqual(recommendedFlags);
});

test('.jsiirc.json says what jsii reads in package.json', () => {
  expect(jsiirc).toEqual({ targets: packageJson.jsii.targets });
});

describe('the context chooses', () => {
  const ZONE = 'Z0123456789ABCDEFGHIJ';
  const CERTIFICATE = 'arn:aws:acm:eu-west-1:123456789012:certificate/0f0f0f0f-0000-4000-8000-000000000000';
  const templates = (context: Record<string, string>) =>
    synthesized({ context }).map(({ template }) => Template.fromJSON(template));

  /** What config.json has. */
  const pageConfiguration = (context: Record<string, string>) => {
    synthesized({ context });
    const assembly = folders.at(-1)!;
    const [file] = readdirSync(assembly, { recursive: true, encoding: 'utf8' }).filter(
      (name) => basename(name) === 'config.json',
    );
    return JSON.parse(readFileSync(join(assembly, file), 'utf8').replaceAll(/<<marker:[^>]*>>/g, '…'));
  };

  test('auth=tokens: a token on $connect, what it is signed with, and a page that wants one', () => {
    const [service] = templates({ auth: 'tokens' });
    service.hasResourceProperties('AWS::ApiGatewayV2::Route', {
      RouteKey: '$connect',
      AuthorizationType: 'CUSTOM',
    });
    service.resourceCountIs('AWS::SecretsManager::Secret', 1);
    expect(text(service.findOutputs('TokenSecret').TokenSecret.Value)).toMatch(/^\${SignalingTokenSecret/);
    expect(pageConfiguration({ auth: 'tokens' })).toMatchObject({ byInvitation: true });
  });

  test('auth=none, and none at all: whoever has the link, without a warning', () => {
    const stacks = synthesized({ context: { auth: 'none', turn: 'none' } });
    expect(stacks.map(({ template }) => template)).toEqual(synthesized({}).map(({ template }) => template));
    expect(stacks[0].messages).toEqual([]);
    expect(Object.keys(pageConfiguration({}))).toEqual(['url']);
  });

  test('turn=coturn: a coturn in the stack of the service, whose clients get it beside the STUN server', () => {
    const [service] = templates({ turn: 'coturn' });
    service.resourceCountIs('AWS::AutoScaling::AutoScalingGroup', 1);
    const variables = Object.values(service.findResources('AWS::Lambda::Function')).map(
      ({ Properties }) => Properties.Environment?.Variables.ICE_SERVERS,
    );
    const servers = text(variables.find((value) => value !== undefined));
    expect(servers).toContain('stun:stun.l.google.com:19302');
    expect(servers).toMatch(/turn:.*:3478\?transport=udp/);
  });

  test('domainName and hostedZoneId: the name is served, with a certificate and a record that are made', () => {
    const [service, page] = templates({ domainName: 'calls.example.com', hostedZoneId: ZONE });
    expect(service.findOutputs('Url').Url.Value).toBe('wss://calls.example.com');
    service.hasResourceProperties('AWS::CertificateManager::Certificate', {
      DomainName: 'calls.example.com',
      DomainValidationOptions: [{ DomainName: 'calls.example.com', HostedZoneId: ZONE }],
    });
    service.hasResourceProperties('AWS::Route53::RecordSet', {
      HostedZoneId: ZONE,
      Name: 'calls.example.com.',
      Type: 'A',
    });
    expect(JSON.stringify(page.toJSON())).toContain("connect-src 'self' wss://calls.example.com;");
  });

  test('certificateArn: that one; without hostedZoneId the record is left to you', () => {
    const [service] = templates({ domainName: 'calls.example.com', certificateArn: CERTIFICATE });
    service.hasResourceProperties('AWS::ApiGatewayV2::DomainName', {
      DomainNameConfigurations: [{ CertificateArn: CERTIFICATE }],
    });
    service.resourceCountIs('AWS::CertificateManager::Certificate', 0);
    service.resourceCountIs('AWS::Route53::RecordSet', 0);
  });

  test('all at once', () => {
    const [service] = templates({
      auth: 'tokens',
      turn: 'coturn',
      domainName: 'calls.example.com',
      hostedZoneId: ZONE,
      certificateArn: CERTIFICATE,
    });
    service.resourceCountIs('AWS::ApiGatewayV2::Authorizer', 1);
    service.resourceCountIs('AWS::AutoScaling::AutoScalingGroup', 1);
    service.resourceCountIs('AWS::ApiGatewayV2::ApiMapping', 1);
  });

  test('nothing that it does not know: all that is wrong is told at once', () => {
    const context = { auth: 'password', turn: 'yes', hostedZoneId: 'example.com', certificateArn: 'mine' };
    expect(() => exampleApp({ context })).toThrow(
      new Error(
        [
          'wrong context:',
          'auth: "password" given, expected none or tokens',
          'turn: "yes" given, expected none or coturn',
          'hostedZoneId: "example.com" given, expected the id of a hosted zone',
          'certificateArn: "mine" given, expected the ARN of a certificate',
          'hostedZoneId: given without a name, expected domainName beside it',
          'certificateArn: given without a name, expected domainName beside it',
        ].join('\n  '),
      ),
    );
  });

  test('no name alone', () => {
    expect(() => exampleApp({ context: { domainName: 'calls.example.com' } })).toThrow(
      'domainName: given alone, expected hostedZoneId, certificateArn or both beside it',
    );
  });
});

test('an invitation opens its room to whoever has the link, and no other', async () => {
  const assembly = mkdtempSync(join(tmpdir(), 'example-'));
  folders.push(assembly);
  exampleApp({ outdir: assembly, page: false, context: { auth: 'tokens' } }).synth();
  const playing = await play({ assembly, port: 0 });
  const secrets = new SecretsManagerClient({
    endpoint: playing.secrets.endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  try {
    const [arn] = Object.values(playing.secrets.arns);
    const link = await invitation(arn, 'https://page.example/', 'amber otter', secrets);
    const [, token] = /^https:\/\/page\.example\/#amber%20otter&token=([\w.-]+)$/.exec(link)!;
    const ann = await Wire.open(`${playing.url}?token=${token}`);
    await ann.join('amber otter');
    expect(await ann.ask({ type: 'register', roomId: 'another' })).toMatchObject({ code: 'forbidden' });
    await ann.close();
    await expect(Wire.open(playing.url)).rejects.toThrow('401');
    await expect(invitation(arn, 'https://page.example/', '*', secrets)).rejects.toThrow('room: * given');
  } finally {
    secrets.destroy();
    await playing.close();
  }
});

// What an app brings besides tables and an API, and what it does to the whole: names, networks, roles, tags, aspects.
import { App, Aspects, CfnParameter, CfnResource, NestedStack, Stack, Tags } from 'aws-cdk-lib';
import { CfnStage, IpAddressType } from 'aws-cdk-lib/aws-apigatewayv2';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import { SecurityGroup, Vpc } from 'aws-cdk-lib/aws-ec2';
import { ManagedPolicy, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { HostedZone } from 'aws-cdk-lib/aws-route53';
import type { IConstruct, IMixin } from 'constructs';
import { SignalingAuthorization, type SignalingDomainOptions, WebRtcSignaling } from '../../lib';
import { make, templateOf } from '../support/construct-shapes';
import { permissions, text } from '../support/construct-template';

const certificateOf = (stack: Stack) =>
  Certificate.fromCertificateArn(stack, 'Cert', 'arn:aws:acm:eu-west-1:111122223333:certificate/a');
const zoneOf = (stack: Stack) =>
  HostedZone.fromHostedZoneAttributes(stack, 'Zone', { hostedZoneId: 'Z1', zoneName: 'example.com' });
const domainOf = (more: Partial<SignalingDomainOptions> = {}) =>
  make((stack) => ({
    domain: { domainName: 'signaling.example.com', certificate: certificateOf(stack), ...more },
  }));

describe('a domain', () => {
  test('is what clients connect to, while posts to connections go to the stage', () => {
    const { stack, signaling } = domainOf();
    expect(signaling.url).toBe('wss://signaling.example.com');
    expect(text(stack.resolve(signaling.callbackUrl))).toMatch(/^https:\/\/.*\.execute-api\..*\/prod$/);
    expect(signaling.customDomain!.name).toBeDefined();
    const template = Template.fromStack(stack);
    template.hasResourceProperties('AWS::ApiGatewayV2::ApiMapping', {
      Stage: 'prod',
      ApiMappingKey: Match.absent(),
    });
    template.resourceCountIs('AWS::Route53::RecordSet', 0);
  });

  test('has a base path where one is given', () => {
    const { stack, signaling } = domainOf({ basePath: 'calls' });
    expect(signaling.url).toBe('wss://signaling.example.com/calls');
    Template.fromStack(stack).hasResourceProperties('AWS::ApiGatewayV2::ApiMapping', {
      ApiMappingKey: 'calls',
    });
  });

  test.each([
    [IpAddressType.DUAL_STACK, ['A', 'AAAA'], 'dualstack'],
    [undefined, ['A'], undefined],
  ])('is told in its zone, for %s', (ipAddressType, types, written) => {
    const { stack } = make((stack) => ({
      ipAddressType,
      domain: {
        domainName: 'signaling.example.com',
        certificate: certificateOf(stack),
        hostedZone: zoneOf(stack),
      },
    }));
    const template = Template.fromStack(stack);
    const records = Object.values(template.findResources('AWS::Route53::RecordSet'));
    expect(records.map(({ Properties }) => [Properties.Name, Properties.Type])).toEqual(
      types.map((type) => ['signaling.example.com.', type]),
    );
    template.hasResourceProperties('AWS::ApiGatewayV2::Api', {
      IpAddressType: written ?? Match.absent(),
    });
  });

  test.each([
    ['a zone', zoneOf],
    [
      'a zone of which only the id is known',
      (stack: Stack) => HostedZone.fromHostedZoneId(stack, 'Zone', 'Z1'),
    ],
  ])('that only the deployment knows is told in %s', (_, hostedZoneOf) => {
    const { stack } = make((stack) => ({
      domain: {
        domainName: new CfnParameter(stack, 'Domain').valueAsString,
        certificate: certificateOf(stack),
        hostedZone: hostedZoneOf(stack),
      },
    }));
    Template.fromStack(stack).hasResourceProperties('AWS::Route53::RecordSet', {
      Name: { 'Fn::Join': ['', [{ Ref: 'Domain' }, '.']] },
      HostedZoneId: 'Z1',
    });
  });

  test('and what else is wrong are told at once', () => {
    expect(() =>
      make((stack) => ({
        domain: { domainName: 'https://example.com', certificate: certificateOf(stack), basePath: 'a/b' },
        functionOptions: {
          logGroup: new LogGroup(stack, 'Logs'),
          logRetention: RetentionDays.ONE_DAY,
          securityGroups: [],
        },
      })),
    ).toThrow(
      [
        'Stack/Signaling has wrong properties:',
        'functionOptions.securityGroups: given without a network, expected functionOptions.vpc beside it',
        'functionOptions.logRetention: given beside functionOptions.logGroup, expected one of the two: a log group of yours has its own',
        'domain.domainName: "https://example.com" given, expected a name of at least two labels, in lower case, without a scheme',
        'domain.basePath: "a/b" given, expected letters, digits and $-_.+!*\'(), without /',
      ].join('\n  '),
    );
  });
});

test('an imported service has the URL that it was given', () => {
  const signaling = WebRtcSignaling.fromWebRtcSignalingAttributes(new Stack(), 'Signaling', {
    webSocketApiId: 'a1b2c3d4e5',
    stageName: 'prod',
    url: 'wss://signaling.example.com',
  });
  expect(signaling.url).toBe('wss://signaling.example.com');
});

test('the functions run in a network, and Lambda may plug them into it', () => {
  const { stack } = make((stack) => ({
    functionOptions: {
      vpc: Vpc.fromVpcAttributes(stack, 'Vpc', {
        vpcId: 'vpc-1',
        availabilityZones: ['a', 'b'],
        privateSubnetIds: ['subnet-1', 'subnet-2'],
      }),
      securityGroups: [SecurityGroup.fromSecurityGroupId(stack, 'Group', 'sg-1')],
    },
  }));
  const template = Template.fromStack(stack);
  template.allResourcesProperties('AWS::Lambda::Function', {
    VpcConfig: { SubnetIds: ['subnet-1', 'subnet-2'], SecurityGroupIds: ['sg-1'] },
  });
  expect(permissions(template, 'SignalingConnectFunction')['*']).toEqual([
    'ec2:AssignPrivateIpAddresses',
    'ec2:CreateNetworkInterface',
    'ec2:DeleteNetworkInterface',
    'ec2:DescribeNetworkInterfaces',
    'ec2:DescribeSubnets',
    'ec2:UnassignPrivateIpAddresses',
  ]);
});

test('a role and a log group of the app serve all functions', () => {
  const { stack, signaling } = make((stack) => ({
    functionOptions: {
      role: new Role(stack, 'OwnRole', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') }),
      logGroup: new LogGroup(stack, 'Own'),
    },
  }));
  expect(signaling.messageFunction.logGroup.node.path).toBe('Stack/Own');
  const template = Template.fromStack(stack);
  template.resourceCountIs('AWS::IAM::Role', 1);
  template.resourceCountIs('AWS::Logs::LogGroup', 1);
  const allowed = permissions(template, 'Own');
  expect(Object.values(allowed).flat()).toEqual(
    expect.arrayContaining(['logs:PutLogEvents', 'dynamodb:PutItem', 'execute-api:ManageConnections']),
  );
});

describe('a role of another stack', () => {
  const roleOf = (stack: Stack, path?: string) =>
    new Role(stack, 'OwnRole', { assumedBy: new ServicePrincipal('lambda.amazonaws.com'), path });
  const policiesOf = (stack: Stack) =>
    Object.entries(Template.fromStack(stack).findResources('AWS::IAM::Policy'));

  test('has its policy in the stack of each service, and the functions wait for it', () => {
    const app = new App();
    const roles = new Stack(app, 'Roles');
    const role = roleOf(roles);
    const stacks = ['First', 'Second'].map((id) => new Stack(app, id));
    for (const stack of stacks) {
      new WebRtcSignaling(stack, 'Signaling', {
        functionOptions: { role },
        authorization: SignalingAuthorization.roomTokens(),
      });
    }
    expect(() => app.synth()).not.toThrow();
    expect(policiesOf(roles)).toEqual([]);
    const names = stacks.map((stack) => {
      const [[policy, { Properties }], ...more] = policiesOf(stack);
      expect(more).toEqual([]);
      expect(Properties.Roles).toEqual([{ 'Fn::ImportValue': expect.stringMatching(/^Roles:.*RefOwnRole/) }]);
      expect(Properties.PolicyDocument.Statement.flatMap(({ Action }: any) => Action)).toEqual(
        expect.arrayContaining([
          'logs:PutLogEvents',
          'dynamodb:PutItem',
          'execute-api:ManageConnections',
          'secretsmanager:GetSecretValue',
        ]),
      );
      const functions = Object.values(Template.fromStack(stack).findResources('AWS::Lambda::Function'));
      expect(functions).toHaveLength(4);
      for (const { DependsOn } of functions) expect(DependsOn).toContain(policy);
      return Properties.PolicyName;
    });
    // One name would be one policy of the role, which each deployment would overwrite.
    expect(new Set(names).size).toBe(2);
  });

  test.each([
    [undefined, ':role/'],
    ['/calls/eu/', ':role/calls/eu/'],
  ])('is known by its ARN, with the path %s', (path, written) => {
    const app = new App();
    const role = roleOf(new Stack(app, 'Roles'), path);
    const stack = new Stack(app, 'Services');
    new WebRtcSignaling(stack, 'Signaling', { functionOptions: { role } });
    const [[, { Properties }]] = policiesOf(stack);
    const name = Properties.Roles[0];
    Template.fromStack(stack).allResourcesProperties('AWS::Lambda::Function', {
      Role: {
        'Fn::Join': [
          '',
          ['arn:', { Ref: 'AWS::Partition' }, ':iam::', { Ref: 'AWS::AccountId' }, written, name],
        ],
      },
    });
    expect(name).toEqual({ 'Fn::ImportValue': expect.stringMatching(/^Roles:.*RefOwnRole/) });
  });

  test('that is the parent of the stack has none of its policies there', () => {
    const parent = new Stack(new App(), 'Parent');
    const nested = new NestedStack(parent, 'Nested');
    new WebRtcSignaling(nested, 'Signaling', { functionOptions: { role: roleOf(parent) } });
    expect(policiesOf(parent)).toEqual([]);
    expect(policiesOf(nested)).toHaveLength(1);
  });

  test('that takes no policies gets none', () => {
    const app = new App();
    const role = roleOf(new Stack(app, 'Roles')).withoutPolicyUpdates();
    const stack = new Stack(app, 'Services');
    new WebRtcSignaling(stack, 'Signaling', { functionOptions: { role } });
    expect(policiesOf(stack)).toEqual([]);
  });
});

test('every role has the permissions boundary', () => {
  const { stack } = make((stack) => ({
    permissionsBoundary: ManagedPolicy.fromManagedPolicyName(stack, 'Boundary', 'boundary'),
  }));
  const roles = Object.values(Template.fromStack(stack).findResources('AWS::IAM::Role'));
  expect(roles).toHaveLength(3);
  for (const { Properties } of roles)
    expect(text(Properties.PermissionsBoundary)).toMatch(/policy\/boundary$/);
});

test('access logs name connections and routes, and nothing that a client sent', () => {
  const { stack } = make(() => ({ accessLogs: true }));
  const [{ Properties }] = Object.values(Template.fromStack(stack).findResources('AWS::ApiGatewayV2::Stage'));
  expect(text(Properties.AccessLogSettings.DestinationArn)).toContain('SignalingAccessLogs');
  const format = Object.values(JSON.parse(Properties.AccessLogSettings.Format));
  expect(format).toContain('$context.connectionId');
  expect(format.join()).not.toMatch(/sourceIp|userAgent|authorizer|query/i);
  expect(templateOf('every default').toJSON()).not.toHaveProperty(
    'Resources.SignalingStageCB647D01.Properties.AccessLogSettings',
  );
});

test('tags of the app reach every resource that takes any', () => {
  const { stack } = make();
  Tags.of(stack).add('team', 'calls');
  const { Resources } = Template.fromStack(stack).toJSON();
  const untagged = Object.values<any>(Resources).filter(
    ({ Properties }) => !/calls/.test(JSON.stringify(Properties.Tags ?? Properties.Replicas?.[0].Tags ?? '')),
  );
  expect(new Set(untagged.map(({ Type }) => Type))).toEqual(
    new Set([
      'AWS::ApiGatewayV2::Integration',
      'AWS::ApiGatewayV2::Route',
      'AWS::IAM::Policy',
      'AWS::Lambda::Permission',
    ]),
  );
});

test('an Aspect and a Mixin of the app reach every resource', () => {
  const { stack, signaling } = make();
  const visited = new Set<string>();
  Aspects.of(stack).add({ visit: (node: IConstruct) => void visited.add(node.node.path) });
  class Describe implements IMixin {
    public supports(construct: IConstruct): construct is CfnStage {
      return construct instanceof CfnStage;
    }
    public applyTo(construct: IConstruct): void {
      (construct as CfnStage).description = 'mixed in';
    }
  }
  signaling.with(new Describe());
  Template.fromStack(stack).hasResourceProperties('AWS::ApiGatewayV2::Stage', { Description: 'mixed in' });
  const resources = stack.node.findAll().filter((each) => CfnResource.isCfnResource(each));
  expect(resources.length).toBeGreaterThan(15);
  expect(resources.map(({ node }) => node.path).filter((path) => !visited.has(path))).toEqual([]);
});

test('another stack of the app refers to the service', () => {
  const app = new App();
  const signaling = new WebRtcSignaling(new Stack(app, 'Services'), 'Signaling');
  const backend = new Stack(app, 'Backend');
  const role = new Role(backend, 'BackendRole', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
  signaling.grantManageConnections(role);
  const [{ Properties }] = Object.values(Template.fromStack(backend).findResources('AWS::IAM::Policy'));
  expect(JSON.stringify(Properties)).toContain('Services:ExportsOutputRef');
  Annotations.fromStack(backend).hasNoError('*', Match.anyValue());
});

// The server that relays: what stands around it, and what its instance is told.
import { execFileSync } from 'node:child_process';
import { App, Fn, Lazy, RemovalPolicy, Size, Stack, Token } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { InstanceType, Vpc } from 'aws-cdk-lib/aws-ec2';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { CoturnServer, type CoturnServerProps, IceServers, WebRtcSignaling } from '../../lib';
import { text } from '../support/construct-template';

process.env.CDK_VALIDATION = 'false';

function make(props: (stack: Stack) => CoturnServerProps = () => ({})) {
  const stack = new Stack(new App(), 'Stack');
  const server = new CoturnServer(stack, 'Coturn', props(stack));
  return { stack, server };
}

function userDataOf(template: Template): string {
  const [launchTemplate] = Object.values(template.findResources('AWS::EC2::LaunchTemplate'));
  return text(launchTemplate.Properties.LaunchTemplateData.UserData['Fn::Base64']);
}

const tls = (stack: Stack): CoturnServerProps => ({
  tls: { domainName: 'turn.example.com', certificate: new Secret(stack, 'Certificate') },
});

test('it has a network of its own without a NAT gateway, or stands in that of the user', () => {
  const own = Template.fromStack(make().stack);
  own.resourceCountIs('AWS::EC2::NatGateway', 0);
  own.resourceCountIs('AWS::EC2::Subnet', 2);
  own.allResourcesProperties('AWS::EC2::Subnet', { MapPublicIpOnLaunch: false });
  const theirs = Template.fromStack(
    make((stack) => ({ vpc: new Vpc(stack, 'Theirs', { natGateways: 0 }) })).stack,
  );
  theirs.resourceCountIs('AWS::EC2::VPC', 1);
});

test('it lets in TURN and the relayed ports, and TLS only where there is a certificate', () => {
  const ports = (props?: (stack: Stack) => CoturnServerProps) => {
    const template = Template.fromStack(make(props).stack);
    const [group] = Object.values(template.findResources('AWS::EC2::SecurityGroup'));
    return group.Properties.SecurityGroupIngress.map(
      ({ IpProtocol, FromPort, ToPort }: any) => `${IpProtocol} ${FromPort}-${ToPort}`,
    );
  };
  expect(ports()).toEqual(['udp 3478-3478', 'tcp 3478-3478', 'udp 49152-65535']);
  expect(ports((stack) => ({ ...tls(stack), minRelayPort: 50000, maxRelayPort: 50100 }))).toEqual([
    'udp 3478-3478',
    'tcp 3478-3478',
    'tcp 5349-5349',
    'udp 50000-50100',
  ]);
});

test('its one instance has an encrypted disk, asks for a token before it tells of itself, and is replaced', () => {
  const template = Template.fromStack(make().stack);
  template.hasResourceProperties('AWS::EC2::LaunchTemplate', {
    LaunchTemplateData: {
      InstanceType: 't4g.small',
      MetadataOptions: { HttpTokens: 'required' },
      NetworkInterfaces: [{ AssociatePublicIpAddress: true }],
      BlockDeviceMappings: [{ Ebs: { Encrypted: true, VolumeType: 'gp3' } }],
    },
  });
  template.hasResource('AWS::AutoScaling::AutoScalingGroup', {
    Properties: {
      MinSize: '1',
      MaxSize: '1',
      HealthCheckType: 'EC2',
      Tags: Match.arrayWith([{ Key: 'CoturnServer', PropagateAtLaunch: true, Value: 'StackCoturnE11CF7C0' }]),
    },
    UpdatePolicy: { AutoScalingRollingUpdate: { MinInstancesInService: 0 } },
  });
});

test('its role may do nothing to what is not its own', () => {
  const template = Template.fromStack(make(tls).stack);
  const statements = Object.values(template.findResources('AWS::IAM::Policy')).flatMap(
    ({ Properties }) => Properties.PolicyDocument.Statement,
  );
  const tag = { StringEquals: { 'aws:ResourceTag/CoturnServer': 'StackCoturnE11CF7C0' } };
  expect(
    statements.map(({ Action, Resource, Condition }) => [
      [Action].flat().join(' '),
      [Resource].flat().map((each) => text(each).replaceAll(/[0-9A-F]{8}(?=[.}])/g, '')),
      Condition,
    ]),
  ).toEqual([
    ['secretsmanager:GetSecretValue', ['${CoturnSecret}', '${Certificate}'], undefined],
    ['logs:CreateLogStream logs:PutLogEvents', ['${CoturnLogs.Arn}'], undefined],
    [
      'logs:DescribeLogStreams',
      [
        'arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:${CoturnLogs}',
        '${CoturnLogs.Arn}',
      ],
      undefined,
    ],
    [
      'ec2:AssociateAddress',
      [
        'arn:${AWS::Partition}:ec2:${AWS::Region}:${AWS::AccountId}:elastic-ip/${CoturnElasticIp.AllocationId}',
      ],
      undefined,
    ],
    ['ec2:AssociateAddress', ['arn:${AWS::Partition}:ec2:${AWS::Region}:${AWS::AccountId}:instance/*'], tag],
    [
      'autoscaling:SetInstanceHealth',
      [
        'arn:${AWS::Partition}:autoscaling:${AWS::Region}:${AWS::AccountId}:autoScalingGroup:*:autoScalingGroupName/*',
      ],
      tag,
    ],
  ]);
});

test('what its instance runs as it starts is bash without a mistake, names the secrets and holds none', () => {
  const script = userDataOf(Template.fromStack(make(tls).stack));
  execFileSync('bash', ['-n'], { input: script });
  for (const name of ['coturn-probe', 'coturn-configure']) {
    const inner = new RegExp(`cat > /usr/local/sbin/${name} <<'END_OF_FILE'\\n(.*?)\\nEND_OF_FILE`, 's');
    execFileSync('bash', ['-n'], { input: inner.exec(script)![1] });
  }
  expect(script).toMatch(/read_secret '\$\{CoturnSecret[0-9A-F]{8}\}'/);
  expect(script).not.toContain('{{resolve:');
  // EC2 takes no more: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-add-user-data.html
  expect(script.length).toBeLessThan(16 * 1024);
});

test('quotas and bandwidth are those of the properties', () => {
  const { stack } = make(() => ({ userQuota: 3, totalQuota: 40, maxBandwidth: Size.kibibytes(64) }));
  const script = userDataOf(Template.fromStack(stack));
  expect(script).toMatch(/^user-quota=3\ntotal-quota=40\nmax-bps=65536$/m);
});

test('one line has a service give its addresses and credentials', () => {
  const { stack, server } = make(tls);
  new WebRtcSignaling(stack, 'Signaling', { iceServers: IceServers.of(server) });
  const [variables] = Object.values(Template.fromStack(stack).findResources('AWS::Lambda::Function'))
    .map(({ Properties }) => Properties.Environment.Variables)
    .filter(({ ICE_SERVERS }) => ICE_SERVERS);
  expect(JSON.parse(text(variables.ICE_SERVERS).replaceAll(/[0-9A-F]{8}(?=[.}])/g, ''))).toEqual([
    {
      kind: 'coturn',
      urls: [
        'stun:${CoturnElasticIp}:3478',
        'turn:${CoturnElasticIp}:3478?transport=udp',
        'turn:${CoturnElasticIp}:3478?transport=tcp',
        'turns:turn.example.com:5349?transport=tcp',
      ],
      secretArn: '${CoturnSecret}',
      ttlSeconds: 7200,
    },
  ]);
});

test('several wrong values are told at once', () => {
  expect(() =>
    make((stack) => ({
      minRelayPort: 80,
      maxRelayPort: 70,
      instanceType: new InstanceType('t3.small'),
      userQuota: 0,
      totalQuota: 1.5,
      maxBandwidth: Size.kibibytes(0),
      logRetention: 4 as never,
      removalPolicy: RemovalPolicy.SNAPSHOT,
      tls: { domainName: 'https://turn', certificate: new Secret(stack, 'Certificate') },
    })),
  ).toThrow(
    [
      'Stack/Coturn has wrong properties:',
      'instanceType: "t3.small" given, expected a type of the architecture arm64, t4g.small for one',
      'minRelayPort: 80 given, expected a whole number from 1024 to 65535',
      'maxRelayPort: 70 given, expected a whole number from minRelayPort to 65535',
      'userQuota: 0 given, expected a whole number from 1 to 1000000',
      'totalQuota: 1.5 given, expected a whole number from 1 to 1000000',
      'maxBandwidth: 0 given, expected at least one byte',
      'logRetention: 4 given, expected a value of RetentionDays',
      'removalPolicy: "snapshot" given, expected DESTROY, RETAIN or RETAIN_ON_UPDATE_OR_DELETE',
      'tls.domainName: "https://turn" given, expected a domain name',
    ].join('\n  '),
  );
});

test.each([
  ['instanceType', { instanceType: new InstanceType('small') }],
  ['maxBandwidth', { maxBandwidth: Size.bytes(0.9) }],
  ['maxBandwidth', { maxBandwidth: Size.bytes(Infinity) }],
])('%s of another kind is refused with the same words', (property, props) => {
  expect(() => make(() => props)).toThrow(`Stack/Coturn has wrong properties:\n  ${property}: `);
});

test('a bandwidth of some bytes is taken as it is', () => {
  const { stack } = make(() => ({ maxBandwidth: Size.bytes(1500.5) }));
  expect(userDataOf(Template.fromStack(stack))).toMatch(/^max-bps=1500$/m);
});

test('tokens pass, since nobody knows their values yet, and reach the template', () => {
  const number = (name: string) => Token.asNumber({ Ref: name });
  const { stack } = make(() => ({
    instanceType: new InstanceType(Fn.ref('Type')),
    minRelayPort: number('Min'),
    maxRelayPort: number('Max'),
    userQuota: number('User'),
    totalQuota: Lazy.number({ produce: () => 7 }),
    maxBandwidth: Size.bytes(number('Bytes')),
    logRetention: number('Retention'),
  }));
  const template = Template.fromStack(stack);
  const script = userDataOf(template);
  for (const line of [
    'min-port=${Min}',
    'max-port=${Max}',
    'user-quota=${User}',
    'total-quota=7',
    'max-bps=${Bytes}',
  ]) {
    expect(script.split('\n')).toContain(line);
  }
  template.hasResourceProperties('AWS::EC2::LaunchTemplate', {
    LaunchTemplateData: { InstanceType: { Ref: 'Type' } },
  });
  template.hasResourceProperties('AWS::Logs::LogGroup', { RetentionInDays: { Ref: 'Retention' } });
});

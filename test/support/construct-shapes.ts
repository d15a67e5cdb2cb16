// The construct in the shapes that the tests look at, synthesized.
import {
  Annotations,
  App,
  type AppProps,
  DefaultStackSynthesizer,
  Duration,
  RemovalPolicy,
  Size,
  Stack,
} from 'aws-cdk-lib';
import { IpAddressType, WebSocketApi } from 'aws-cdk-lib/aws-apigatewayv2';
import { UserPool } from 'aws-cdk-lib/aws-cognito';
import { Template } from 'aws-cdk-lib/assertions';
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import { AttributeType, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { InstanceClass, InstanceSize, InstanceType, SecurityGroup, Vpc } from 'aws-cdk-lib/aws-ec2';
import { ManagedPolicy } from 'aws-cdk-lib/aws-iam';
import { HostedZone } from 'aws-cdk-lib/aws-route53';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Code, Function, Runtime, Tracing } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Topic } from 'aws-cdk-lib/aws-sns';
import recommendedFlags from 'aws-cdk-lib/recommended-feature-flags.json';
import {
  CoturnServer,
  IceServers,
  SignalingAuthorization,
  WebRtcSignaling,
  type WebRtcSignalingProps,
} from '../../lib';

// CloudFormation's own validation takes two seconds a synthesis; npx cdk synth runs it.
process.env.CDK_VALIDATION = 'false';

const CERTIFICATE_ARN = 'arn:aws:acm:us-east-1:111122223333:certificate/01234567-89ab-cdef-0123-456789abcdef';

type Shape = (stack: Stack) => WebRtcSignalingProps;

export const shapes = {
  'every default': () => ({}),

  'every option': (stack) => ({
    authorization: SignalingAuthorization.roomTokens({
      secret: new Secret(stack, 'RoomKey'),
      singleUse: true,
    }),
    stageName: 'calls-2',
    iceServers: IceServers.combine(
      IceServers.stun('stun:stun.example.com', 'stuns:stun.example.com:5349'),
      IceServers.turn({
        urls: ['turn:turn.example.com:3478?transport=udp', 'turns:[2001:db8::1]:443?transport=tcp'],
        username: 'caller',
        credential: new Secret(stack, 'TurnPassword', {
          generateSecretString: { secretStringTemplate: '{}', generateStringKey: 'password' },
        }),
        credentialField: 'password',
      }),
      IceServers.coturn({
        urls: ['stun:coturn.example.com', 'turn:coturn.example.com'],
        secret: new Secret(stack, 'CoturnSecret'),
        ttl: Duration.minutes(30),
      }),
      IceServers.cloudflare({
        keyId: '0123456789abcdef0123456789abcdef',
        apiToken: Secret.fromSecretNameV2(stack, 'CloudflareToken', 'cloudflare-turn'),
      }),
    ),
    maxPeersPerRoom: 90,
    maxRoomsPerConnection: 1,
    allowedOrigins: ['https://app.example.com', 'https://*.example.org:8443'],
    allowAbsentOrigin: false,
    maxMessageBytes: 16384,
    maxMetadataBytes: 512,
    maxMessagesPerSecond: 20,
    maxConnectionsPerUserPerMinute: 30,
    throttle: { rateLimit: 500, burstLimit: 250 },
    functionOptions: {
      memorySize: 1024,
      timeout: Duration.seconds(29),
      logRetention: RetentionDays.ONE_WEEK,
      reservedConcurrentExecutions: 20,
      tracing: Tracing.ACTIVE,
    },
    removalPolicy: RemovalPolicy.RETAIN,
  }),

  monitoring: (stack) => ({
    authorization: SignalingAuthorization.roomTokens(),
    monitoring: {
      alarmTopic: new Topic(stack, 'Alarms'),
      thresholds: { relayLatencyP99: 800, connections: 5000 },
    },
  }),

  'under a key of the app': (stack) => ({
    encryptionKey: new Key(stack, 'Key', { enableKeyRotation: true }),
    pointInTimeRecovery: true,
  }),

  'tables and an API of the app': (stack) => ({
    webSocketApi: new WebSocketApi(stack, 'Api'),
    connectionsTable: new TableV2(stack, 'Connections', {
      partitionKey: { name: 'connectionId', type: AttributeType.STRING },
      timeToLiveAttribute: 'expiresAt',
    }),
    roomsTable: new TableV2(stack, 'Rooms', {
      partitionKey: { name: 'roomId', type: AttributeType.STRING },
      sortKey: { name: 'connectionId', type: AttributeType.STRING },
      globalSecondaryIndexes: [
        { indexName: 'byConnection', partitionKey: { name: 'connectionId', type: AttributeType.STRING } },
      ],
      timeToLiveAttribute: 'expiresAt',
    }),
  }),

  'imported tables and API': (stack) => ({
    webSocketApi: WebSocketApi.fromWebSocketApiAttributes(stack, 'Api', { webSocketId: 'a1b2c3d4e5' }),
    connectionsTable: TableV2.fromTableName(stack, 'Connections', 'their-connections'),
    roomsTable: TableV2.fromTableName(stack, 'Rooms', 'their-rooms'),
  }),

  'a name, a network and a boundary of the app': (stack) => ({
    domain: {
      domainName: 'signaling.example.com',
      certificate: Certificate.fromCertificateArn(stack, 'Certificate', CERTIFICATE_ARN),
      hostedZone: HostedZone.fromHostedZoneAttributes(stack, 'Zone', {
        hostedZoneId: 'Z0123456789ABCDEFGHIJ',
        zoneName: 'example.com',
      }),
      basePath: 'calls',
    },
    ipAddressType: IpAddressType.DUAL_STACK,
    accessLogs: true,
    permissionsBoundary: ManagedPolicy.fromManagedPolicyName(stack, 'Boundary', 'boundary'),
    functionOptions: {
      vpc: Vpc.fromVpcAttributes(stack, 'Vpc', {
        vpcId: 'vpc-0123456789abcdef0',
        availabilityZones: ['us-east-1a', 'us-east-1b'],
        privateSubnetIds: ['subnet-0123456789abcdef0', 'subnet-0123456789abcdef1'],
      }),
      securityGroups: [SecurityGroup.fromSecurityGroupId(stack, 'Group', 'sg-0123456789abcdef0')],
    },
  }),

  'a TURN server of its own': (stack) => ({
    iceServers: IceServers.of(new CoturnServer(stack, 'TurnServer')),
  }),

  'a TURN server with every option, beside a service that does not use it': (stack) => {
    new CoturnServer(stack, 'TurnServer', {
      vpc: Vpc.fromVpcAttributes(stack, 'Vpc', {
        vpcId: 'vpc-0123456789abcdef0',
        availabilityZones: ['us-east-1a', 'us-east-1b'],
        publicSubnetIds: ['subnet-0123456789abcdef0', 'subnet-0123456789abcdef1'],
      }),
      instanceType: InstanceType.of(InstanceClass.C7G, InstanceSize.LARGE),
      secret: new Secret(stack, 'CoturnSecret'),
      tls: { domainName: 'turn.example.com', certificate: new Secret(stack, 'TurnCertificate') },
      minRelayPort: 50000,
      maxRelayPort: 59999,
      userQuota: 4,
      totalQuota: 400,
      maxBandwidth: Size.mebibytes(1),
      logRetention: RetentionDays.ONE_WEEK,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    return {};
  },

  'authorization by IAM': () => ({ authorization: SignalingAuthorization.iam() }),

  'authorization by a provider': () => ({
    authorization: SignalingAuthorization.jwt({
      issuer: 'https://login.example.com/tenant',
      audience: ['calls'],
      roomsClaim: 'rooms',
      publishClaim: 'publish',
    }),
  }),

  'authorization by a user pool': (stack) => {
    const userPool = new UserPool(stack, 'Users');
    return {
      authorization: SignalingAuthorization.cognito({
        userPool,
        clients: [userPool.addClient('Page'), userPool.addClient('Phone')],
        roomsClaim: 'cognito:groups',
      }),
    };
  },

  'authorization by room tokens': () => ({ authorization: SignalingAuthorization.roomTokens() }),

  'authorization by room tokens, with a secret of the app': (stack) => ({
    authorization: SignalingAuthorization.roomTokens({
      secret: new Secret(stack, 'RoomKey'),
      singleUse: true,
    }),
  }),

  'authorization by a function of the app': (stack) => ({
    authorization: SignalingAuthorization.lambda(
      new Function(stack, 'Doorkeeper', {
        role: new Role(stack, 'DoorkeeperRole', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') }),
        logGroup: new LogGroup(stack, 'DoorkeeperLogs'),
        runtime: Runtime.NODEJS_24_X,
        handler: 'index.handler',
        code: Code.fromInline(
          'exports.handler = async ({ methodArn }) => ({ principalId: "all", policyDocument: { Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "execute-api:Invoke", Resource: methodArn }] } });',
        ),
      }),
    ),
  }),
} satisfies Record<string, Shape>;

export const shapeNames = Object.keys(shapes) as (keyof typeof shapes)[];

export const contexts: Record<string, AppProps['context']> = {
  'no feature flags': {},
  'the recommended feature flags': recommendedFlags,
};

export interface Made {
  stack: Stack;
  signaling: WebRtcSignaling;
}

/** A stack with one service, not yet synthesized. */
export function make(shape: Shape = () => ({}), context: AppProps['context'] = {}): Made {
  const stack = new Stack(new App({ context }), 'Stack', {
    // The template without the parameter and rule for the bootstrap version.
    synthesizer: new DefaultStackSynthesizer({ generateBootstrapVersionRule: false }),
  });
  // Tests of the warnings make their own stacks.
  Annotations.of(stack).acknowledgeWarning('cdk-webrtc-signaling:noAuthorization');
  return { stack, signaling: new WebRtcSignaling(stack, 'Signaling', shape(stack)) };
}

const templates = new Map<string, Template>();

/** Synthesized once a test file. */
export function templateOf(shape: keyof typeof shapes, context = 'no feature flags'): Template {
  const key = `${shape}, ${context}`;
  const template = templates.get(key) ?? Template.fromStack(make(shapes[shape], contexts[context]).stack);
  templates.set(key, template);
  return template;
}

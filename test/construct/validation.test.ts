// What is refused, and with which words.
import { Duration, Fn, RemovalPolicy, Stack, Token } from 'aws-cdk-lib';
import { WebSocketApi, WebSocketStage } from 'aws-cdk-lib/aws-apigatewayv2';
import { Template } from 'aws-cdk-lib/assertions';
import { AttributeType, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { IceServers, SignalingAuthorization, WebRtcSignaling, type WebRtcSignalingProps } from '../../lib';
import { handlerCode } from '../../lib/private/handler-function';
import { make } from '../support/construct-shapes';
import { resource } from '../support/construct-template';

/** Secrets of another app: the properties of these tests are made before there is a stack. */
const secret = Secret.fromSecretCompleteArn(
  new Stack(),
  'Secret',
  'arn:aws:secretsmanager:us-east-1:111122223333:secret:turn-AbCdEf',
);
const turn = ['turn:turn.example.com'];
const notAnIceUrl =
  'expected stun:host, stuns:host, turn:host or turns:host, with :port if need be and ?transport=udp or tcp on TURN';

const refused: [WebRtcSignalingProps, string][] = [
  [{ stageName: '' }, 'stageName: "" given, expected 1 to 128 letters, digits, _ or -'],
  [{ stageName: '$default' }, 'stageName: "$default" given, expected 1 to 128 letters, digits, _ or -'],
  [{ stageName: 'a/b' }, 'stageName: "a/b" given, expected 1 to 128 letters, digits, _ or -'],
  [{ stageName: 'prod\n' }, 'stageName: "prod\\n" given, expected 1 to 128 letters, digits, _ or -'],
  [
    { stageName: 'x'.repeat(129) },
    `stageName: "${'x'.repeat(129)}" given, expected 1 to 128 letters, digits, _ or -`,
  ],
  [{ maxPeersPerRoom: 1 }, 'maxPeersPerRoom: 1 given, expected a whole number from 2 to 90'],
  [{ maxPeersPerRoom: 91 }, 'maxPeersPerRoom: 91 given, expected a whole number from 2 to 90'],
  [{ maxPeersPerRoom: 2.5 }, 'maxPeersPerRoom: 2.5 given, expected a whole number from 2 to 90'],
  [{ maxPeersPerRoom: NaN }, 'maxPeersPerRoom: NaN given, expected a whole number from 2 to 90'],
  [{ maxRoomsPerConnection: 0 }, 'maxRoomsPerConnection: 0 given, expected a whole number from 1 to 100'],
  [{ maxRoomsPerConnection: 101 }, 'maxRoomsPerConnection: 101 given, expected a whole number from 1 to 100'],
  [{ allowedOrigins: [] }, 'allowedOrigins: [] given, expected at least one origin'],
  ...[
    '*',
    'app.example.com',
    'https://app.example.com/',
    'https://app.example.com/path',
    'https://user@app.example.com',
    'https://*',
    'https://*.*.example.com',
    'https://app.*.example.com',
    'https://app*.example.com',
    'https://app.example.com:0',
    'https://app.example.com:65536',
    'https://bücher.example',
    'https://app.example.com\n',
    'null',
    '',
  ].map((origin): [WebRtcSignalingProps, string] => [
    { allowedOrigins: ['https://app.example.com', origin] },
    `allowedOrigins[1]: ${JSON.stringify(origin)} given, expected an origin as browsers send it, https://app.example.com for one, or https://*.example.com for its subdomains`,
  ]),
  [
    { allowedOrigins: Array.from({ length: 103 }, (_, i) => `https://app-${i + 100}.example.com`) },
    'allowedOrigins: 3091 bytes as JSON given, expected at most 3072',
  ],
  [{ maxMessageBytes: 1023 }, 'maxMessageBytes: 1023 given, expected a whole number from 1024 to 32768'],
  [{ maxMessageBytes: 32769 }, 'maxMessageBytes: 32769 given, expected a whole number from 1024 to 32768'],
  [{ maxMetadataBytes: -1 }, 'maxMetadataBytes: -1 given, expected a whole number from 0 to 1024'],
  [{ maxMetadataBytes: 1025 }, 'maxMetadataBytes: 1025 given, expected a whole number from 0 to 1024'],
  [{ maxMessagesPerSecond: 0 }, 'maxMessagesPerSecond: 0 given, expected a whole number from 1 to 1000'],
  [
    { maxMessagesPerSecond: 1001 },
    'maxMessagesPerSecond: 1001 given, expected a whole number from 1 to 1000',
  ],
  [
    { maxConnectionsPerUserPerMinute: 30 },
    'maxConnectionsPerUserPerMinute: needs an authorization, which says who a user is',
  ],
  [
    { maxConnectionsPerUserPerMinute: 0, authorization: SignalingAuthorization.iam() },
    'maxConnectionsPerUserPerMinute: 0 given, expected a whole number from 1 to 10000',
  ],
  [
    { maxConnectionsPerUserPerMinute: 1.5, authorization: SignalingAuthorization.iam() },
    'maxConnectionsPerUserPerMinute: 1.5 given, expected a whole number from 1 to 10000',
  ],
  [{ throttle: { rateLimit: 0 } }, 'throttle.rateLimit: 0 given, expected a number above 0'],
  [{ throttle: { rateLimit: NaN } }, 'throttle.rateLimit: NaN given, expected a number above 0'],
  [{ throttle: { rateLimit: Infinity } }, 'throttle.rateLimit: Infinity given, expected a number above 0'],
  [{ throttle: { burstLimit: 0 } }, 'throttle.burstLimit: 0 given, expected a whole number of at least 1'],
  [
    { throttle: { burstLimit: 1.5 } },
    'throttle.burstLimit: 1.5 given, expected a whole number of at least 1',
  ],
  [
    { functionOptions: { memorySize: 127 } },
    'functionOptions.memorySize: 127 given, expected a whole number from 128 to 10240',
  ],
  [
    { functionOptions: { memorySize: 10241 } },
    'functionOptions.memorySize: 10241 given, expected a whole number from 128 to 10240',
  ],
  [
    { functionOptions: { timeout: Duration.seconds(10) } },
    'functionOptions.timeout: 10 seconds given, expected 11 to 29 whole seconds',
  ],
  [
    { functionOptions: { timeout: Duration.seconds(30) } },
    'functionOptions.timeout: 30 seconds given, expected 11 to 29 whole seconds',
  ],
  [
    { functionOptions: { timeout: Duration.millis(11500) } },
    'functionOptions.timeout: 11 seconds 500 millis given, expected 11 to 29 whole seconds',
  ],
  [
    { functionOptions: { logRetention: 45 as never } },
    'functionOptions.logRetention: 45 given, expected a value of RetentionDays',
  ],
  [
    { functionOptions: { reservedConcurrentExecutions: 0 } },
    'functionOptions.reservedConcurrentExecutions: 0 given, expected a whole number of at least 1',
  ],
  [
    { functionOptions: { tracing: 'on' as never } },
    'functionOptions.tracing: "on" given, expected a value of Tracing',
  ],
  [
    { removalPolicy: RemovalPolicy.SNAPSHOT },
    'removalPolicy: "snapshot" given, expected DESTROY, RETAIN or RETAIN_ON_UPDATE_OR_DELETE',
  ],
  [{ iceServers: IceServers.stun() }, 'iceServers[0].urls: [] given, expected at least one URL'],
  [
    { iceServers: IceServers.stun('stun:ok.example.com', 'https://example.com') },
    `iceServers[0].urls[1]: "https://example.com" given, ${notAnIceUrl}`,
  ],
  [{ iceServers: IceServers.stun('stun:') }, `iceServers[0].urls[0]: "stun:" given, ${notAnIceUrl}`],
  [
    { iceServers: IceServers.stun('stun://example.com') },
    `iceServers[0].urls[0]: "stun://example.com" given, ${notAnIceUrl}`,
  ],
  [
    { iceServers: IceServers.stun('stun:example.com:65536') },
    `iceServers[0].urls[0]: "stun:example.com:65536" given, ${notAnIceUrl}`,
  ],
  [
    { iceServers: IceServers.stun('stun:example.com?transport=udp') },
    `iceServers[0].urls[0]: "stun:example.com?transport=udp" given, ${notAnIceUrl}`,
  ],
  [
    { iceServers: IceServers.combine(IceServers.google(), IceServers.stun('nothing')) },
    `iceServers[1].urls[0]: "nothing" given, ${notAnIceUrl}`,
  ],
  [
    { iceServers: IceServers.stun('stun:example.com', 'turns:example.com') },
    'iceServers[0].urls[1]: "turns:example.com" given, expected a STUN server: a TURN server needs credentials, as by IceServers.coturn',
  ],
  [
    { iceServers: IceServers.turn({ urls: turn, username: '', credential: secret }) },
    'iceServers[0].username: "" given, expected a user name',
  ],
  [
    {
      iceServers: IceServers.turn({
        urls: turn,
        username: 'caller',
        credential: secret,
        credentialField: '',
      }),
    },
    'iceServers[0].credentialField: "" given, expected the name of a field',
  ],
  [
    { iceServers: IceServers.turn({ urls: ['turn:'], username: 'caller', credential: secret }) },
    `iceServers[0].urls[0]: "turn:" given, ${notAnIceUrl}`,
  ],
  [
    { iceServers: IceServers.coturn({ urls: [], secret }) },
    'iceServers[0].urls: [] given, expected at least one URL',
  ],
  [
    { iceServers: IceServers.coturn({ urls: turn, secret, ttl: Duration.minutes(4) }) },
    'iceServers[0].ttl: 240 given, expected a whole number from 300 to 86400 seconds',
  ],
  [
    { iceServers: IceServers.coturn({ urls: turn, secret, ttl: Duration.days(2) }) },
    'iceServers[0].ttl: 172800 given, expected a whole number from 300 to 86400 seconds',
  ],
  [
    { iceServers: IceServers.cloudflare({ keyId: '../key', apiToken: secret }) },
    'iceServers[0].keyId: "../key" given, expected the id of a TURN key',
  ],
  [
    { iceServers: IceServers.cloudflare({ keyId: 'key', apiToken: secret, ttl: Duration.days(3) }) },
    'iceServers[0].ttl: 259200 given, expected a whole number from 300 to 172800 seconds',
  ],
  [
    {
      iceServers: IceServers.stun(
        ...Array.from({ length: 130 }, (_, i) => `stun:stun-${i + 100}.example.com`),
      ),
    },
    'iceServers: 3685 bytes as JSON given, expected at most 3072',
  ],
];

test.each(refused.map(([props, message]) => ({ props, message })))('$message', ({ props, message }) => {
  expect(() => make(() => props)).toThrow(new Error(`Stack/Signaling has wrong properties:\n  ${message}`));
});

test('several wrong values are told at once', () => {
  const props = {
    stageName: 'a b',
    maxPeersPerRoom: 1,
    iceServers: IceServers.stun('x'),
    throttle: { burstLimit: -1 },
  };
  expect(() => make(() => props)).toThrow(
    [
      'Stack/Signaling has wrong properties:',
      'stageName: "a b" given, expected 1 to 128 letters, digits, _ or -',
      'maxPeersPerRoom: 1 given, expected a whole number from 2 to 90',
      'throttle.burstLimit: -1 given, expected a whole number of at least 1',
      `iceServers[0].urls[0]: "x" given, ${notAnIceUrl}`,
    ].join('\n  '),
  );
});

const accepted: Record<string, WebRtcSignalingProps> = {
  'the longest stage name': { stageName: 'x'.repeat(128) },
  'a stage name of every kind of character': { stageName: 'A-1_b' },
  'the smallest rooms, the most of them': { maxPeersPerRoom: 2, maxRoomsPerConnection: 100 },
  'the largest rooms, one of them': { maxPeersPerRoom: 90, maxRoomsPerConnection: 1 },
  'the smallest messages, without metadata': {
    maxMessageBytes: 1024,
    maxMetadataBytes: 0,
    maxMessagesPerSecond: 1,
    maxConnectionsPerUserPerMinute: 1,
    authorization: SignalingAuthorization.iam(),
  },
  'the largest messages': { maxMessageBytes: 32768, maxMetadataBytes: 1024, maxMessagesPerSecond: 1000 },
  'origins of every kind': {
    allowedOrigins: [
      'https://app.example.com',
      'HTTPS://App.Example.com:8443',
      'https://*.example.com',
      'http://localhost:5173',
      'http://[::1]:5173',
      'capacitor://localhost',
    ],
  },
  'half a request a second': { throttle: { rateLimit: 0.5 } },
  'the shortest timeout and least memory': {
    functionOptions: { timeout: Duration.seconds(11), memorySize: 128 },
  },
  'the longest timeout and most memory': {
    functionOptions: { timeout: Duration.seconds(29), memorySize: 10240 },
  },
  'a removal policy of a newer kind': { removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE },
  'no ICE servers': { iceServers: IceServers.combine() },
  'credentials for the shortest and the longest time': {
    iceServers: IceServers.combine(
      IceServers.coturn({ urls: turn, secret, ttl: Duration.minutes(5) }),
      IceServers.coturn({ urls: turn, secret, ttl: Duration.days(1) }),
      IceServers.cloudflare({ keyId: 'key', apiToken: secret, ttl: Duration.minutes(5) }),
      IceServers.cloudflare({ keyId: 'key', apiToken: secret, ttl: Duration.days(2) }),
    ),
  },
  'ICE servers by address': { iceServers: IceServers.stun('stun:127.0.0.1:65535', 'stuns:[::1]') },
};

test.each(Object.entries(accepted))('%s is taken', (_, props) => {
  expect(() => make(() => props)).not.toThrow();
});

test('tokens pass, since nobody knows their values yet, and reach the template', () => {
  const param = (name: string) => Fn.importValue(name);
  const { stack } = make(() => ({
    stageName: param('stage'),
    maxPeersPerRoom: Token.asNumber({ Ref: 'peers' }),
    maxRoomsPerConnection: Token.asNumber({ Ref: 'rooms' }),
    allowedOrigins: [param('origin'), `https://*.${param('domain')}`],
    maxMessageBytes: Token.asNumber({ Ref: 'bytes' }),
    maxMetadataBytes: Token.asNumber({ Ref: 'metadata' }),
    maxMessagesPerSecond: Token.asNumber({ Ref: 'messages' }),
    authorization: SignalingAuthorization.iam(),
    maxConnectionsPerUserPerMinute: Token.asNumber({ Ref: 'connections' }),
    throttle: { rateLimit: Token.asNumber({ Ref: 'rate' }), burstLimit: Token.asNumber({ Ref: 'burst' }) },
    functionOptions: {
      memorySize: Token.asNumber({ Ref: 'memory' }),
      timeout: Duration.seconds(Token.asNumber({ Ref: 'timeout' })),
      reservedConcurrentExecutions: Token.asNumber({ Ref: 'reserved' }),
    },
    iceServers: IceServers.turn({
      urls: [`turn:${param('host')}`, param('url')],
      username: param('username'),
      credential: secret,
    }),
  }));
  const template = Template.fromStack(stack);
  const stage = resource(template, 'AWS::ApiGatewayV2::Stage', 'SignalingStage').Properties;
  expect(stage.StageName).toEqual({ 'Fn::ImportValue': 'stage' });
  expect(stage.DefaultRouteSettings.ThrottlingRateLimit).toEqual({ Ref: 'rate' });
  const message = resource(template, 'AWS::Lambda::Function', 'SignalingMessageFunction').Properties;
  expect(message).toMatchObject({ MemorySize: { Ref: 'memory' }, Timeout: { Ref: 'timeout' } });
  expect(message.Environment.Variables).toMatchObject({
    MAX_PEERS_PER_ROOM: { Ref: 'peers' },
    MAX_ROOMS_PER_CONNECTION: { Ref: 'rooms' },
    MAX_MESSAGE_BYTES: { Ref: 'bytes' },
    MAX_METADATA_BYTES: { Ref: 'metadata' },
    MAX_MESSAGES_PER_SECOND: { Ref: 'messages' },
  });
  const connect = resource(template, 'AWS::Lambda::Function', 'SignalingConnectFunction').Properties;
  const { ALLOWED_ORIGINS, MAX_CONNECTIONS_PER_USER_PER_MINUTE } = connect.Environment.Variables;
  expect(MAX_CONNECTIONS_PER_USER_PER_MINUTE).toEqual({ Ref: 'connections' });
  expect(ALLOWED_ORIGINS['Fn::Join'][1]).toEqual([
    '["',
    { 'Fn::ImportValue': 'origin' },
    '","https://*.',
    { 'Fn::ImportValue': 'domain' },
    '"]',
  ]);
  expect(message.Environment.Variables.ICE_SERVERS['Fn::Join'][1]).toEqual([
    '[{"kind":"turn","urls":["turn:',
    { 'Fn::ImportValue': 'host' },
    '","',
    { 'Fn::ImportValue': 'url' },
    '"],"username":"',
    { 'Fn::ImportValue': 'username' },
    `","secretArn":"${secret.secretArn}"}]`,
  ]);
});

describe('what the user brings', () => {
  const string = (name: string) => ({ name, type: AttributeType.STRING });
  const problemsOf = (props: Parameters<typeof make>[0]) => make(props).signaling.node.validate();

  test('a connections table with other keys is refused', () => {
    const problems = problemsOf((stack) => ({
      connectionsTable: new TableV2(stack, 'Table', { partitionKey: string('id') }),
    }));
    expect(problems).toEqual(['connectionsTable: keys id (S), expected the keys connectionId (S)']);
  });

  test('a rooms table with keys of other types, or without the index, is refused', () => {
    const problems = problemsOf((stack) => ({
      roomsTable: new TableV2(stack, 'Table', {
        partitionKey: string('roomId'),
        sortKey: { name: 'connectionId', type: AttributeType.NUMBER },
      }),
    }));
    expect(problems).toEqual([
      'roomsTable: keys roomId (S), connectionId (N), expected the keys roomId (S), connectionId (S)',
      'roomsTable, index byConnection: absent, expected the keys connectionId (S)',
    ]);
  });

  test('an index that is added to the table afterwards is seen', () => {
    const { stack, signaling } = make((stack) => ({
      roomsTable: new TableV2(stack, 'Table', {
        partitionKey: string('roomId'),
        sortKey: string('connectionId'),
        timeToLiveAttribute: 'expiresAt',
      }),
    }));
    const table = stack.node.findChild('Table') as TableV2;
    table.addGlobalSecondaryIndex({ indexName: 'byConnection', partitionKey: string('connectionId') });
    expect(signaling.node.validate()).toEqual([]);
  });

  test('an API that has one of the routes is refused', () => {
    const { stack, signaling } = make((stack) => ({ webSocketApi: new WebSocketApi(stack, 'Api') }));
    expect(signaling.node.validate()).toEqual([]);
    const webSocketApi = signaling.webSocketApi;
    new WebRtcSignaling(stack, 'Second', { webSocketApi, stageName: 'second' });
    expect(signaling.node.validate()).toEqual(
      ['$connect', '$default', '$disconnect'].map(
        (routeKey) => `webSocketApi: has a route ${routeKey} of its own, expected none of that key`,
      ),
    );
  });

  test('an API that has a stage of the name is refused', () => {
    const withStage = (stageName?: string) => (stack: Stack) => {
      const webSocketApi = new WebSocketApi(stack, 'Api');
      new WebSocketStage(stack, 'Own', { webSocketApi, stageName: 'prod' });
      new WebSocketStage(stack, 'Other', {
        webSocketApi: new WebSocketApi(stack, 'Api2'),
        stageName: 'calls',
      });
      return { webSocketApi, stageName };
    };
    expect(() => Template.fromStack(make(withStage()).stack)).toThrow(
      '[Stack/Signaling] webSocketApi: has a stage prod of its own, expected another stageName',
    );
    expect(problemsOf(withStage('calls'))).toEqual([]);
  });

  test('what is wrong with it stops the synthesis', () => {
    const { stack } = make((stack) => ({
      connectionsTable: new TableV2(stack, 'Table', { partitionKey: string('id') }),
    }));
    expect(() => Template.fromStack(stack)).toThrow(
      '[Stack/Signaling] connectionsTable: keys id (S), expected the keys connectionId (S)',
    );
  });

  test('what was imported is taken as it is', () => {
    const problems = problemsOf((stack) => ({
      connectionsTable: TableV2.fromTableName(stack, 'Connections', 'connections'),
      roomsTable: TableV2.fromTableName(stack, 'Rooms', 'rooms'),
      webSocketApi: WebSocketApi.fromWebSocketApiAttributes(stack, 'Api', { webSocketId: 'a1b2c3d4e5' }),
    }));
    expect(problems).toEqual([]);
  });
});

test('an error names the folder where a handler was not built', () => {
  expect(() => handlerCode('/nowhere/lambda/dist/connect')).toThrow(
    'no index.js in /nowhere/lambda/dist/connect: expected the bundled handler there',
  );
});

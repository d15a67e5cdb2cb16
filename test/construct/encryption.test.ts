// A key of the user's: what is under it, and who may use it for what.
import { App, NestedStack, Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import { TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Alias, type IKey, Key } from 'aws-cdk-lib/aws-kms';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import {
  CoturnServer,
  IceServers,
  SignalingAuthorization,
  WebRtcSignaling,
  type WebRtcSignalingProps,
} from '../../lib';
import { make, shapes, templateOf } from '../support/construct-shapes';
import { logicalId, permissions, text } from '../support/construct-template';

const underAKey = () => templateOf('under a key of the app');
const handlers = ['SignalingConnectFunction', 'SignalingMessageFunction', 'SignalingDisconnectFunction'];
const keyArn = { 'Fn::GetAtt': [Match.stringLikeRegexp('^Key[0-9A-F]{8}$'), 'Arn'] };

const keyOfTheApp = (template: Template) => ({
  'Fn::GetAtt': [logicalId(template, 'AWS::KMS::Key', 'Key'), 'Arn'],
});

/** Which log groups CloudWatch Logs may use the key for, and whether it may do so for these alone. */
function logGroupPatterns(template: Template): string[] {
  const [{ Properties }] = Object.values(template.findResources('AWS::KMS::Key'));
  return Properties.KeyPolicy.Statement.filter(({ Principal }: any) => Principal.Service).map(
    ({ Principal, Condition, ...rest }: any) => {
      expect(text(Principal.Service)).toBe('logs.${AWS::Region}.amazonaws.com');
      expect(rest).toEqual({
        Action: ['kms:Decrypt', 'kms:DescribeKey', 'kms:Encrypt', 'kms:GenerateDataKey*', 'kms:ReEncrypt*'],
        Effect: 'Allow',
        Resource: '*',
      });
      expect(Object.keys(Condition)).toEqual(['ArnLike']);
      expect(Object.keys(Condition.ArnLike)).toEqual(['kms:EncryptionContext:aws:logs:arn']);
      return text(Condition.ArnLike['kms:EncryptionContext:aws:logs:arn']);
    },
  );
}

test.each([
  [
    'AWS::DynamoDB::GlobalTable',
    2,
    {
      SSESpecification: { SSEEnabled: true, SSEType: 'KMS' },
      Replicas: [Match.objectLike({ SSESpecification: { KMSMasterKeyId: keyArn } })],
    },
  ],
  ['AWS::Logs::LogGroup', 3, { KmsKeyId: keyArn }],
  ['AWS::Lambda::Function', 3, { KmsKeyArn: keyArn }],
] as const)('every %s is under the key', (type, count, properties) => {
  underAKey().resourceCountIs(type, count);
  underAKey().allResourcesProperties(type, properties);
});

test('who is granted a table by its own members is granted the key', () => {
  const { stack, signaling } = make(shapes['under a key of the app']);
  const role = new Role(stack, 'ReportRole', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
  signaling.connectionsTable.grantReadData(role);
  expect(permissions(Template.fromStack(stack), 'Report')).toMatchObject({
    '${Key.Arn}': ['kms:Decrypt', 'kms:DescribeKey'],
  });
});

test('the tables can be restored where it is asked for, and not otherwise', () => {
  const recovery = (template: Template) =>
    Object.values(template.findResources('AWS::DynamoDB::GlobalTable')).map(
      ({ Properties }) => Properties.Replicas[0].PointInTimeRecoverySpecification?.PointInTimeRecoveryEnabled,
    );
  expect(recovery(underAKey())).toEqual([true, true]);
  expect(recovery(templateOf('every default'))).toEqual([undefined, undefined]);
});

test('a handler may use the key through DynamoDB for its tables, and through Lambda for its environment', () => {
  const key = `\${${logicalId(underAKey(), 'AWS::KMS::Key', 'Key')}.Arn}`.replace(/[0-9A-F]{8}(?=\.)/, '');
  const table = (name: string) => {
    const id = logicalId(underAKey(), 'AWS::DynamoDB::GlobalTable', `Signaling${name}`);
    return `${key} where kms:ViaService = dynamodb.\${AWS::Region}.amazonaws.com where kms:EncryptionContext:aws:dynamodb:tableName = \${${id}}`;
  };
  const environment = `${key} where kms:ViaService = lambda.\${AWS::Region}.amazonaws.com`;
  const readAndWrite = [
    'kms:Decrypt',
    'kms:Encrypt',
    'kms:GenerateDataKey',
    'kms:ReEncryptFrom',
    'kms:ReEncryptTo',
  ];
  const ofKey = (handler: string) =>
    Object.fromEntries(
      Object.entries(permissions(underAKey(), handler)).filter(([what]) => what.startsWith(key)),
    );
  const both = {
    [environment]: ['kms:Decrypt'],
    [table('WebRTCConnections')]: readAndWrite,
    [table('WebRTCRooms')]: readAndWrite,
  };
  const { [table('WebRTCRooms')]: _rooms, ...connectionsOnly } = both;
  expect(handlers.map(ofKey)).toEqual([connectionsOnly, both, both]);
});

test('CloudWatch Logs may use the key for the log groups of the construct alone', () => {
  const arn = (id: string) =>
    `arn:\${AWS::Partition}:logs:\${AWS::Region}:\${AWS::AccountId}:log-group:Stack-${id}-*`;
  expect(logGroupPatterns(underAKey())).toEqual(
    handlers.map((handler) => arn(logicalId(underAKey(), 'AWS::Logs::LogGroup', `${handler}Logs`))),
  );
});

test('a key of another stack, and one that a nested stack uses, are told the log groups by name', () => {
  const app = new App();
  const keys = new Stack(app, 'Keys');
  const encryptionKey = new Key(keys, 'Key');
  const services = new Stack(app, 'Services');
  new WebRtcSignaling(services, 'Signaling', { encryptionKey });
  new WebRtcSignaling(new NestedStack(services, 'Nested'), 'Signaling', { encryptionKey });
  const patterns = logGroupPatterns(Template.fromStack(keys)).map((arn) => arn.split(':log-group:')[1]);
  expect(patterns.map((pattern) => pattern.replace(/[0-9A-F]{8}-/, ''))).toEqual([
    ...handlers.map((handler) => `Services-${handler}Logs*`),
    ...handlers.map((handler) => `*-${handler}Logs*`),
  ]);
});

test('an imported key cannot be given to CloudWatch Logs, which a warning on each log group says', () => {
  const { stack } = make((stack) => ({
    encryptionKey: Key.fromKeyArn(stack, 'Key', 'arn:aws:kms:eu-west-1:111122223333:key/a-key'),
  }));
  const warnings = Annotations.fromStack(stack).findWarning('*', Match.anyValue());
  expect(warnings.map(({ id, entry }) => [id, entry.data])).toEqual(
    handlers.map((handler) => [
      `/Stack/Signaling/${handler.replace('Signaling', '')}Logs`,
      expect.stringMatching(/^encryptionKey was imported, /),
    ]),
  );
});

test('a table that the user brings under a key lets the handlers that use it use the key', () => {
  const { stack } = make((stack) => ({
    connectionsTable: TableV2.fromTableAttributes(stack, 'Table', {
      tableName: 'connections',
      encryptionKey: new Key(stack, 'Key'),
    }),
  }));
  const where =
    'kms:ViaService = dynamodb.${AWS::Region}.amazonaws.com where kms:EncryptionContext:aws:dynamodb:tableName = connections';
  expect(permissions(Template.fromStack(stack), 'SignalingConnectFunction')).toEqual({
    '${SignalingConnectFunctionLogs.Arn}': ['logs:CreateLogStream', 'logs:PutLogEvents'],
    'dynamodb:table/connections': ['dynamodb:PutItem'],
    [`\${Key.Arn} where ${where}`]: [
      'kms:Decrypt',
      'kms:Encrypt',
      'kms:GenerateDataKey',
      'kms:ReEncryptFrom',
      'kms:ReEncryptTo',
    ],
  });
});

test.each([
  ['a key', (key: Key) => key],
  ['an alias', (key: Key) => key.addAlias('calls')],
])('%s of a TURN server is for its secret and its logs, which the key is told of by name', (_, of) => {
  const stack = new Stack(new App(), 'Stack');
  new CoturnServer(stack, 'Coturn', { encryptionKey: of(new Key(stack, 'Key')) });
  const template = Template.fromStack(stack);
  template.allResourcesProperties('AWS::Logs::LogGroup', { KmsKeyId: keyArn });
  template.allResourcesProperties('AWS::SecretsManager::Secret', { KmsKeyId: keyArn });
  const logs = logicalId(template, 'AWS::Logs::LogGroup', 'CoturnLogs');
  expect(logGroupPatterns(template)).toEqual([
    `arn:\${AWS::Partition}:logs:\${AWS::Region}:\${AWS::AccountId}:log-group:Stack-${logs}-*`,
  ]);
  expect(permissions(template, 'Coturn')).toMatchObject({
    '${Key.Arn} where kms:ViaService = secretsmanager.${AWS::Region}.amazonaws.com': ['kms:Decrypt'],
  });
});

describe('an alias', () => {
  /** A service with the key wherever there may be one, of its own and brought. */
  const everywhere =
    (keyOf: (stack: Stack) => IKey) =>
    (stack: Stack): WebRtcSignalingProps => {
      const encryptionKey = keyOf(stack);
      const secret = (id: string) => new Secret(stack, id, { encryptionKey });
      const table = (tableName: string) =>
        TableV2.fromTableAttributes(stack, tableName, { tableName, encryptionKey });
      return {
        encryptionKey,
        connectionsTable: table('Connections'),
        roomsTable: table('Rooms'),
        authorization: SignalingAuthorization.roomTokens({ secret: secret('Tokens') }),
        iceServers: IceServers.combine(
          IceServers.turn({ urls: ['turn:a.example'], username: 'caller', credential: secret('Turn') }),
          IceServers.coturn({ urls: ['turn:b.example'], secret: secret('Coturn') }),
          IceServers.cloudflare({ keyId: 'key', apiToken: secret('Cloudflare') }),
        ),
      };
    };
  const keyStatements = (template: Template) =>
    Object.values(template.findResources('AWS::IAM::Policy'))
      .flatMap(({ Properties }) => Properties.PolicyDocument.Statement)
      .filter(({ Action }) => [Action].flat().some((action) => action.startsWith('kms:')));

  test('of the app stands for its key', () => {
    const { stack } = make((stack) => ({
      encryptionKey: new Alias(stack, 'Alias', {
        aliasName: 'alias/calls',
        targetKey: new Key(stack, 'Key'),
      }),
    }));
    const template = Template.fromStack(stack);
    expect(keyStatements(template).length).toBeGreaterThan(0);
    for (const { Resource } of keyStatements(template)) expect(Resource).toEqual(keyOfTheApp(template));
    template.allResourcesProperties('AWS::Logs::LogGroup', { KmsKeyId: keyArn });
    template.allResourcesProperties('AWS::Lambda::Function', { KmsKeyArn: keyArn });
    template.allResourcesProperties('AWS::DynamoDB::GlobalTable', {
      Replicas: [Match.objectLike({ SSESpecification: { KMSMasterKeyId: keyArn } })],
    });
  });

  test('of what the app brings stands for its key', () => {
    const { stack } = make(everywhere((stack) => new Key(stack, 'Key').addAlias('calls')));
    const template = Template.fromStack(stack);
    expect(keyStatements(template).length).toBeGreaterThan(8);
    for (const { Resource } of keyStatements(template)) expect(Resource).toEqual(keyOfTheApp(template));
  });

  test('that names its key stands for it, though it is imported', () => {
    const aliasTargetKey = 'arn:aws:kms:eu-west-1:111122223333:key/a-key';
    const { stack } = make((stack) => ({
      encryptionKey: Alias.fromAliasAttributes(stack, 'Alias', {
        aliasName: 'alias/calls',
        aliasTargetKey: Key.fromKeyArn(stack, 'Key', aliasTargetKey),
      }),
    }));
    for (const { Resource } of keyStatements(Template.fromStack(stack)))
      expect(Resource).toBe(aliasTargetKey);
  });

  test('of which only the name is known is refused', () => {
    const byName = (stack: Stack) => Alias.fromAliasName(stack, 'Alias', 'alias/calls');
    const line = (property: string) => `${property}: the name alias/calls given, expected a key, by its ARN`;
    expect(() => make(everywhere(byName))).toThrow(
      new Error(
        [
          'Stack/Signaling has wrong properties:',
          ...[
            'encryptionKey',
            'connectionsTable.encryptionKey',
            'roomsTable.encryptionKey',
            'iceServers[0].credential.encryptionKey',
            'iceServers[1].secret.encryptionKey',
            'iceServers[2].apiToken.encryptionKey',
            'authorization.secret.encryptionKey',
          ].map(line),
        ].join('\n  '),
      ),
    );
    const stack = new Stack(new App(), 'Stack');
    const secret = new Secret(stack, 'Secret', { encryptionKey: byName(stack) });
    expect(
      () =>
        new CoturnServer(stack, 'Turn', {
          encryptionKey: byName(new Stack()),
          secret,
          tls: { domainName: 'turn.example', certificate: secret },
        }),
    ).toThrow(
      new Error(
        [
          'Stack/Turn has wrong properties:',
          line('encryptionKey'),
          line('secret.encryptionKey'),
          line('tls.certificate.encryptionKey'),
        ].join('\n  '),
      ),
    );
  });
});

// Calls of functions, judged: what a judge is told of each, and what a function gets that may not make it.
import { resolve } from 'node:path';
import { type ApiCall, CannotPlay, type LogEntry, play, type Playing } from 'webrtc-signaling-local';
import { requestsOf } from '../../local/src/dynamodb/requests-of';
import type { TableModel } from '../../local/src/model';
import {
  lambdaFunction,
  removeAssemblies,
  type Resources,
  webSocketApi,
  writeAssembly,
} from '../support/assembly';
import { Wire } from '../support/wire';

const packages = (name: string) => JSON.stringify(resolve('node_modules/@aws-sdk', name));

/** Makes the call that a message names, and answers with what came of it. */
const CALLER = `
  const clients = {
    dynamodb: [require(${packages('client-dynamodb')}), 'DynamoDBClient'],
    secrets: [require(${packages('client-secrets-manager')}), 'SecretsManagerClient'],
    connections: [require(${packages('client-apigatewaymanagementapi')}), 'ApiGatewayManagementApiClient'],
  };
  exports.handler = async ({ body, requestContext: { connectionId } }) => {
    const { service, command, input = {}, print } = JSON.parse(body);
    if (print) console.log(print);
    if (!service) return { statusCode: 200, body: '{}' };
    const [sdk, name] = clients[service];
    const endpoint = service === 'connections' ? process.env.CALLBACK : undefined;
    const client = new sdk[name]({ endpoint, maxAttempts: 1 });
    if (service === 'connections') input.ConnectionId ??= connectionId;
    const answer = await client.send(new sdk[command + 'Command'](input)).then(
      () => ({ name: 'done' }),
      ({ name, message, $metadata }) => ({ name, message, status: $metadata.httpStatusCode }),
    );
    return { statusCode: 200, body: JSON.stringify(answer) };
  };
`;

const statement = (Action: string, Resource: unknown = '*') => ({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action, Resource }],
});

const judged: Resources = {
  ...webSocketApi({ $default: 'Fn' }, { answers: true }),
  Fn: lambdaFunction('caller', {
    Role: { 'Fn::GetAtt': ['Role', 'Arn'] },
    Environment: {
      Variables: {
        CALLBACK: { 'Fn::Sub': 'https://${Api}.execute-api.${AWS::Region}.${AWS::URLSuffix}/dev' },
      },
    },
  }),
  Role: {
    Type: 'AWS::IAM::Role',
    Properties: {
      Policies: [
        {
          PolicyName: 'inline',
          PolicyDocument: statement('dynamodb:PutItem', { 'Fn::GetAtt': ['Table', 'Arn'] }),
        },
      ],
      ManagedPolicyArns: [
        { Ref: 'Managed' },
        { 'Fn::Sub': 'arn:${AWS::Partition}:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole' },
      ],
    },
  },
  Attached: {
    Type: 'AWS::IAM::Policy',
    Properties: { PolicyName: 'p', Roles: [{ Ref: 'Role' }], PolicyDocument: statement('kms:Decrypt') },
  },
  OfAnother: {
    Type: 'AWS::IAM::Policy',
    Properties: { PolicyName: 'p', Roles: ['another'], PolicyDocument: statement('*') },
  },
  Managed: { Type: 'AWS::IAM::ManagedPolicy', Properties: { PolicyDocument: statement('xray:*') } },
  Key: { Type: 'AWS::KMS::Key', Properties: { KeyPolicy: statement('kms:*') } },
  Secret: {
    Type: 'AWS::SecretsManager::Secret',
    Properties: { SecretString: 'value', KmsKeyId: { 'Fn::GetAtt': ['Key', 'Arn'] } },
  },
  Table: {
    Type: 'AWS::DynamoDB::GlobalTable',
    Properties: {
      AttributeDefinitions: ['id', 'owner'].map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      GlobalSecondaryIndexes: [
        {
          IndexName: 'byOwner',
          KeySchema: [{ AttributeName: 'owner', KeyType: 'HASH' }],
          Projection: { ProjectionType: 'ALL' },
        },
      ],
      Replicas: [
        {
          Region: { Ref: 'AWS::Region' },
          SSESpecification: { KMSMasterKeyId: { 'Fn::GetAtt': ['Key', 'Arn'] } },
        },
      ],
    },
  },
};

let playing: Playing;
let wire: Wire;
const calls: ApiCall[] = [];
const log: LogEntry[] = [];
let refused: (call: ApiCall) => boolean = () => false;

const arn = (service: string, rest: string) => `arn:aws:${service}:us-east-1:000000000000:${rest}`;
const TABLE = arn('dynamodb', 'table/Stack-Table');

beforeAll(async () => {
  playing = await play({
    assembly: writeAssembly({ Stack: { Resources: judged } }, { caller: CALLER }),
    judge(call) {
      calls.push(call);
      return !refused(call);
    },
    log: (entry) => log.push(entry),
  });
  wire = await Wire.open(playing.url);
});
afterEach(() => {
  refused = () => false;
  calls.length = 0;
});
afterAll(async () => {
  await wire.close();
  await playing.close();
  removeAssemblies();
});

async function ask(service?: string, command?: string, input?: object, print?: string) {
  wire.send({ service, command, input, print });
  return wire.next(() => true);
}

const put = { TableName: 'Stack-Table', Item: { id: { S: 'a' } } };

it('a judge is told who calls what on which resource, with which policies', async () => {
  expect(await ask('dynamodb', 'PutItem', put)).toEqual({ name: 'done' });
  expect(calls).toContainEqual({
    functionId: 'Fn',
    roleId: 'Role',
    principalArn: 'arn:aws:sts::000000000000:assumed-role/Role/Fn',
    action: 'dynamodb:PutItem',
    resource: TABLE,
    context: {
      'aws:CurrentTime': expect.any(String),
      'aws:EpochTime': expect.any(String),
      'aws:PrincipalAccount': '000000000000',
      'aws:PrincipalArn': 'arn:aws:iam::000000000000:role/Role',
      'aws:PrincipalType': 'AssumedRole',
      'aws:RequestedRegion': 'us-east-1',
      'aws:SecureTransport': 'true',
      'aws:ViaAWSService': 'false',
      'dynamodb:Attributes': ['id'],
      'dynamodb:LeadingKeys': ['a'],
    },
    policies: [
      { name: 'inline', document: statement('dynamodb:PutItem', TABLE) },
      { name: 'Attached', document: statement('kms:Decrypt') },
      { name: 'Managed', document: statement('xray:*') },
      {
        name: 'service-role/AWSLambdaBasicExecutionRole',
        document: expect.objectContaining({ Statement: [expect.objectContaining({ Resource: '*' })] }),
      },
    ],
  });
});

it('what is under a key of the template is read with the caller’s right to the key', async () => {
  await ask('secrets', 'GetSecretValue', { SecretId: 'Secret' });
  await ask('dynamodb', 'PutItem', put);
  expect(calls.filter(({ action }) => action === 'kms:Decrypt')).toEqual(
    ['secretsmanager', 'dynamodb'].map((service) =>
      expect.objectContaining({
        resource: arn('kms', 'key/Key'),
        resourcePolicy: statement('kms:*'),
        context: expect.objectContaining({ 'kms:ViaService': `${service}.us-east-1.amazonaws.com` }),
      }),
    ),
  );
});

it.each<[string, string, () => string, [string, string, object], { name: string; status: number }]>([
  [
    'DynamoDB',
    'dynamodb:PutItem',
    () => TABLE,
    ['dynamodb', 'PutItem', put],
    { name: 'AccessDeniedException', status: 400 },
  ],
  [
    'an index',
    'dynamodb:Query',
    () => `${TABLE}/index/byOwner`,
    [
      'dynamodb',
      'Query',
      {
        TableName: 'Stack-Table',
        IndexName: 'byOwner',
        KeyConditionExpression: '#owner = :owner',
        ExpressionAttributeNames: { '#owner': 'owner' },
        ExpressionAttributeValues: { ':owner': { S: 'me' } },
      },
    ],
    { name: 'AccessDeniedException', status: 400 },
  ],
  [
    'Secrets Manager',
    'secretsmanager:GetSecretValue',
    () => playing.secrets.arns.Secret,
    ['secrets', 'GetSecretValue', { SecretId: 'Secret' }],
    { name: 'AccessDeniedException', status: 400 },
  ],
  [
    'the key that a secret is under',
    'kms:Decrypt',
    () => arn('kms', 'key/Key'),
    ['secrets', 'GetSecretValue', { SecretId: 'Secret' }],
    { name: 'AccessDeniedException', status: 400 },
  ],
  [
    '@connections',
    'execute-api:ManageConnections',
    () =>
      arn(
        'execute-api',
        `${new URL(apiEndpoint()).hostname.split('.')[0]}/dev/POST/@connections/AAAAAAAAAAAAAAA=`,
      ),
    ['connections', 'PostToConnection', { ConnectionId: 'AAAAAAAAAAAAAAA=', Data: 'x' }],
    { name: 'ForbiddenException', status: 403 },
  ],
])('%s refuses what the judge does not allow', async (_, action, resource, call, error) => {
  refused = (each) => each.action === action;
  expect(await ask(...call)).toEqual({
    ...error,
    message: `User: arn:aws:sts::000000000000:assumed-role/Role/Fn is not authorized to perform: ${action} on resource: ${resource()} because no identity-based policy allows the ${action} action`,
  });
  const seen = calls.find((each) => each.action === action)!;
  expect(seen.resource).toBe(resource());
});

/** With the id that the API has in ARNs. */
function apiEndpoint(): string {
  const callback = calls.find(({ action }) => action === 'execute-api:ManageConnections')!.resource;
  return `https://${callback.split(':').at(-1)!.split('/')[0]}.execute-api.us-east-1.amazonaws.com`;
}

it('a refused write is not made', async () => {
  refused = ({ action }) => action === 'dynamodb:PutItem';
  await ask('dynamodb', 'PutItem', { ...put, Item: { id: { S: 'refused' } } });
  refused = () => false;
  const deleted = { TableName: 'Stack-Table', Key: { id: { S: 'refused' } } };
  expect(
    await ask('dynamodb', 'DeleteItem', { ...deleted, ConditionExpression: 'attribute_exists(id)' }),
  ).toMatchObject({ name: 'ConditionalCheckFailedException' });
});

it('a test reads and rotates a secret without being judged', async () => {
  refused = () => true;
  const response = await fetch(playing.secrets.endpoint, {
    method: 'POST',
    headers: { 'x-amz-target': 'secretsmanager.GetSecretValue' },
    body: JSON.stringify({ SecretId: 'Secret' }),
  });
  expect(await response.json()).toMatchObject({ SecretString: 'value' });
});

it('lines go to the log where the role may write them, and are lost elsewhere', async () => {
  const lines = () => log.filter((entry) => 'text' in entry).map(({ text }) => text);
  await ask(undefined, undefined, undefined, 'written');
  while (!lines().includes('written')) await new Promise(setImmediate);

  const other: LogEntry[] = [];
  const seen: ApiCall[] = [];
  const mute = await play({
    assembly: writeAssembly({ Stack: { Resources: judged } }, { caller: CALLER }),
    judge(call) {
      seen.push(call);
      return call.action !== 'logs:PutLogEvents';
    },
    log: (entry) => other.push(entry),
  });
  const wire = await Wire.open(mute.url);
  for (const print of ['lost', 'lost too']) {
    wire.send({ print });
    await wire.next(() => true);
  }
  await wire.close();
  await mute.close();
  expect(seen.map(({ action, resource }) => [action, resource.replace(/\[.*$/, '')])).toEqual(
    ['logs:CreateLogStream', 'logs:PutLogEvents'].map((action) => [
      action,
      arn('logs', 'log-group:/aws/lambda/Fn:log-stream:local/'),
    ]),
  );
  expect(other.filter((entry) => 'text' in entry)).toEqual([
    { functionId: 'Fn', text: expect.stringContaining('is not authorized to perform: logs:PutLogEvents') },
  ]);
});

it('each function has credentials of its own', async () => {
  const assembly = writeAssembly(
    {
      Stack: {
        Resources: {
          ...webSocketApi({ $default: 'A', b: 'B' }, { answers: true }),
          A: lambdaFunction('environment'),
          B: lambdaFunction('environment'),
        },
      },
    },
    {
      environment: 'exports.handler = async () => ({ statusCode: 200, body: JSON.stringify(process.env) });',
    },
  );
  const playing = await play({ assembly });
  const wire = await Wire.open(playing.url);
  const environments = [];
  for (const action of ['a', 'b', 'b']) {
    wire.send({ action });
    environments.push(await wire.next(() => true));
  }
  await wire.close();
  await playing.close();
  const [a, b, again] = environments.map(({ AWS_ACCESS_KEY_ID }) => AWS_ACCESS_KEY_ID as string);
  expect(a).toMatch(/^ASIA[0-9A-F]{16}$/);
  expect(b).not.toBe(a);
  expect(again).toBe(b);
});

it.each<[string, Resources, string]>([
  [
    'a role from elsewhere',
    { Fn: lambdaFunction('caller', { Role: 'arn:aws:iam::1:role/theirs' }) },
    'Fn.Role: cannot judge arn:aws:iam::1:role/theirs, which is not in the template',
  ],
  [
    'a policy of AWS that is not known',
    {
      Role: {
        Type: 'AWS::IAM::Role',
        Properties: { ManagedPolicyArns: ['arn:aws:iam::aws:policy/ReadOnly'] },
      },
    },
    'Role.ManagedPolicyArns: cannot judge arn:aws:iam::aws:policy/ReadOnly, whose text is not known',
  ],
  [
    'a boundary',
    { Role: { Type: 'AWS::IAM::Role', Properties: { PermissionsBoundary: 'arn' } } },
    'Role.PermissionsBoundary: cannot judge a role with a boundary',
  ],
])('%s cannot be judged, and can be played', async (_, more, problem) => {
  const assembly = writeAssembly({ Stack: { Resources: { ...judged, ...more } } }, { caller: CALLER });
  await expect(play({ assembly, judge: () => true })).rejects.toEqual(new CannotPlay([problem]));
  await (await play({ assembly })).close();
});

describe('a request to DynamoDB', () => {
  const tables = [
    {
      tableId: 'T',
      createTable: {
        TableName: 'T',
        KeySchema: [
          { AttributeName: 'room', KeyType: 'HASH' },
          { AttributeName: 'peer', KeyType: 'RANGE' },
        ],
      },
    },
  ] satisfies TableModel[];
  const T = arn('dynamodb', 'table/T');
  const key = (room: string) => ({ room: { S: room }, peer: { S: 'p' } });

  it.each<[string, string, object, [string, string, object][]]>([
    [
      'an update',
      'UpdateItem',
      {
        TableName: 'T',
        Key: key('r'),
        UpdateExpression: 'SET #phase = :phase, size.most = if_not_exists(count, :one) REMOVE former',
        ConditionExpression: 'attribute_exists(peer) AND NOT until < :now',
        ExpressionAttributeNames: { '#phase': 'phase' },
        ReturnValues: 'ALL_NEW',
      },
      [
        [
          'UpdateItem',
          T,
          {
            'dynamodb:LeadingKeys': ['r'],
            'dynamodb:Attributes': ['room', 'peer', 'phase', 'size', 'count', 'former', 'until'],
            'dynamodb:ReturnValues': 'ALL_NEW',
          },
        ],
      ],
    ],
    [
      'a query',
      'Query',
      {
        TableName: 'T',
        KeyConditionExpression: 'room = :room AND begins_with(peer, :p)',
        ExpressionAttributeValues: { ':room': { S: 'r' }, ':p': { S: 'p' } },
        Select: 'COUNT',
      },
      [
        [
          'Query',
          T,
          {
            'dynamodb:LeadingKeys': ['r'],
            'dynamodb:Attributes': ['room', 'peer'],
            'dynamodb:Select': 'COUNT',
          },
        ],
      ],
    ],
    [
      'a batch over two tables',
      'BatchWriteItem',
      {
        RequestItems: {
          T: [{ PutRequest: { Item: { ...key('a'), x: { N: '1' } } } }, { DeleteRequest: { Key: key('b') } }],
          Other: [{ DeleteRequest: { Key: { id: { S: 'c' } } } }],
        },
      },
      [
        [
          'BatchWriteItem',
          T,
          { 'dynamodb:LeadingKeys': ['a', 'b'], 'dynamodb:Attributes': ['room', 'peer', 'x'] },
        ],
        ['BatchWriteItem', arn('dynamodb', 'table/Other'), { 'dynamodb:Attributes': ['id'] }],
      ],
    ],
    [
      'a transaction',
      'TransactWriteItems',
      {
        TransactItems: [
          { ConditionCheck: { TableName: 'T', Key: key('a') } },
          { Put: { TableName: 'Other', Item: { id: { S: 'c' } } } },
        ],
      },
      [
        [
          'ConditionCheckItem',
          T,
          {
            'dynamodb:LeadingKeys': ['a'],
            'dynamodb:Attributes': ['room', 'peer'],
            'dynamodb:EnclosingOperation': 'TransactWriteItems',
          },
        ],
        [
          'PutItem',
          arn('dynamodb', 'table/Other'),
          { 'dynamodb:Attributes': ['id'], 'dynamodb:EnclosingOperation': 'TransactWriteItems' },
        ],
      ],
    ],
    ['a list of the tables', 'ListTables', {}, [['ListTables', '*', {}]]],
  ])('%s is these actions, on these resources', (_, operation, body, expected) => {
    expect(requestsOf(operation, body as Record<string, unknown>, tables)).toEqual(
      expected.map(([action, resource, context]) => ({ action: `dynamodb:${action}`, resource, context })),
    );
  });
});

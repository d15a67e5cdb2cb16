import { CannotPlay } from '../../local/src/cannot-play';
import { openAssembly, type Resource, type Template } from '../../local/src/template/assembly';
import { readTemplate } from '../../local/src/template/read-template';
import { lambdaFunction, removeAssemblies, writeAssembly } from '../support/assembly';

type Resources = Record<string, Resource>;

afterAll(removeAssemblies);

/** The least that can be played, with more resources or others. */
function resources(more: Resources = {}): Resources {
  return {
    Api: {
      Type: 'AWS::ApiGatewayV2::Api',
      Properties: { ProtocolType: 'WEBSOCKET', RouteSelectionExpression: '$request.body.action' },
    },
    Stage: {
      Type: 'AWS::ApiGatewayV2::Stage',
      Properties: { ApiId: { Ref: 'Api' }, StageName: 'prod' },
    },
    Fn: lambdaFunction('key'),
    ...more,
  };
}

function read(more: Resources = {}, { ignore, ...template }: Template & { ignore?: string[] } = {}) {
  return readTemplate(
    openAssembly(
      writeAssembly({ Stack: { Resources: resources(more), ...template } }, { key: 'exports.handler = 1' }),
    ),
    ignore,
  );
}

function problemsOf(...args: Parameters<typeof read>): string[] {
  try {
    read(...args);
    return [];
  } catch (error) {
    if (error instanceof CannotPlay) return error.problems;
    throw error;
  }
}

const ofApi = { ApiId: { Ref: 'Api' } };

function route(
  id: string,
  integration: Resource['Properties'],
  more: Resource['Properties'] = {},
): Resources {
  return {
    [id]: {
      Type: 'AWS::ApiGatewayV2::Route',
      Properties: {
        ...ofApi,
        RouteKey: id,
        Target: { 'Fn::Join': ['', ['integrations/', { Ref: `${id}Integration` }]] },
        ...more,
      },
    },
    [`${id}Integration`]: {
      Type: 'AWS::ApiGatewayV2::Integration',
      Properties: { ...ofApi, ...integration },
    },
  };
}

const uriOf = (arn: unknown) => ({
  'Fn::Join': ['', ['arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/', arn, '/invocations']],
});
const toFn = { IntegrationType: 'AWS_PROXY', IntegrationUri: uriOf({ 'Fn::GetAtt': ['Fn', 'Arn'] }) };

function mock(RequestTemplate: string, responses: Record<string, string>): Resources {
  return {
    ...route('ping', { IntegrationType: 'MOCK', RequestTemplates: { '200': RequestTemplate } }),
    ...Object.fromEntries(
      Object.entries(responses).map(([IntegrationResponseKey, template], i) => [
        `Response${i}`,
        {
          Type: 'AWS::ApiGatewayV2::IntegrationResponse',
          Properties: {
            ...ofApi,
            IntegrationId: { Ref: 'pingIntegration' },
            IntegrationResponseKey,
            ResponseTemplates: { '200': template },
          },
        },
      ]),
    ),
  };
}

const fn = (properties: Resource['Properties']): Resources => ({
  Fn: { Type: 'AWS::Lambda::Function', Properties: { ...resources().Fn.Properties, ...properties } },
});

describe('an API', () => {
  it('has its routes, with the functions behind them, and its stages', () => {
    const { apis } = read({
      ...route('join', { ...toFn, TimeoutInMillis: 5000 }),
      JoinResponse: {
        Type: 'AWS::ApiGatewayV2::RouteResponse',
        Properties: { ...ofApi, RouteId: { Ref: 'join' }, RouteResponseKey: '$default' },
      },
      Stage: {
        Type: 'AWS::ApiGatewayV2::Stage',
        Properties: {
          ...ofApi,
          StageName: 'dev',
          StageVariables: { colour: 'blue' },
          DefaultRouteSettings: { ThrottlingRateLimit: 10, ThrottlingBurstLimit: 5 },
          AutoDeploy: true,
        },
      },
    });
    expect(apis).toEqual([
      {
        apiId: expect.stringMatching(/^[a-z0-9]{10}$/),
        logicalId: 'Api',
        routeSelectionExpression: '$request.body.action',
        routes: [
          {
            routeKey: 'join',
            integration: { type: 'lambda', functionId: 'Fn', timeoutMs: 5000 },
            hasRouteResponse: true,
          },
        ],
        stages: [
          { stageName: 'dev', variables: { colour: 'blue' }, throttle: { rateLimit: 10, burstLimit: 5 } },
        ],
      },
    ]);
  });

  it('is told from another by what its routes and stages refer to', () => {
    const { apis } = read({
      ...route('join', toFn),
      Other: resources().Api,
      OtherStage: {
        Type: 'AWS::ApiGatewayV2::Stage',
        Properties: { ApiId: { Ref: 'Other' }, StageName: 'other' },
      },
    });
    expect(apis.map(({ routes, stages }) => [routes.length, stages[0].stageName])).toEqual([
      [1, 'prod'],
      [0, 'other'],
    ]);
  });

  it('has the authorizer of its $connect', () => {
    const { apis } = read({
      ...route('$connect', toFn, { AuthorizationType: 'CUSTOM', AuthorizerId: { Ref: 'Authorizer' } }),
      Authorizer: {
        Type: 'AWS::ApiGatewayV2::Authorizer',
        Properties: {
          ...ofApi,
          Name: 'token',
          AuthorizerType: 'REQUEST',
          AuthorizerUri: uriOf({ 'Fn::GetAtt': ['Fn', 'Arn'] }),
          IdentitySource: ['route.request.querystring.token'],
        },
      },
    });
    expect(apis[0].routes[0].authorizer).toEqual({
      functionId: 'Fn',
      identitySources: ['route.request.querystring.token'],
    });
  });

  it.each([
    ['the response of its status', { $default: 'other', '/2\\d\\d/': '{"pong":1}' }, '{"pong":1}'],
    ['the default response', { '/4\\d\\d/': 'other', $default: '{"pong":2}' }, '{"pong":2}'],
    ['nothing without a response', {}, ''],
  ])('answers by a mock with %s', (_, responses, body) => {
    const { apis } = read(mock('{"statusCode": 200}', responses));
    expect(apis[0].routes[0].integration).toEqual({ type: 'mock', statusCode: 200, body });
  });
});

describe('a function', () => {
  it('has what the template says', () => {
    const { functions } = read(
      fn({
        FunctionName: 'message',
        Timeout: 15,
        MemorySize: 512,
        ReservedConcurrentExecutions: 5,
        Environment: {
          Variables: { TABLE: { Ref: 'AWS::StackName' }, COUNT: 3, NONE: { Ref: 'AWS::NoValue' } },
        },
      }),
    );
    expect(functions).toEqual([
      {
        functionId: 'Fn',
        functionName: 'message',
        code: { folder: expect.stringMatching(/asset\.key$/) },
        handler: 'index.handler',
        runtime: 'nodejs24.x',
        environment: { TABLE: 'Stack', COUNT: '3' },
        timeoutMs: 15_000,
        memoryMb: 512,
        reservedConcurrency: 5,
      },
    ]);
  });

  it("has Lambda's defaults where the template says nothing", () => {
    const { functions } = read();
    expect(functions[0]).toMatchObject({
      functionName: 'Fn',
      timeoutMs: 3_000,
      memoryMb: 128,
      environment: {},
    });
  });

  it('may stand in the template itself', () => {
    const { functions } = read(fn({ Code: { ZipFile: 'exports.handler = 1' } }));
    expect(functions[0].code).toEqual({ source: 'exports.handler = 1' });
  });
});

it('a table has its keys, its indexes and its time to live, and is on demand', () => {
  const { tables } = read({
    Rooms: {
      Type: 'AWS::DynamoDB::GlobalTable',
      Properties: {
        AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
        KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
        GlobalSecondaryIndexes: [
          {
            IndexName: 'byId',
            KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
            Projection: { ProjectionType: 'ALL' },
            WriteProvisionedThroughputSettings: {},
          },
        ],
        TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
        Replicas: [{ Region: 'us-east-1' }],
        StreamSpecification: { StreamViewType: 'KEYS_ONLY' },
      },
    },
  });
  expect(tables).toEqual([
    {
      tableId: 'Rooms',
      timeToLiveAttribute: 'expiresAt',
      createTable: {
        TableName: 'Stack-Rooms',
        BillingMode: 'PAY_PER_REQUEST',
        AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
        KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
        GlobalSecondaryIndexes: [
          {
            IndexName: 'byId',
            KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
            Projection: { ProjectionType: 'ALL' },
          },
        ],
      },
    },
  ]);
});

it('leaves alone what has nothing to do on one machine', () => {
  const more = Object.fromEntries(
    [
      'AWS::IAM::Role',
      'AWS::KMS::Alias',
      'AWS::KMS::Key',
      'AWS::Logs::LogGroup',
      'AWS::Lambda::Permission',
      'AWS::CDK::Metadata',
      'AWS::CloudWatch::Alarm',
    ].map((Type, i) => [`Inert${i}`, { Type, Properties: { Anything: { 'Fn::ImportValue': 'x' } } }]),
  );
  expect(read(more).ignored).toEqual([]);
});

it('leaves out what a condition leaves out', () => {
  const template = { Conditions: { Never: { 'Fn::Equals': ['a', 'b'] } } };
  const more = { Queue: { Type: 'AWS::SQS::Queue', Condition: 'Never' } };
  expect(problemsOf(more, template)).toEqual([]);
});

it('leaves out what it is told to, and says so', () => {
  const more = {
    Queue: { Type: 'AWS::SQS::Queue' },
    ...fn({ Environment: { Variables: { QUEUE: { 'Fn::GetAtt': ['Queue', 'Arn'] } } } }),
  };
  const { ignored, functions } = read(more, { ignore: ['AWS::SQS::Queue'] });
  expect(ignored).toEqual([{ id: 'Queue', type: 'AWS::SQS::Queue' }]);
  expect(functions[0].environment).toEqual({ QUEUE: 'Queue.Arn' });
});

it('leaves out every type of a service, where it is told to', () => {
  const more = { Vpc: { Type: 'AWS::EC2::VPC' }, Subnet: { Type: 'AWS::EC2::Subnet' } };
  expect(read(more, { ignore: ['AWS::EC2::*'] }).ignored.map(({ id }) => id)).toEqual(['Vpc', 'Subnet']);
  expect(problemsOf(more, { ignore: ['AWS::EC2::V*', 'AWS::EC2'] })).toHaveLength(2);
});

it('tells every problem at once', () => {
  expect(
    problemsOf({
      Queue: { Type: 'AWS::SQS::Queue' },
      ...fn({
        Layers: ['arn'],
        FileSystemConfigs: [],
        Environment: { Variables: { X: { 'Fn::ImportValue': 'x' } } },
      }),
      ...route('join', { IntegrationType: 'AWS' }),
    }),
  ).toEqual([
    'Fn.Layers: cannot play this property of AWS::Lambda::Function',
    'Fn.FileSystemConfigs: cannot play this property of AWS::Lambda::Function',
    'Queue: cannot play AWS::SQS::Queue (to leave such resources out: --ignore AWS::SQS::Queue)',
    'Fn.Environment.Variables.X: cannot play the intrinsic function Fn::ImportValue',
    'joinIntegration.IntegrationType: cannot play AWS, expected AWS_PROXY or MOCK',
  ]);
});

const withApi = (properties: Resource['Properties']): Resources => ({
  Api: { Type: 'AWS::ApiGatewayV2::Api', Properties: { ...resources().Api.Properties, ...properties } },
});
const connectWith = (
  properties: Resource['Properties'],
  authorizer: Resource['Properties'] = {},
): Resources => ({
  ...route('$connect', toFn, {
    AuthorizationType: 'CUSTOM',
    AuthorizerId: { Ref: 'Authorizer' },
    ...properties,
  }),
  Authorizer: {
    Type: 'AWS::ApiGatewayV2::Authorizer',
    Properties: {
      ...ofApi,
      AuthorizerType: 'REQUEST',
      AuthorizerUri: toFn.IntegrationUri,
      ...authorizer,
    },
  },
});

it.each<[string, Resources, string]>([
  [
    'an HTTP API',
    withApi({ ProtocolType: 'HTTP' }),
    'Api.ProtocolType: cannot play HTTP, expected WEBSOCKET',
  ],
  [
    'a route selection by a header',
    withApi({ RouteSelectionExpression: '$request.header.x' }),
    'Api.RouteSelectionExpression: cannot play the route selection expression "$request.header.x": expected $request.body.NAME, or text with ${request.body.NAME} or \\$ in it',
  ],
  [
    'an API without its own address',
    withApi({ DisableExecuteApiEndpoint: true }),
    'Api.DisableExecuteApiEndpoint: cannot play this property of AWS::ApiGatewayV2::Api',
  ],
  [
    'an API without a stage',
    { Second: resources().Api },
    'Second: cannot play an API without an AWS::ApiGatewayV2::Stage',
  ],
  [
    'throttling of one route',
    {
      Stage: {
        Type: 'AWS::ApiGatewayV2::Stage',
        Properties: { ...ofApi, StageName: 'prod', RouteSettings: { join: { ThrottlingRateLimit: 1 } } },
      },
    },
    'Stage.RouteSettings: cannot play this property of AWS::ApiGatewayV2::Stage',
  ],
  [
    'authorization by IAM',
    route('join', toFn, { AuthorizationType: 'AWS_IAM' }),
    'join.AuthorizationType: cannot play AWS_IAM on a route other than $connect',
  ],
  ['API keys', route('join', toFn, { ApiKeyRequired: true }), 'join.ApiKeyRequired: cannot play API keys'],
  [
    'a route without an integration',
    route('join', toFn, { Target: 'elsewhere' }),
    'join.Target: cannot play elsewhere, expected an integration',
  ],
  [
    'an integration that is not there',
    route('join', toFn, { Target: 'integrations/none' }),
    'none: no such AWS::ApiGatewayV2::Integration in the stack',
  ],
  [
    'a function of another stack',
    route('join', { ...toFn, IntegrationUri: uriOf('arn:aws:lambda:us-east-1:1:function:theirs') }),
    'joinIntegration.IntegrationUri: no function of this stack at arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:1:function:theirs/invocations',
  ],
  [
    'an alias of a function',
    route('join', { ...toFn, IntegrationUri: uriOf({ 'Fn::Sub': '${Fn.Arn}:live' }) }),
    'joinIntegration.IntegrationUri: no function of this stack at arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:000000000000:function:Fn:live/invocations',
  ],
  [
    'a mock that has no status',
    mock('{}', {}),
    'pingIntegration.RequestTemplates: cannot play {}, expected a statusCode',
  ],
  [
    'a mock whose answer has variables',
    mock('{"statusCode":200}', { $default: '{"id":"$context.connectionId"}' }),
    'Response0.ResponseTemplates: cannot play a template with variables or directives',
  ],
  [
    'a mock with several templates',
    route('ping', { IntegrationType: 'MOCK', RequestTemplates: { a: '1', b: '2' } }),
    'pingIntegration.RequestTemplates: cannot play more than one template',
  ],
  [
    'a JWT authorizer',
    connectWith({}, { AuthorizerType: 'JWT' }),
    'Authorizer.AuthorizerType: cannot play JWT, expected REQUEST',
  ],
  [
    'an identity source that WebSocket APIs do not have',
    connectWith({}, { IdentitySource: ['$request.header.Authorization'] }),
    'cannot play the identity source "$request.header.Authorization" of Api: expected route.request.querystring.NAME or route.request.header.NAME',
  ],
  [
    'another language',
    fn({ Runtime: 'python3.13' }),
    'Fn.Runtime: cannot play "python3.13", expected a Node.js runtime',
  ],
  [
    'a container image',
    fn({ Code: { ImageUri: 'image' }, Runtime: undefined }),
    'Fn.Code: cannot play a container image, expected Node.js code',
  ],
  [
    'code that is no asset',
    fn({ Code: { S3Bucket: 'theirs', S3Key: 'code.zip' } }),
    'Fn.Code: cannot play {"S3Bucket":"theirs","S3Key":"code.zip"}, expected inline code or a folder among the assets',
  ],
  [
    'a function that is stopped',
    fn({ ReservedConcurrentExecutions: 0 }),
    'Fn.ReservedConcurrentExecutions: cannot play 0, which stops the function',
  ],
  [
    'a table that is imported',
    { Table: { Type: 'AWS::DynamoDB::Table', Properties: { ImportSourceSpecification: {} } } },
    'Table.ImportSourceSpecification: cannot play this property of AWS::DynamoDB::Table',
  ],
])('refuses %s', (_, more, problem) => {
  expect(problemsOf(more)).toEqual([problem]);
});

it('refuses a stack without a WebSocket API', () => {
  const { Fn } = resources();
  expect(problemsOf({}, { Resources: { Fn } })).toEqual([
    'no WebSocket API in the stack Stack: expected an AWS::ApiGatewayV2::Api',
  ]);
});

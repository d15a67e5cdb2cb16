import { openAssembly } from '../../local/src/template/assembly';
import { Intrinsics } from '../../local/src/template/intrinsics';
import { readTemplate } from '../../local/src/template/read-template';
import {
  type AssemblyParts,
  lambdaFunction,
  removeAssemblies,
  webSocketApi,
  writeAssembly,
} from '../support/assembly';

afterAll(removeAssemblies);

const HANDLER = { code: 'exports.handler = async () => ({ statusCode: 200 })' };

function read(parts: AssemblyParts, ignore?: string[]) {
  return readTemplate(openAssembly(writeAssembly({ Stack: parts }, HANDLER)), ignore);
}

describe('an assembly', () => {
  it('that is not there is told with its folder', () => {
    expect(() => openAssembly('/no/such/folder')).toThrow(
      'no cloud assembly in /no/such/folder: expected the folder that `cdk synth` writes (cdk.out)',
    );
  });

  it('of several stacks needs a choice', () => {
    const folder = writeAssembly({ One: {}, Two: {} });
    expect(() => openAssembly(folder)).toThrow(`2 stacks in ${folder} (One, Two): choose one with --stack`);
    expect(openAssembly(folder, 'Two').stackName).toBe('Two');
    expect(() => openAssembly(folder, 'Three')).toThrow(
      `no stack Three in ${folder}: expected one of One, Two`,
    );
  });
});

describe('a template', () => {
  const api = webSocketApi({ $default: 'Fn' });
  const Fn = lambdaFunction('code', {
    Timeout: 7,
    Environment: { Variables: { A: { Ref: 'Table' }, N: 1 } },
  });
  const Table = {
    Type: 'AWS::DynamoDB::GlobalTable',
    Properties: {
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      TimeToLiveSpecification: { AttributeName: 'until', Enabled: true },
    },
  };

  it('becomes APIs, functions and tables, whatever needs no playing left aside', () => {
    const model = read({
      Resources: {
        ...api,
        Fn,
        Table,
        Role: { Type: 'AWS::IAM::Role' },
        Logs: { Type: 'AWS::Logs::LogGroup' },
        Alarm: { Type: 'AWS::CloudWatch::Alarm' },
        Permission: { Type: 'AWS::Lambda::Permission' },
        Metadata: { Type: 'AWS::CDK::Metadata' },
      },
    });
    expect(model.functions).toMatchObject([
      {
        functionId: 'Fn',
        handler: 'index.handler',
        timeoutMs: 7000,
        memoryMb: 128,
        environment: { A: 'Stack-Table', N: '1' },
      },
    ]);
    expect(model.tables).toMatchObject([
      { tableId: 'Table', timeToLiveAttribute: 'until', createTable: { TableName: 'Stack-Table' } },
    ]);
    expect(model.apis).toMatchObject([
      {
        apiId: expect.stringMatching(/^[a-z0-9]{10}$/),
        logicalId: 'Api',
        stages: [{ stageName: 'dev', variables: {} }],
        routes: [
          {
            routeKey: '$default',
            integration: { type: 'lambda', functionId: 'Fn', timeoutMs: 29_000 },
            hasRouteResponse: false,
          },
        ],
      },
    ]);
  });

  it('has an authorizer, a mock answer, a throttle and a route response where it says so', () => {
    const [{ routes, stages }] = read({
      Resources: {
        ...webSocketApi({ $connect: 'Fn', ping: 'Fn' }, { answers: true }),
        Fn: lambdaFunction('code'),
        Authorizer: {
          Type: 'AWS::ApiGatewayV2::Authorizer',
          Properties: {
            ApiId: { Ref: 'Api' },
            AuthorizerType: 'REQUEST',
            AuthorizerUri: {
              'Fn::Sub':
                'arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/${Fn.Arn}/invocations',
            },
            IdentitySource: ['route.request.querystring.token'],
          },
        },
        Route0: {
          Type: 'AWS::ApiGatewayV2::Route',
          Properties: {
            ApiId: { Ref: 'Api' },
            RouteKey: '$connect',
            AuthorizationType: 'CUSTOM',
            AuthorizerId: { Ref: 'Authorizer' },
            Target: 'integrations/Integration0',
          },
        },
        Integration1: {
          Type: 'AWS::ApiGatewayV2::Integration',
          Properties: {
            ApiId: { Ref: 'Api' },
            IntegrationType: 'MOCK',
            RequestTemplates: { $default: '{"statusCode":201}' },
          },
        },
        Answer: {
          Type: 'AWS::ApiGatewayV2::IntegrationResponse',
          Properties: {
            ApiId: { Ref: 'Api' },
            IntegrationId: { Ref: 'Integration1' },
            IntegrationResponseKey: '/2\\d\\d/',
            ResponseTemplates: { $default: '{"pong":true}' },
          },
        },
        Stage: {
          Type: 'AWS::ApiGatewayV2::Stage',
          Properties: {
            ApiId: { Ref: 'Api' },
            StageName: 'dev',
            StageVariables: { colour: 'blue' },
            DefaultRouteSettings: { ThrottlingRateLimit: 5, ThrottlingBurstLimit: 2 },
          },
        },
      },
    }).apis;
    expect(stages).toEqual([
      { stageName: 'dev', variables: { colour: 'blue' }, throttle: { rateLimit: 5, burstLimit: 2 } },
    ]);
    expect(routes).toMatchObject([
      { authorizer: { functionId: 'Fn', identitySources: ['route.request.querystring.token'] } },
      { integration: { type: 'mock', statusCode: 201, body: '{"pong":true}' }, hasRouteResponse: true },
    ]);
  });

  it('of which something cannot be played is refused, everything named at once', () => {
    expect.assertions(1);
    try {
      read({
        Resources: {
          ...api,
          Fn: lambdaFunction('code', { Runtime: 'python3.13', Layers: ['x'] }),
          Bucket: { Type: 'AWS::S3::Bucket' },
          Queue: { Type: 'AWS::SQS::Queue' },
          Other: lambdaFunction('elsewhere'),
          Http: { Type: 'AWS::ApiGatewayV2::Api', Properties: { ProtocolType: 'HTTP' } },
          Stream: { ...Table, Properties: { ...Table.Properties, StreamSpecification: {} } },
        },
      });
    } catch (error) {
      expect((error as Error).message.split('\n')).toEqual([
        'Bucket: cannot play AWS::S3::Bucket (to leave such resources out: --ignore AWS::S3::Bucket)',
        'Queue: cannot play AWS::SQS::Queue (to leave such resources out: --ignore AWS::SQS::Queue)',
        'Fn.Runtime: cannot play python3.13, expected a Node.js runtime',
        'Fn.Layers: cannot play layers',
        'Other.Code: cannot play code that is no asset folder of this assembly',
        'Stream.StreamSpecification: cannot play streams',
        'Http.ProtocolType: cannot play HTTP, expected WEBSOCKET',
      ]);
    }
  });

  it('leaves out the types that it was told to, and says which resources that was', () => {
    const resources = { ...api, Fn: lambdaFunction('code'), Bucket: { Type: 'AWS::S3::Bucket' } };
    expect(read({ Resources: resources }, ['AWS::S3::Bucket']).ignored).toEqual(['Bucket']);
  });

  it('without a WebSocket API is refused', () => {
    expect(() => read({ Resources: { Fn: lambdaFunction('code') } })).toThrow(
      'no WebSocket API in the stack Stack: expected an AWS::ApiGatewayV2::Api',
    );
  });

  it('has no resource whose condition does not hold', () => {
    const Bucket = { Type: 'AWS::S3::Bucket', Condition: 'Never' };
    const Conditions = { Never: { 'Fn::Equals': ['a', 'b'] } };
    expect(read({ Conditions, Resources: { ...api, Fn: lambdaFunction('code'), Bucket } }).apis).toHaveLength(
      1,
    );
  });
});

describe('an intrinsic function', () => {
  const intrinsics = new Intrinsics(
    {
      Parameters: { Colour: { Type: 'String', Default: 'blue' }, Bare: { Type: 'String' } },
      Conditions: {
        IsBlue: { 'Fn::Equals': [{ Ref: 'Colour' }, 'blue'] },
        IsRed: { 'Fn::Not': [{ Condition: 'IsBlue' }] },
      },
      Mappings: { Sizes: { large: { memory: 512 } } },
      Resources: {
        Api: { Type: 'AWS::ApiGatewayV2::Api' },
        Fn: { Type: 'AWS::Lambda::Function' },
        Named: { Type: 'AWS::DynamoDB::Table', Properties: { TableName: 'rows' } },
        Role: { Type: 'AWS::IAM::Role' },
      },
    },
    'Stack',
  );
  const api = intrinsics.resolve({ Ref: 'Api' }, 'at') as string;

  it.each([
    [{ Ref: 'AWS::Region' }, 'us-east-1'],
    [{ Ref: 'AWS::AccountId' }, '000000000000'],
    [{ Ref: 'AWS::Partition' }, 'aws'],
    [{ Ref: 'AWS::URLSuffix' }, 'amazonaws.com'],
    [{ Ref: 'AWS::StackName' }, 'Stack'],
    [{ Ref: 'Colour' }, 'blue'],
    [{ Ref: 'Fn' }, 'Fn'],
    [{ Ref: 'Named' }, 'rows'],
    [{ 'Fn::GetAtt': ['Fn', 'Arn'] }, 'arn:aws:lambda:us-east-1:000000000000:function:Fn'],
    [{ 'Fn::GetAtt': 'Named.Arn' }, 'arn:aws:dynamodb:us-east-1:000000000000:table/rows'],
    [{ 'Fn::GetAtt': ['Role', 'Arn'] }, 'arn:aws:iam::000000000000:role/Role'],
    [{ 'Fn::GetAtt': ['Api', 'ApiEndpoint'] }, `wss://${api}.execute-api.us-east-1.amazonaws.com`],
    [{ 'Fn::Join': ['-', ['a', { Ref: 'Colour' }, 'c']] }, 'a-blue-c'],
    [
      { 'Fn::Sub': '${Colour} ${Fn.Arn} ${!Literal}' },
      'blue arn:aws:lambda:us-east-1:000000000000:function:Fn ${Literal}',
    ],
    [{ 'Fn::Sub': ['${x}/${Colour}', { x: { Ref: 'Fn' } }] }, 'Fn/blue'],
    [{ 'Fn::Select': [1, { 'Fn::Split': [',', 'a,b,c'] }] }, 'b'],
    [{ 'Fn::If': ['IsBlue', 'sky', 'fire'] }, 'sky'],
    [{ 'Fn::If': ['IsRed', 'fire', { Ref: 'AWS::NoValue' }] }, undefined],
    [{ 'Fn::FindInMap': ['Sizes', 'large', 'memory'] }, 512],
    [{ 'Fn::And': [true, { Condition: 'IsBlue' }] }, true],
    [{ 'Fn::Or': [false, { Condition: 'IsRed' }] }, false],
    [{ plain: [1, { Ref: 'Colour' }, { Ref: 'AWS::NoValue' }] }, { plain: [1, 'blue'] }],
  ])('%j is %j', (value, expected) => {
    expect(intrinsics.resolve(value, 'at')).toEqual(expected);
  });

  it.each([
    [{ 'Fn::ImportValue': 'x' }, 'Fn.Handler: cannot play the intrinsic function Fn::ImportValue'],
    [{ Ref: 'Nowhere' }, 'Fn.Handler: no resource or parameter Nowhere in the template'],
    [{ Ref: 'Bare' }, 'Fn.Handler: the parameter Bare has no default'],
    [
      { 'Fn::GetAtt': ['Fn', 'SnapStart'] },
      'Fn.Handler: cannot play the attribute SnapStart of Fn (AWS::Lambda::Function)',
    ],
    [{ 'Fn::If': ['Unheard', 1, 2] }, 'Fn.Handler: no condition Unheard in the template'],
    [
      { 'Fn::FindInMap': ['Sizes', 'small', 'memory'] },
      'Fn.Handler: nothing in the mapping Sizes at small.memory',
    ],
    [[1, { 'Fn::Cidr': [] }], 'Fn.Handler[1]: cannot play the intrinsic function Fn::Cidr'],
  ])('%j is an error that says where', (value, message) => {
    expect(() => intrinsics.resolve(value, 'Fn.Handler')).toThrow(message);
  });
});

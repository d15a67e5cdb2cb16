// What the template means: each statement of the design that CloudFormation will act on.
import type { Template } from 'aws-cdk-lib/assertions';
import { contexts, shapeNames, templateOf } from '../support/construct-shapes';
import { logicalId, permissions, resource, text } from '../support/construct-template';

const HANDLERS = {
  connect: { functionId: 'SignalingConnectFunction', routeId: 'SignalingConnectRoute', routeKey: '$connect' },
  message: { functionId: 'SignalingMessageFunction', routeId: 'SignalingMessageRoute', routeKey: '$default' },
  disconnect: {
    functionId: 'SignalingDisconnectFunction',
    routeId: 'SignalingDisconnectRoute',
    routeKey: '$disconnect',
  },
};
const handlers = Object.values(HANDLERS);

/** Without what every handler has: see the test of the metrics. */
const environmentOf = (template: Template, functionId: string) => {
  const { POWERTOOLS_METRICS_NAMESPACE, POWERTOOLS_SERVICE_NAME, ...rest } = resource(
    template,
    'AWS::Lambda::Function',
    functionId,
  ).Properties.Environment.Variables;
  return rest;
};

describe.each(Object.keys(contexts))('with %s', (context) => {
  const byDefault = () => templateOf('every default', context);
  const withEveryOption = () => templateOf('every option', context);

  describe('the WebSocket API', () => {
    test('sends every message to $default, whatever it says', () => {
      byDefault().hasResourceProperties('AWS::ApiGatewayV2::Api', {
        ProtocolType: 'WEBSOCKET',
        RouteSelectionExpression: '\\$default',
      });
    });

    test.each(handlers)(
      'sends $routeKey to $functionId and may call it',
      ({ functionId, routeId, routeKey }) => {
        const template = byDefault();
        const route = resource(template, 'AWS::ApiGatewayV2::Route', routeId).Properties;
        expect(route.RouteKey).toBe(routeKey);
        const integrationId = logicalId(template, 'AWS::ApiGatewayV2::Integration', `${routeId}Integration`);
        expect(text(route.Target)).toBe(`integrations/\${${integrationId}}`);
        const integration = template.findResources('AWS::ApiGatewayV2::Integration')[integrationId]
          .Properties;
        const functionArn = `\${${logicalId(template, 'AWS::Lambda::Function', functionId)}.Arn}`;
        expect(integration.IntegrationType).toBe('AWS_PROXY');
        expect(text(integration.IntegrationUri)).toContain(`/functions/${functionArn}/invocations`);
        const permission = resource(
          template,
          'AWS::Lambda::Permission',
          `${routeId}IntegrationPermission`,
        ).Properties;
        expect(permission.Principal).toBe('apigateway.amazonaws.com');
        expect(text(permission.FunctionName)).toBe(functionArn);
      },
    );

    test('has no other route and answers none of them by what a handler returns', () => {
      byDefault().resourceCountIs('AWS::ApiGatewayV2::Route', 3);
      byDefault().resourceCountIs('AWS::ApiGatewayV2::RouteResponse', 0);
    });

    test('deploys its one stage by itself, unthrottled and without logs of message bodies', () => {
      const { Properties } = resource(byDefault(), 'AWS::ApiGatewayV2::Stage', 'SignalingStage');
      expect(Properties).toEqual({ ApiId: expect.anything(), AutoDeploy: true, StageName: 'prod' });
    });

    test('takes the name and the throttle of its stage from the properties', () => {
      withEveryOption().hasResourceProperties('AWS::ApiGatewayV2::Stage', {
        StageName: 'calls-2',
        DefaultRouteSettings: { ThrottlingRateLimit: 500, ThrottlingBurstLimit: 250 },
      });
    });
  });

  describe('the tables', () => {
    test('keep connections by id', () => {
      const { Properties } = resource(
        byDefault(),
        'AWS::DynamoDB::GlobalTable',
        'SignalingWebRTCConnections',
      );
      expect(Properties.KeySchema).toEqual([{ AttributeName: 'connectionId', KeyType: 'HASH' }]);
      expect(Properties.GlobalSecondaryIndexes).toBeUndefined();
    });

    test('keep peers by room, and index their keys by connection', () => {
      const { Properties } = resource(byDefault(), 'AWS::DynamoDB::GlobalTable', 'SignalingWebRTCRooms');
      expect(Properties.KeySchema).toEqual([
        { AttributeName: 'roomId', KeyType: 'HASH' },
        { AttributeName: 'connectionId', KeyType: 'RANGE' },
      ]);
      expect(Properties.GlobalSecondaryIndexes).toEqual([
        {
          IndexName: 'byConnection',
          KeySchema: [{ AttributeName: 'connectionId', KeyType: 'HASH' }],
          Projection: { ProjectionType: 'KEYS_ONLY' },
        },
      ]);
    });

    test('are on demand, forget rows at expiresAt and have no name of their own', () => {
      byDefault().resourceCountIs('AWS::DynamoDB::GlobalTable', 2);
      byDefault().allResourcesProperties('AWS::DynamoDB::GlobalTable', {
        BillingMode: 'PAY_PER_REQUEST',
        TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
      });
      for (const { Properties } of Object.values(byDefault().findResources('AWS::DynamoDB::GlobalTable'))) {
        expect(Properties).not.toHaveProperty('TableName');
      }
    });

    test.each(['AWS::DynamoDB::GlobalTable', 'AWS::Logs::LogGroup'])(
      'and log groups go with the stack unless the removal policy says otherwise: %s',
      (type) => {
        byDefault().allResources(type, { DeletionPolicy: 'Delete', UpdateReplacePolicy: 'Delete' });
        withEveryOption().allResources(type, { DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' });
      },
    );

    test('are not made where the user brings them', () => {
      for (const shape of ['tables and an API of the app', 'imported tables and API'] as const) {
        const ids = Object.keys(templateOf(shape, context).findResources('AWS::DynamoDB::GlobalTable'));
        expect(ids.filter((id) => id.startsWith('Signaling'))).toEqual([]);
      }
    });
  });

  describe('the functions', () => {
    test('are three, on the pinned runtime and arm64, with JSON logs', () => {
      byDefault().resourceCountIs('AWS::Lambda::Function', 3);
      byDefault().allResourcesProperties('AWS::Lambda::Function', {
        Runtime: 'nodejs24.x',
        Architectures: ['arm64'],
        Handler: 'index.handler',
        MemorySize: 512,
        Timeout: 15,
        LoggingConfig: { LogFormat: 'JSON' },
      });
    });

    test.each(handlers)('log to a group of their own: $functionId', ({ functionId }) => {
      const { Properties } = resource(byDefault(), 'AWS::Lambda::Function', functionId);
      const logGroup = logicalId(byDefault(), 'AWS::Logs::LogGroup', `${functionId}Logs`);
      expect(text(Properties.LoggingConfig.LogGroup)).toBe(`\${${logGroup}}`);
      expect(byDefault().findResources('AWS::Logs::LogGroup')[logGroup].Properties).toEqual({
        RetentionInDays: 30,
      });
    });

    test('take the function options', () => {
      withEveryOption().allResourcesProperties('AWS::Lambda::Function', {
        MemorySize: 1024,
        Timeout: 29,
        ReservedConcurrentExecutions: 20,
        TracingConfig: { Mode: 'Active' },
      });
      withEveryOption().allResourcesProperties('AWS::Logs::LogGroup', { RetentionInDays: 7 });
    });

    test('are told what they need and nothing else', () => {
      const template = byDefault();
      const connections = {
        Ref: logicalId(template, 'AWS::DynamoDB::GlobalTable', 'SignalingWebRTCConnections'),
      };
      const rooms = { Ref: logicalId(template, 'AWS::DynamoDB::GlobalTable', 'SignalingWebRTCRooms') };
      const { CALLBACK_URL, ...message } = environmentOf(template, HANDLERS.message.functionId);
      expect(message).toEqual({
        CONNECTIONS_TABLE: connections,
        ROOMS_TABLE: rooms,
        ROOMS_BY_CONNECTION_INDEX: 'byConnection',
        ICE_SERVERS: '[{"kind":"static","iceServers":[{"urls":["stun:stun.l.google.com:19302"]}]}]',
        MAX_PEERS_PER_ROOM: '50',
        MAX_ROOMS_PER_CONNECTION: '10',
        MAX_MESSAGE_BYTES: '32768',
        MAX_METADATA_BYTES: '1024',
        MAX_MESSAGES_PER_SECOND: '50',
      });
      const api = logicalId(template, 'AWS::ApiGatewayV2::Api', 'SignalingWebSocketApi');
      expect(text(CALLBACK_URL)).toBe(
        `https://\${${api}}.execute-api.\${AWS::Region}.\${AWS::URLSuffix}/prod`,
      );
      expect(environmentOf(template, HANDLERS.disconnect.functionId)).toEqual({
        CONNECTIONS_TABLE: connections,
        ROOMS_TABLE: rooms,
        ROOMS_BY_CONNECTION_INDEX: 'byConnection',
        CALLBACK_URL,
      });
      expect(environmentOf(template, HANDLERS.connect.functionId)).toEqual({
        CONNECTIONS_TABLE: connections,
      });
    });

    test('publish their metrics under the id and stage of their API', () => {
      const template = withEveryOption();
      const api = logicalId(template, 'AWS::ApiGatewayV2::Api', 'SignalingWebSocketApi');
      const functions = Object.values(template.findResources('AWS::Lambda::Function'));
      expect(functions.length).toBeGreaterThanOrEqual(3);
      for (const { Properties } of functions) {
        const { POWERTOOLS_METRICS_NAMESPACE, POWERTOOLS_SERVICE_NAME } = Properties.Environment.Variables;
        expect(POWERTOOLS_METRICS_NAMESPACE).toBe('WebRtcSignaling');
        expect(text(POWERTOOLS_SERVICE_NAME)).toBe(`\${${api}}/calls-2`);
      }
    });

    test('are told the ICE servers and limits of the properties', () => {
      const { ICE_SERVERS, ...environment } = environmentOf(withEveryOption(), HANDLERS.message.functionId);
      expect(JSON.parse(text(ICE_SERVERS).replaceAll(/[0-9A-F]{8}(?=[.}])/g, ''))).toEqual([
        {
          kind: 'static',
          iceServers: [{ urls: ['stun:stun.example.com', 'stuns:stun.example.com:5349'] }],
        },
        {
          kind: 'turn',
          urls: ['turn:turn.example.com:3478?transport=udp', 'turns:[2001:db8::1]:443?transport=tcp'],
          username: 'caller',
          secretArn: '${TurnPassword}',
          secretField: 'password',
        },
        {
          kind: 'coturn',
          urls: ['stun:coturn.example.com', 'turn:coturn.example.com'],
          secretArn: '${CoturnSecret}',
          ttlSeconds: 1800,
        },
        {
          kind: 'cloudflare',
          url: 'https://rtc.live.cloudflare.com/v1/turn/keys/0123456789abcdef0123456789abcdef/credentials/generate-ice-servers',
          secretArn:
            'arn:${AWS::Partition}:secretsmanager:${AWS::Region}:${AWS::AccountId}:secret:cloudflare-turn',
          ttlSeconds: 7200,
        },
      ]);
      expect(environment).toMatchObject({
        MAX_PEERS_PER_ROOM: '90',
        MAX_ROOMS_PER_CONNECTION: '1',
        MAX_MESSAGE_BYTES: '16384',
        MAX_METADATA_BYTES: '512',
        MAX_MESSAGES_PER_SECOND: '20',
      });
    });

    test('are told who may connect', () => {
      expect(environmentOf(withEveryOption(), HANDLERS.connect.functionId)).toMatchObject({
        ALLOWED_ORIGINS: '["https://app.example.com","https://*.example.org:8443"]',
        ALLOW_ABSENT_ORIGIN: 'false',
        MAX_CONNECTIONS_PER_USER_PER_MINUTE: '30',
      });
    });
  });

  describe('the permissions', () => {
    const logs = ['logs:CreateLogStream', 'logs:PutLogEvents'];
    const roomsTableOfAPeer = [
      'dynamodb:DeleteItem',
      'dynamodb:GetItem',
      'dynamodb:PutItem',
      'dynamodb:Query',
      'dynamodb:UpdateItem',
    ];

    test('are exactly what each handler does, on exactly its resources', () => {
      const template = byDefault();
      expect(permissions(template, HANDLERS.connect.functionId)).toEqual({
        '${SignalingConnectFunctionLogs.Arn}': logs,
        '${SignalingWebRTCConnections.Arn}': ['dynamodb:PutItem'],
      });
      expect(permissions(template, HANDLERS.message.functionId)).toEqual({
        '${SignalingMessageFunctionLogs.Arn}': logs,
        '${SignalingWebRTCConnections.Arn}': ['dynamodb:DeleteItem', 'dynamodb:UpdateItem'],
        '${SignalingWebRTCRooms.Arn}': roomsTableOfAPeer,
        '${SignalingWebRTCRooms.Arn}/index/byConnection': ['dynamodb:Query'],
        'execute-api:${SignalingWebSocketApi}/prod/DELETE/@connections/*': ['execute-api:ManageConnections'],
        'execute-api:${SignalingWebSocketApi}/prod/POST/@connections/*': ['execute-api:ManageConnections'],
      });
      expect(permissions(template, HANDLERS.disconnect.functionId)).toEqual({
        '${SignalingDisconnectFunctionLogs.Arn}': logs,
        '${SignalingWebRTCConnections.Arn}': ['dynamodb:DeleteItem'],
        '${SignalingWebRTCRooms.Arn}': ['dynamodb:DeleteItem', 'dynamodb:Query'],
        '${SignalingWebRTCRooms.Arn}/index/byConnection': ['dynamodb:Query'],
        'execute-api:${SignalingWebSocketApi}/prod/POST/@connections/*': ['execute-api:ManageConnections'],
      });
    });

    test('are one more where the connections of a user are counted', () => {
      expect(permissions(withEveryOption(), HANDLERS.connect.functionId)).toMatchObject({
        '${SignalingWebRTCConnections.Arn}': ['dynamodb:PutItem', 'dynamodb:UpdateItem'],
      });
    });

    test('are the same on tables and an API that the user brings, the index of an imported table among them', () => {
      expect(
        permissions(templateOf('tables and an API of the app', context), 'SignalingMessageFunction'),
      ).toEqual({
        '${SignalingMessageFunctionLogs.Arn}': logs,
        '${Connections.Arn}': ['dynamodb:DeleteItem', 'dynamodb:UpdateItem'],
        '${Rooms.Arn}': roomsTableOfAPeer,
        '${Rooms.Arn}/index/byConnection': ['dynamodb:Query'],
        'execute-api:${Api}/prod/DELETE/@connections/*': ['execute-api:ManageConnections'],
        'execute-api:${Api}/prod/POST/@connections/*': ['execute-api:ManageConnections'],
      });
      expect(permissions(templateOf('imported tables and API', context), 'SignalingMessageFunction')).toEqual(
        {
          '${SignalingMessageFunctionLogs.Arn}': logs,
          'dynamodb:table/their-connections': ['dynamodb:DeleteItem', 'dynamodb:UpdateItem'],
          'dynamodb:table/their-rooms': roomsTableOfAPeer,
          'dynamodb:table/their-rooms/index/byConnection': ['dynamodb:Query'],
          'execute-api:a1b2c3d4e5/prod/DELETE/@connections/*': ['execute-api:ManageConnections'],
          'execute-api:a1b2c3d4e5/prod/POST/@connections/*': ['execute-api:ManageConnections'],
        },
      );
    });

    test.each(shapeNames)('never are a wildcard action, a scan or a managed policy: %s', (shape) => {
      const template = templateOf(shape, context);
      const actions = Object.values(template.findResources('AWS::IAM::Policy')).flatMap(({ Properties }) =>
        Properties.PolicyDocument.Statement.flatMap(({ Action }: { Action: string | string[] }) => Action),
      );
      expect(actions).not.toHaveLength(0);
      expect(actions.filter((action) => action.includes('*') || action === 'dynamodb:Scan')).toEqual([]);
      for (const { Properties } of Object.values(template.findResources('AWS::IAM::Role'))) {
        expect(Properties).not.toHaveProperty('ManagedPolicyArns');
      }
    });
  });

  test('the logical ids of what keeps data or an address are the ones of the first release', () => {
    const kept = [
      'AWS::DynamoDB::GlobalTable',
      'AWS::ApiGatewayV2::Api',
      'AWS::ApiGatewayV2::Stage',
      'AWS::Logs::LogGroup',
    ];
    expect(kept.flatMap((type) => Object.keys(byDefault().findResources(type)))).toEqual([
      'SignalingWebRTCConnections769CB9BC',
      'SignalingWebRTCRooms22371322',
      'SignalingWebSocketApi2ECEBE5B',
      'SignalingStageCB647D01',
      'SignalingConnectFunctionLogsC30BDF17',
      'SignalingMessageFunctionLogsC8772598',
      'SignalingDisconnectFunctionLogs25EAF83C',
    ]);
  });
});

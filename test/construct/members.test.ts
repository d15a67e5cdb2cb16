// What an app gets to work with: the members of a service, made or imported.
import { Annotations as AnnotationsOf, App, Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import { AttributeType, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { type IWebRtcSignaling, SignalingAuthorization, WebRtcSignaling } from '../../lib';
import { make } from '../support/construct-shapes';
import { permissions, text } from '../support/construct-template';

const imported = () => {
  const stack = new Stack(new App(), 'Other');
  const attributes = { webSocketApiId: 'a1b2c3d4e5', stageName: 'prod' };
  return { stack, signaling: WebRtcSignaling.fromWebRtcSignalingAttributes(stack, 'Signaling', attributes) };
};

describe.each<[string, () => { stack: Stack; signaling: IWebRtcSignaling }, string]>([
  ['a service', () => make(), '${SignalingWebSocketApi2ECEBE5B}'],
  ['an imported service', imported, 'a1b2c3d4e5'],
])('%s', (_, madeOrImported, apiId) => {
  test('tells the URL for clients and the one for callbacks', () => {
    const { stack, signaling } = madeOrImported();
    const address = `${apiId}.execute-api.\${AWS::Region}.\${AWS::URLSuffix}/prod`;
    expect(text(stack.resolve(signaling.url))).toBe(`wss://${address}`);
    expect(text(stack.resolve(signaling.callbackUrl))).toBe(`https://${address}`);
  });

  test('grants the connections of its one stage', () => {
    const { stack, signaling } = madeOrImported();
    const role = new Role(stack, 'BackendRole', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    signaling.grantManageConnections(role).assertSuccess();
    expect(permissions(Template.fromStack(stack), 'Backend')).toEqual({
      [`execute-api:${apiId.replace('2ECEBE5B', '')}/prod/*/@connections/*`]: [
        'execute-api:ManageConnections',
      ],
    });
  });

  test('grants to connect to its one stage', () => {
    const { stack, signaling } = madeOrImported();
    const role = new Role(stack, 'CallerRole', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    signaling.grantConnect(role).assertSuccess();
    expect(permissions(Template.fromStack(stack), 'Caller')).toEqual({
      [`execute-api:${apiId.replace('2ECEBE5B', '')}/prod/$connect`]: ['execute-api:Invoke'],
    });
  });

  // https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-logging.html
  test.each([
    ['metricConnections', 'ConnectCount', 'Sum'],
    ['metricMessages', 'MessageCount', 'Sum'],
    ['metricIntegrationErrors', 'IntegrationError', 'Sum'],
    ['metricClientErrors', 'ClientError', 'Sum'],
    ['metricExecutionErrors', 'ExecutionError', 'Sum'],
    ['metricIntegrationLatency', 'IntegrationLatency', 'Average'],
  ] as const)('has the metric %s, which is %s of its stage', (member, metricName, statistic) => {
    const { stack, signaling } = madeOrImported();
    const metric = signaling[member]();
    expect(metric).toMatchObject({ namespace: 'AWS/ApiGateway', metricName, statistic });
    const { ApiId, Stage, ...rest } = stack.resolve(metric.dimensions);
    expect([text(ApiId), Stage, rest]).toEqual([apiId, 'prod', {}]);
    expect(signaling[member]({ statistic: 'p99' }).statistic).toBe('p99');
  });

  test.each([
    ['metricConnectionsOpened', 'ConnectionsOpened', 'Sum'],
    ['metricConnectionsRefused', 'ConnectionsRefused', 'Sum'],
    ['metricAuthorizerRefusals', 'AuthorizerRefusals', 'Sum'],
    ['metricConnectionsClosed', 'ConnectionsClosed', 'Sum'],
    ['metricConnectionDuration', 'ConnectionDuration', 'Average'],
    ['metricPeersJoined', 'PeersJoined', 'Sum'],
    ['metricPeersResumed', 'PeersResumed', 'Sum'],
    ['metricPeersLeft', 'PeersLeft', 'Sum'],
    ['metricPeersEvicted', 'PeersEvicted', 'Sum'],
    ['metricMessagesRelayed', 'MessagesRelayed', 'Sum'],
    ['metricRelayFailures', 'RelayFailures', 'Sum'],
    ['metricRelayLatency', 'RelayLatency', 'p99'],
    ['metricMessagesRefused', 'MessagesRefused', 'Sum'],
    ['metricHandlerFailures', 'HandlerFailures', 'Sum'],
  ] as const)(
    'has the metric %s, which is %s of what its handlers publish',
    (member, metricName, statistic) => {
      const { stack, signaling } = madeOrImported();
      const metric = signaling[member]();
      expect(metric).toMatchObject({ namespace: 'WebRtcSignaling', metricName, statistic });
      const { service, ...rest } = stack.resolve(metric.dimensions);
      expect([text(service), rest]).toEqual([`${apiId}/prod`, {}]);
      expect(signaling[member]({ statistic: 'Maximum' }).statistic).toBe('Maximum');
    },
  );

  test('has any other metric by its name', () => {
    const { signaling } = madeOrImported();
    expect(signaling.metric('Other', { label: 'another' })).toMatchObject({
      metricName: 'Other',
      statistic: 'Average',
      label: 'another',
    });
  });
});

test('an imported service adds nothing to the template', () => {
  expect(Template.fromStack(imported().stack).toJSON()).not.toHaveProperty('Resources');
});

test('every resource of a service can be reached', () => {
  const { stack, signaling } = make();
  const ids = [
    signaling.webSocketApi,
    signaling.stage,
    signaling.connectionsTable,
    signaling.roomsTable,
    signaling.connectFunction,
    signaling.messageFunction,
    signaling.disconnectFunction,
    signaling.connectFunction.logGroup,
    signaling.messageFunction.logGroup,
    signaling.disconnectFunction.logGroup,
  ].map(({ node }) => node.path);
  expect(ids).toEqual([
    'Stack/Signaling/WebSocketApi',
    'Stack/Signaling/Stage',
    'Stack/Signaling/WebRTCConnections',
    'Stack/Signaling/WebRTCRooms',
    'Stack/Signaling/ConnectFunction',
    'Stack/Signaling/MessageFunction',
    'Stack/Signaling/DisconnectFunction',
    'Stack/Signaling/ConnectFunctionLogs',
    'Stack/Signaling/MessageFunctionLogs',
    'Stack/Signaling/DisconnectFunctionLogs',
  ]);
  expect(signaling.node.children.map(({ node }) => node.id)).not.toContain('Default');
  expect(signaling.stack).toBe(stack);
});

test('two services in one stack share nothing', () => {
  const { stack } = make();
  const one = Object.keys(Template.fromStack(stack).toJSON().Resources);
  const both = make();
  new WebRtcSignaling(both.stack, 'Second');
  const { Resources } = Template.fromStack(both.stack).toJSON();
  const second = Object.keys(Resources).filter((id) => !one.includes(id));
  expect(second).toHaveLength(one.length);
  const references = JSON.stringify(second.map((id) => Resources[id]));
  expect(one.filter((id) => references.includes(id))).toEqual([]);
});

describe('a warning that can be acknowledged by its id', () => {
  const timeToLive = 'cdk-webrtc-signaling:connectionsTableTimeToLive';
  const noAuthorization = 'cdk-webrtc-signaling:noAuthorization';
  const warnings = (stack: Stack) =>
    Annotations.fromStack(stack)
      .findWarning('*', Match.anyValue())
      .map(({ id, entry }) => [id, entry.data]);

  const stackWithAll = () => {
    const stack = new Stack(new App(), 'Stack');
    new WebRtcSignaling(stack, 'Signaling', {
      connectionsTable: new TableV2(stack, 'Table', {
        partitionKey: { name: 'connectionId', type: AttributeType.STRING },
      }),
    });
    return stack;
  };

  test('tells of an open service, and of a table that keeps rows for ever', () => {
    expect(warnings(stackWithAll())).toEqual([
      ['/Stack/Signaling', expect.stringMatching(/^authorization is none: /)],
      ['/Stack/Signaling', expect.stringMatching(/^connectionsTable has no time to live on expiresAt: /)],
    ]);
  });

  test('is gone once it was acknowledged', () => {
    const stack = stackWithAll();
    AnnotationsOf.of(stack).acknowledgeWarning(timeToLive);
    AnnotationsOf.of(stack).acknowledgeWarning(noAuthorization);
    expect(warnings(stack)).toEqual([]);
  });

  test('is not given to a service with every default but an authorization', () => {
    const stack = new Stack(new App(), 'Stack');
    new WebRtcSignaling(stack, 'Signaling', { authorization: SignalingAuthorization.roomTokens() });
    expect(warnings(stack)).toEqual([]);
  });
});

// What the functions get: the shapes of CONNECT, MESSAGE and DISCONNECT, as AWS sends them.
import { ManualClock } from '../../support/manual-clock';
import { isEvent, open, play, stopAll } from './harness';

afterEach(stopAll);

const ID = expect.stringMatching(/^[A-Za-z0-9+/]{15}=$/);
const NOW = Date.UTC(2024, 1, 19, 7, 11, 42);

test('CONNECT has the headers, and a context without messageId', async () => {
  const { url, gateway, events } = await play({ clock: new ManualClock(NOW) });
  await open(url, [], { headers: { 'User-Agent': 'a browser' } });
  const event = await events.first();
  const headers = {
    Host: `127.0.0.1:${gateway.port}`,
    'User-Agent': 'a browser',
    'Sec-WebSocket-Version': '13',
    'Sec-WebSocket-Key': expect.any(String),
    'Sec-WebSocket-Extensions': expect.any(String),
    'X-Forwarded-For': '127.0.0.1',
    'X-Forwarded-Port': '443',
    'X-Forwarded-Proto': 'https',
    'X-Amzn-Trace-Id': expect.stringMatching(/^Root=1-65d2ff2e-[0-9a-f]{24}$/),
  };
  expect(event).toEqual({
    headers,
    multiValueHeaders: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value]])),
    requestContext: {
      routeKey: '$connect',
      eventType: 'CONNECT',
      extendedRequestId: event.requestContext.requestId,
      requestTime: '19/Feb/2024:07:11:42 +0000',
      messageDirection: 'IN',
      stage: 'prod',
      connectedAt: NOW,
      requestTimeEpoch: NOW,
      identity: { userAgent: 'a browser', sourceIp: '127.0.0.1' },
      requestId: ID,
      domainName: 'a1b2c3d4e5.execute-api.us-east-1.amazonaws.com',
      connectionId: ID,
      apiId: 'a1b2c3d4e5',
    },
    isBase64Encoded: false,
  });
});

test('MESSAGE has its route and a messageId, the body as text, no headers and no query', async () => {
  const clock = new ManualClock(NOW);
  const { url, events } = await play({ clock });
  const client = await open(`${url}?token=t`);
  clock.advance(1_500);
  client.ws.send('{"héllo": 1}');
  const event = await events.first(isEvent('MESSAGE'));
  const [connect] = events.all;
  expect(event).toEqual({
    requestContext: {
      ...connect.requestContext,
      routeKey: '$default',
      eventType: 'MESSAGE',
      messageId: ID,
      requestId: ID,
      extendedRequestId: event.requestContext.requestId,
      requestTime: '19/Feb/2024:07:11:43 +0000',
      requestTimeEpoch: NOW + 1_500,
    },
    body: '{"héllo": 1}',
    isBase64Encoded: false,
  });
  const { messageId, requestId } = event.requestContext;
  expect(new Set([messageId, requestId, connect.requestContext.requestId]).size).toBe(3);
});

test("DISCONNECT is CONNECT's context with a status and a reason, and headers of its own", async () => {
  const { url, gateway, events } = await play({ clock: new ManualClock(NOW) });
  const client = await open(url);
  client.ws.close(4001, 'enough');
  const event = await events.first(isEvent('DISCONNECT'));
  const headers = {
    Host: `127.0.0.1:${gateway.port}`,
    'x-api-key': '',
    'X-Forwarded-For': '',
    'x-restapi': '',
  };
  expect(event).toEqual({
    headers,
    multiValueHeaders: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value]])),
    requestContext: {
      ...events.all[0].requestContext,
      routeKey: '$disconnect',
      eventType: 'DISCONNECT',
      requestId: ID,
      extendedRequestId: event.requestContext.requestId,
      disconnectStatusCode: 4001,
      disconnectReason: 'enough',
    },
    isBase64Encoded: false,
  });
});

test('header names keep the case that the client gave them', async () => {
  const { url, events } = await play();
  await open(url, [], { headers: { 'X-CuStOm': 'a', 'x-lower': 'b' } });
  const { headers } = await events.first();
  expect(headers).toMatchObject({ 'X-CuStOm': 'a', 'x-lower': 'b' });
});

test('a header or parameter that comes twice has its last value, and all of them in the multi-value map', async () => {
  const { url, events } = await play();
  await open(`${url}?a=1&b=x%20y&a=2`, [], {
    headers: { 'X-Twice': ['one', 'two'] as unknown as string },
  });
  expect(await events.first()).toMatchObject({
    headers: { 'X-Twice': 'two' },
    multiValueHeaders: { 'X-Twice': ['one', 'two'] },
    queryStringParameters: { a: '2', b: 'x y' },
    multiValueQueryStringParameters: { a: ['1', '2'], b: ['x y'] },
  });
});

test('a client cannot make itself another address', async () => {
  const { url, events } = await play();
  await open(url, [], { headers: { 'x-forwarded-for': '203.0.113.9', 'X-Forwarded-Proto': 'http' } });
  const { headers, requestContext } = await events.first();
  expect(headers).toMatchObject({
    'X-Forwarded-For': '203.0.113.9, 127.0.0.1',
    'X-Forwarded-Proto': 'https',
  });
  expect(Object.keys(headers)).not.toContain('x-forwarded-for');
  expect(requestContext.identity.sourceIp).toBe('127.0.0.1');
});

test('a client without a user agent has none in its identity', async () => {
  const { url, events } = await play();
  await open(url);
  expect((await events.first()).requestContext.identity).toEqual({ sourceIp: '127.0.0.1' });
});

test('the variables of a stage that has some come with each event', async () => {
  const stages = [{ stageName: 'beta', variables: { colour: 'blue' } }];
  const { url, events } = await play({ api: { stages } });
  await open(url);
  expect(await events.first()).toMatchObject({
    stageVariables: { colour: 'blue' },
    requestContext: { stage: 'beta' },
  });
});

test('every connection has an id of its own', async () => {
  const { url, events } = await play();
  await Promise.all(Array.from({ length: 20 }, () => open(url)));
  expect(new Set(events.all.map(({ requestContext }) => requestContext.connectionId)).size).toBe(20);
});

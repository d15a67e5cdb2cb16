// What happens to a message: its route, its errors, and what of the answer reaches the client.
import { ManualClock } from '../../support/manual-clock';
import { deferred, isEvent, open, play, roundTrip, stopAll } from './harness';

afterEach(stopAll);

const crash = () => {
  throw new Error('inner secret');
};

function errorFrame(message: string, { requestContext }: any) {
  const { connectionId, requestId } = requestContext;
  return { message, connectionId, requestId };
}

test("a message goes to the route that its body's selection names", async () => {
  const { url, events } = await play({ routes: { join: {} } });
  const client = await open(url);
  client.ws.send('{"action":"join"}');
  const { requestContext } = await events.first(isEvent('MESSAGE'));
  expect(requestContext.routeKey).toBe('join');
});

test.each([
  ['a missing path', '{}'],
  ['a body that is not JSON', 'hello'],
  ['no matching route', '{"action":"leave"}'],
  ['$connect, which no client can ask for,', '{"action":"$connect"}'],
  ['$disconnect, which no client can ask for,', '{"action":"$disconnect"}'],
])('%s goes to $default', async (_, body) => {
  const { url, events } = await play({ routes: { join: {} } });
  const client = await open(url);
  client.ws.send(body);
  const event = await events.first(isEvent('MESSAGE'));
  expect(event).toMatchObject({ body, requestContext: { routeKey: '$default' } });
  expect(events.all).toHaveLength(2);
});

test('without $default such a message is answered Forbidden, and the socket stays open', async () => {
  const { url, events } = await play({ routes: { $default: null, join: {} } });
  const client = await open(url);
  client.ws.send('hello');
  expect(JSON.parse(await client.messages.first())).toEqual({
    message: 'Forbidden',
    connectionId: events.all[0].requestContext.connectionId,
    requestId: expect.any(String),
  });
  client.ws.send('{"action":"join"}');
  expect((await events.first(isEvent('MESSAGE'))).requestContext.routeKey).toBe('join');
});

test.each([
  ['throws', crash],
  ['runs into its own time-out', { outcome: 'timed-out' } as const],
])('a handler that %s: Internal server error, and the socket stays open', async (_, handler) => {
  const { url, events } = await play({ functions: { $default: handler } });
  const client = await open(url);
  client.ws.send('one');
  const frame = await client.messages.first();
  const event = await events.first(isEvent('MESSAGE'));
  expect(JSON.parse(frame)).toEqual(errorFrame('Internal server error', event));
  expect(Object.keys(JSON.parse(frame))).toEqual(['message', 'connectionId', 'requestId']);
  client.ws.send('two');
  expect(await client.messages.take(2)).toHaveLength(2);
});

test('a handler that does not answer within the integration time-out: Internal server error', async () => {
  const clock = new ManualClock();
  const late = deferred<object>();
  const { url, events } = await play({
    clock,
    routes: { $default: { hasRouteResponse: true } },
    functions: { $default: () => late.promise },
  });
  const client = await open(url);
  client.ws.send('hello');
  const event = await events.first(isEvent('MESSAGE'));
  clock.advance(29_000);
  expect(JSON.parse(await client.messages.first())).toEqual(errorFrame('Internal server error', event));
  late.resolve({ statusCode: 200, body: 'too late' });
  await roundTrip(client);
  expect(client.messages.all).toHaveLength(1);
});

test.each([200, 400, 500])(
  'on a one-way route a returned status %i and body are silent',
  async (statusCode) => {
    const { url, events } = await play({
      functions: { $default: () => ({ statusCode, body: 'an answer' }) },
    });
    const client = await open(url);
    client.ws.send('hello');
    await events.first(isEvent('MESSAGE'));
    await roundTrip(client);
    expect(client.messages.all).toEqual([]);
  },
);

describe('a route with a route response', () => {
  const routes = { $default: { hasRouteResponse: true } };

  test('sends the body that its handler returned', async () => {
    const { url } = await play({
      routes,
      functions: { $default: ({ body }) => ({ statusCode: 200, body: `re: ${body}` }) },
    });
    const client = await open(url);
    client.ws.send('hello');
    expect(await client.messages.first()).toBe('re: hello');
  });

  test('sends nothing where the handler returned no body', async () => {
    const { url, events } = await play({ routes, functions: { $default: () => ({ statusCode: 200 }) } });
    const client = await open(url);
    client.ws.send('hello');
    await events.first(isEvent('MESSAGE'));
    await roundTrip(client);
    expect(client.messages.all).toEqual([]);
  });

  test('answers a body that is no text with Internal server error', async () => {
    const { url } = await play({
      routes,
      functions: { $default: () => ({ statusCode: 200, body: { an: 'object' } }) },
    });
    const client = await open(url);
    client.ws.send('hello');
    expect(JSON.parse(await client.messages.first())).toMatchObject({ message: 'Internal server error' });
  });

  test('does not put its answers in the order of the messages', async () => {
    const slow = deferred();
    const { url } = await play({
      routes,
      functions: {
        $default: async ({ body }) => {
          if (body === 'slow') await slow.promise;
          return { statusCode: 200, body };
        },
      },
    });
    const client = await open(url);
    client.ws.send('slow');
    client.ws.send('fast');
    expect(await client.messages.first()).toBe('fast');
    slow.resolve();
    expect(await client.messages.take(2)).toEqual(['fast', 'slow']);
  });
});

test('a MOCK integration with a route response answers without a function', async () => {
  const { url, events } = await play({
    routes: {
      ping: {
        integration: { type: 'mock', statusCode: 200, body: '{"type":"pong"}' },
        hasRouteResponse: true,
      },
    },
  });
  const client = await open(url);
  client.ws.send('{"action":"ping"}');
  expect(await client.messages.first()).toBe('{"type":"pong"}');
  expect(events.all.filter(isEvent('MESSAGE'))).toEqual([]);
});

test('a MOCK integration without a route response is silent', async () => {
  const { url } = await play({
    routes: { ping: { integration: { type: 'mock', statusCode: 200, body: 'pong' } } },
  });
  const client = await open(url);
  client.ws.send('{"action":"ping"}');
  await roundTrip(client);
  expect(client.messages.all).toEqual([]);
});

test('the messages of one connection are handled at the same time', async () => {
  const second = deferred();
  const finished: string[] = [];
  const { url, events } = await play({
    functions: {
      $default: async ({ body }) => {
        if (body === 'first') await second.promise;
        else second.resolve();
        finished.push(body);
      },
    },
  });
  const client = await open(url);
  client.ws.send('first');
  client.ws.send('second');
  await events.take(3);
  await second.promise;
  await roundTrip(client);
  expect(finished.sort()).toEqual(['first', 'second']);
});

test('a throttled message is answered Too Many Requests, and its handler does not run', async () => {
  const clock = new ManualClock();
  const { url, events } = await play({
    clock,
    api: { stages: [{ stageName: 'prod', variables: {}, throttle: { rateLimit: 1, burstLimit: 2 } }] },
  });
  const client = await open(url);
  for (const body of ['one', 'two', 'three']) client.ws.send(body);
  expect(JSON.parse(await client.messages.first())).toEqual({
    message: 'Too Many Requests',
    connectionId: events.all[0].requestContext.connectionId,
    requestId: expect.any(String),
  });
  clock.advance(1_000);
  client.ws.send('four');
  await events.first(({ body }) => body === 'four');
  expect(events.all.slice(1).map(({ body }) => body)).toEqual(['one', 'two', 'four']);
});

test('what a handler answers after its client has left goes nowhere', async () => {
  const left = deferred();
  const { url, events, log } = await play({
    routes: { $default: { hasRouteResponse: true } },
    functions: { $default: () => left.promise.then(() => ({ statusCode: 200, body: 'late' })) },
  });
  const client = await open(url);
  client.ws.send('hello');
  await events.first(isEvent('MESSAGE'));
  client.ws.close();
  await events.first(isEvent('DISCONNECT'));
  left.resolve();
  await open(url);
  expect(client.messages.all).toEqual([]);
  expect(log).toContainEqual(
    expect.objectContaining({ event: 'route', routeKey: '$default', outcome: 'returned' }),
  );
});

// What a client sees of its handshake, for everything that $connect can answer.
import { request } from 'node:http';
import {
  ApiGatewayManagementApiClient,
  GoneException,
  PostToConnectionCommand,
} from '@aws-sdk/client-apigatewaymanagementapi';
import WebSocket from 'ws';
import { ManualClock } from '../../support/manual-clock';
import { deferred, isEvent, open, play, refusal, start, stopAll } from './harness';

afterEach(stopAll);

test('the upgrade stays pending until $connect has answered', async () => {
  const answer = deferred();
  const { url, events } = await play({
    functions: { $connect: () => answer.promise.then(() => ({ statusCode: 200 })) },
  });
  const client = start(url);
  const opened = new Promise((resolve) => client.ws.once('open', resolve));
  await events.first(isEvent('CONNECT'));
  expect(client.ws.readyState).toBe(WebSocket.CONNECTING);
  answer.resolve();
  await opened;
  expect(client.ws.readyState).toBe(WebSocket.OPEN);
});

test.each([200, 201, 204, 299, '200'])(
  '$connect that returns %p opens the connection',
  async (statusCode) => {
    const { url } = await play({ functions: { $connect: () => ({ statusCode }) } });
    const client = await open(url);
    expect(client.ws.readyState).toBe(WebSocket.OPEN);
  },
);

test.each([301, 400, 401, 403, 500, 501])(
  '$connect that returns %i refuses with that status',
  async (statusCode) => {
    const { url, events } = await play({ functions: { $connect: () => ({ statusCode }) } });
    expect(await refusal(url)).toBe(statusCode);
    expect(events.all.filter(isEvent('DISCONNECT'))).toEqual([]);
  },
);

test('$connect that throws refuses with 502', async () => {
  const { url } = await play({
    functions: {
      $connect: () => {
        throw new Error('no such table');
      },
    },
  });
  expect(await refusal(url)).toBe(502);
});

test.each([[undefined], ['ok'], [{}], [{ statusCode: 'fine' }], [{ statusCode: 99 }], [{ statusCode: 600 }]])(
  '$connect that returns %p, which is no status, refuses with 502',
  async (result) => {
    const { url } = await play({ functions: { $connect: () => result } });
    expect(await refusal(url)).toBe(502);
  },
);

test('$connect that runs into its own time-out has failed: 502', async () => {
  const { url } = await play({ functions: { $connect: { outcome: 'timed-out' } } });
  expect(await refusal(url)).toBe(502);
});

test('$connect that does not answer within the integration time-out refuses with 504', async () => {
  const clock = new ManualClock();
  const { url, events } = await play({ clock, functions: { $connect: () => new Promise(() => {}) } });
  const status = refusal(url);
  await events.first(isEvent('CONNECT'));
  clock.advance(29_000);
  expect(await status).toBe(504);
});

test('a throttled handshake is refused with 429, and $connect does not run', async () => {
  const clock = new ManualClock();
  const { url, events } = await play({
    clock,
    api: { stages: [{ stageName: 'prod', variables: {}, throttle: { rateLimit: 2, burstLimit: 1 } }] },
  });
  await open(url);
  expect(await refusal(url)).toBe(429);
  clock.advance(500);
  await open(url);
  expect(events.all).toHaveLength(2);
});

test('an API without $connect accepts every client', async () => {
  const { url } = await play({ routes: { $connect: null } });
  expect((await open(url)).ws.readyState).toBe(WebSocket.OPEN);
});

test('a MOCK integration answers $connect without a function', async () => {
  const { url, events } = await play({
    routes: { $connect: { integration: { type: 'mock', statusCode: 200, body: '' } } },
  });
  await open(url);
  expect(events.all).toEqual([]);
});

test.each(['/', '/staging', '/prod/more', '//'])(
  'a handshake at %s, which is no stage, is Forbidden',
  async (path) => {
    const { gateway, events } = await play();
    expect(await refusal(`ws://127.0.0.1:${gateway.port}${path}`)).toBe(403);
    expect(events.all).toEqual([]);
  },
);

test('a stage also answers with a slash at its end', async () => {
  const { url } = await play();
  expect((await open(`${url}/?a=b`)).ws.readyState).toBe(WebSocket.OPEN);
});

test('a URL of more than 4,096 characters is refused', async () => {
  const { url } = await play();
  expect(await refusal(`${url}?q=${'x'.repeat(4096)}`)).toBe(414);
});

test.each(['', '/', '/anything'])(
  'a plain HTTP request to a stage (%p behind it) is answered 426',
  async (suffix) => {
    const { gateway } = await play({ page: (_, response) => response.end('the page') });
    const response = await fetch(gateway.callbackUrl('prod') + suffix);
    expect(response.status).toBe(426);
  },
);

test('a request to upgrade to something else than a WebSocket is answered 426', async () => {
  const { gateway } = await play();
  const status = await new Promise((resolve, reject) => {
    request(gateway.callbackUrl('prod'), { headers: { Connection: 'Upgrade', Upgrade: 'h2c' } })
      .on('response', (response) => resolve(response.statusCode))
      .on('error', reject)
      .end();
  });
  expect(status).toBe(426);
});

test('a refusal says no more to the client than its status', async () => {
  const { url } = await play({ functions: { $connect: () => ({ statusCode: 401, body: 'inner secret' }) } });
  const body = await new Promise<string>((resolve) => {
    const ws = new WebSocket(url);
    ws.on('unexpected-response', (_, response) => response.setEncoding('utf8').on('data', resolve));
    ws.on('error', () => {});
  });
  expect(JSON.parse(body)).toEqual({
    message: 'Unauthorized',
    connectionId: expect.any(String),
    requestId: expect.any(String),
  });
});

test('a post to a connection inside its own $connect is gone', async () => {
  let caught: unknown;
  const { url } = await play({
    functions: {
      $connect: async ({ requestContext }) => {
        const client = new ApiGatewayManagementApiClient({
          endpoint: url.replace('ws:', 'http:'),
          region: 'us-east-1',
          credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
        });
        const post = new PostToConnectionCommand({
          ConnectionId: requestContext.connectionId,
          Data: 'welcome',
        });
        caught = await client.send(post).catch((error: unknown) => error);
        return { statusCode: 200 };
      },
    },
  });
  await open(url);
  expect(caught).toBeInstanceOf(GoneException);
});

test.each(['$connect succeeds', '$connect refuses'])(
  'a client may leave during the handshake: %s',
  async (then) => {
    const answer = deferred();
    const { url, events, log } = await play({
      functions: {
        $connect: () => answer.promise.then(() => ({ statusCode: then === '$connect succeeds' ? 200 : 403 })),
      },
    });
    const client = start(url);
    await events.first(isEvent('CONNECT'));
    client.ws.terminate();
    await client.closed;
    answer.resolve();
    if (then === '$connect succeeds') {
      const { requestContext } = await events.first(isEvent('DISCONNECT'));
      expect(requestContext.disconnectStatusCode).toBe(1006);
      expect(requestContext.connectionId).toBe(events.all[0].requestContext.connectionId);
    } else {
      // Another client's whole handshake comes later than whatever the first one's end would bring.
      expect(await refusal(url)).toBe(403);
      expect(log.filter(({ event }) => event === 'handshake')).toHaveLength(2);
      expect(events.all.filter(isEvent('DISCONNECT'))).toEqual([]);
    }
  },
);

test('a handshake without a proper key is refused, and what $connect opened is ended', async () => {
  const { gateway, events } = await play();
  const status = await new Promise((resolve, reject) => {
    request(gateway.callbackUrl('prod'), { headers: { Connection: 'Upgrade', Upgrade: 'websocket' } })
      .on('response', (response) => resolve(response.statusCode))
      .on('error', reject)
      .end();
  });
  expect(status).toBe(400);
  expect((await events.first(isEvent('DISCONNECT'))).requestContext.disconnectStatusCode).toBe(1006);
});

describe('subprotocols', () => {
  test.each(['Sec-WebSocket-Protocol', 'sec-websocket-protocol'])(
    'the one that $connect returns in %s is echoed',
    async (name) => {
      const { url } = await play({
        functions: { $connect: () => ({ statusCode: 200, headers: { [name]: 'second' } }) },
      });
      const client = await open(url, ['first', 'second']);
      expect(client.ws.protocol).toBe('second');
    },
  );

  test('none is echoed where $connect returns none, and a client that offered one fails', async () => {
    const { url } = await play();
    await expect(open(url, ['first'])).rejects.toThrow('Server sent no subprotocol');
  });

  test('none is echoed to a client that offered none', async () => {
    const { url } = await play({
      functions: { $connect: () => ({ statusCode: 200, headers: { 'Sec-WebSocket-Protocol': 'first' } }) },
    });
    expect((await open(url)).ws.protocol).toBe('');
  });
});

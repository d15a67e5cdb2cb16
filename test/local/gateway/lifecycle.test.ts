// Starting and stopping, the page beside the stages, and the log.
import { ManualClock } from '../../support/manual-clock';
import { deferred, isEvent, open, play, refusal, start, stopAll } from './harness';

afterEach(stopAll);

test('the addresses are those of its stages', async () => {
  const { gateway } = await play({ api: { stages: [{ stageName: 'beta', variables: {} }] } });
  expect(gateway.url('beta')).toBe(`ws://127.0.0.1:${gateway.port}/beta`);
  expect(gateway.callbackUrl('beta')).toBe(`http://127.0.0.1:${gateway.port}/beta`);
  expect(() => gateway.url('prod')).toThrow('no stage "prod": expected beta');
});

test('a port in use is the error of the system', async () => {
  const { gateway } = await play();
  await expect(play({ port: gateway.port })).rejects.toMatchObject({
    code: 'EADDRINUSE',
    port: gateway.port,
  });
});

test('a route selection expression that cannot be played is refused at the start', async () => {
  await expect(play({ api: { routeSelectionExpression: '$request.header.action' } })).rejects.toThrow(
    'cannot play the route selection expression "$request.header.action"',
  );
});

test('plain HTTP outside the stages is the page', async () => {
  const { gateway } = await play({ page: (request, response) => response.end(`page at ${request.url}`) });
  const response = await fetch(`http://127.0.0.1:${gateway.port}/config.json`);
  expect(await response.text()).toBe('page at /config.json');
});

test('without a page it is Forbidden', async () => {
  const { gateway } = await play();
  const response = await fetch(`http://127.0.0.1:${gateway.port}/`);
  expect([response.status, await response.json()]).toEqual([403, { message: 'Forbidden' }]);
});

test('close ends each connection with 1001 and waits until $disconnect has run', async () => {
  const order: string[] = [];
  const disconnecting = deferred();
  const { gateway, url, events } = await play({
    functions: {
      $disconnect: async () => {
        await disconnecting.promise;
        order.push('$disconnect');
      },
    },
  });
  const client = await open(url);
  const closing = gateway.close().then(() => order.push('closed'));
  expect(await client.closed).toEqual({ code: 1001, reason: 'Going away' });
  const { requestContext } = await events.first(isEvent('DISCONNECT'));
  expect(requestContext).toMatchObject({ disconnectStatusCode: 1001, disconnectReason: 'Going away' });
  // `@connections` still answers to what $disconnect calls; a new client is not let in.
  expect((await fetch(`${gateway.callbackUrl('prod')}/@connections/AAAAAAAAAAAAAAA%3D`)).status).toBe(410);
  expect(await refusal(url)).toBe(503);
  disconnecting.resolve();
  await closing;
  expect(order).toEqual(['$disconnect', 'closed']);
  await expect(open(url)).rejects.toThrow('ECONNREFUSED');
});

test('close does not wait for a client that does not answer', async () => {
  const { gateway, url, events } = await play();
  const client = await open(url);
  client.ws.pause();
  await gateway.close();
  expect(events.all.filter(isEvent('DISCONNECT'))).toHaveLength(1);
  client.ws.terminate();
});

test('close drops a pending handshake, and ends what its $connect opened yet', async () => {
  const connecting = deferred();
  const { gateway, url, events } = await play({
    functions: { $connect: () => connecting.promise.then(() => ({ statusCode: 200 })) },
  });
  const client = start(url);
  await events.first(isEvent('CONNECT'));
  const closing = gateway.close();
  expect((await client.closed).code).toBe(1006);
  connecting.resolve();
  await closing;
  expect(events.all.filter(isEvent('DISCONNECT'))).toHaveLength(1);
});

test('no timer is left behind', async () => {
  const clock = new ManualClock();
  const { gateway, url, events } = await play({ clock });
  const client = await open(url);
  await open(url);
  client.ws.send('hello');
  await events.first(isEvent('MESSAGE'));
  client.ws.close();
  await events.first(isEvent('DISCONNECT'));
  expect(clock.pending).toBeGreaterThan(0);
  await gateway.close();
  expect(clock.pending).toBe(0);
});

test('close can be called twice', async () => {
  const { gateway } = await play();
  await Promise.all([gateway.close(), gateway.close()]);
  await expect(gateway.close()).resolves.toBeUndefined();
});

test('the log tells what happened, without what was said', async () => {
  const { gateway, url, events, log } = await play({
    functions: {
      $default: () => {
        throw new TypeError('room is not defined');
      },
    },
  });
  const client = await open(`${url}?token=secret`);
  const { connectionId } = events.all[0].requestContext;
  client.ws.send('a secret message');
  await client.messages.first();
  const address = `${gateway.callbackUrl('prod')}/@connections/${encodeURIComponent(connectionId)}`;
  await fetch(address, { method: 'POST', body: 'a secret post' });
  client.ws.close(1000, 'a reason');
  await events.first(isEvent('DISCONNECT'));
  await gateway.close();
  const common = { at: expect.any(Number), stage: 'prod', connectionId };
  const ms = expect.any(Number);
  const route = { ...common, event: 'route', ms };
  expect(log).toEqual([
    { ...route, routeKey: '$connect', functionId: '$connect', outcome: 'returned' },
    { ...common, event: 'handshake', status: 101, ms },
    {
      ...route,
      routeKey: '$default',
      functionId: '$default',
      outcome: 'threw',
      error: 'TypeError: room is not defined',
    },
    { ...common, event: 'callback', method: 'POST', status: 200, bytes: 13 },
    { ...common, event: 'close', code: 1000, reason: 'a reason' },
    { ...route, routeKey: '$disconnect', functionId: '$disconnect', outcome: 'returned' },
  ]);
  expect(JSON.stringify(log)).not.toContain('secret');
});

test('the log says why a handshake was refused', async () => {
  const { url, log } = await play({
    routes: {
      $connect: { authorizer: { functionId: 'authorizer', identitySources: ['route.request.header.X'] } },
    },
  });
  expect(await refusal(url)).toBe(401);
  expect(log).toEqual([
    expect.objectContaining({
      event: 'handshake',
      status: 401,
      error: 'the identity source route.request.header.X is missing',
    }),
  ]);
});

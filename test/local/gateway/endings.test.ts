// How connections end: what the client sees, and what $disconnect is told.
import { DeleteConnectionCommand, PostToConnectionCommand } from '@aws-sdk/client-apigatewaymanagementapi';
import { ManualClock } from '../../support/manual-clock';
import {
  idOf,
  isEvent,
  managementClient,
  open,
  play,
  roundTrip,
  stopAll,
  type Client,
  type Played,
} from './harness';

afterEach(stopAll);

const MINUTE = 60_000;
const KB = 1024;

/** What $disconnect was told, once it has run; and that it ran once. */
async function disconnection({ events }: Played) {
  const { requestContext } = await events.first(isEvent('DISCONNECT'));
  expect(events.all.filter(isEvent('DISCONNECT'))).toHaveLength(1);
  return [requestContext.disconnectStatusCode, requestContext.disconnectReason];
}

describe('by the client', () => {
  test.each<[string, (client: Client) => void, [number, string]]>([
    ['close() without a code', ({ ws }) => ws.close(), [1005, 'Client-side close frame status not set']],
    ['a page closed or navigated away', ({ ws }) => ws.close(1001), [1001, '']],
    ['close(1000)', ({ ws }) => ws.close(1000), [1000, '']],
    ['a code and reason of its own', ({ ws }) => ws.close(4000, 'bye'), [4000, 'bye']],
    ['a TCP drop', ({ ws }) => ws.terminate(), [1006, '']],
  ])('%s', async (_, leave, told) => {
    const played = await play();
    leave(await open(played.url));
    expect(await disconnection(played)).toEqual(told);
  });
});

describe('by the gateway', () => {
  test('10 minutes without a message: 1001 Going away, and pings do not count', async () => {
    const clock = new ManualClock();
    const played = await play({ clock });
    const client = await open(played.url);
    clock.advance(10 * MINUTE - 1);
    await roundTrip(client);
    expect(client.ws.readyState).toBe(client.ws.OPEN);
    clock.advance(1);
    expect(await client.closed).toEqual({ code: 1001, reason: 'Going away' });
    expect(await disconnection(played)).toEqual([1001, 'Going away']);
  });

  test('a message from the client starts the 10 minutes anew', async () => {
    const clock = new ManualClock();
    // Silent, and at once: no error frame of a time-out becomes a message of its own.
    const integration = { type: 'mock', statusCode: 200, body: '' } as const;
    const { url } = await play({ clock, routes: { $default: { integration } } });
    const client = await open(url);
    clock.advance(9 * MINUTE);
    client.ws.send('still here');
    await roundTrip(client);
    clock.advance(10 * MINUTE - 1);
    await roundTrip(client);
    expect(client.ws.readyState).toBe(client.ws.OPEN);
    clock.advance(1);
    expect((await client.closed).code).toBe(1001);
  });

  test('a message to the client starts the 10 minutes anew; 2 hours are the most: 1001 Going away', async () => {
    const clock = new ManualClock();
    const played = await play({ clock });
    const client = await open(played.url);
    const management = managementClient(played);
    const ConnectionId = idOf(played);
    for (let minutes = 9; minutes < 120; minutes += 9) {
      clock.advance(9 * MINUTE);
      await management.send(new PostToConnectionCommand({ ConnectionId, Data: 'news' }));
    }
    clock.advance(3 * MINUTE - 1);
    await roundTrip(client);
    expect(client.ws.readyState).toBe(client.ws.OPEN);
    expect(client.messages.all).toHaveLength(13);
    clock.advance(1);
    expect(await client.closed).toEqual({ code: 1001, reason: 'Going away' });
    expect(await disconnection(played)).toEqual([1001, 'Going away']);
  });

  test('a lifetime of its own, where one is given', async () => {
    const clock = new ManualClock();
    const { url } = await play({ clock, connectionLifetimeMs: 5_000 });
    const client = await open(url);
    clock.advance(4_999);
    await roundTrip(client);
    expect(client.ws.readyState).toBe(client.ws.OPEN);
    clock.advance(1);
    expect(await client.closed).toEqual({ code: 1001, reason: 'Going away' });
  });

  test('DELETE @connections: 1000 Connection Closed Normally', async () => {
    const played = await play();
    const client = await open(played.url);
    await managementClient(played).send(new DeleteConnectionCommand({ ConnectionId: idOf(played) }));
    expect(await client.closed).toEqual({ code: 1000, reason: 'Connection Closed Normally' });
    expect(await disconnection(played)).toEqual([1000, 'Connection Closed Normally']);
  });

  test('a binary frame: 1003, and no handler gets it', async () => {
    const played = await play();
    const client = await open(played.url);
    client.ws.send(Buffer.from('hello'), { binary: true });
    expect((await client.closed).code).toBe(1003);
    expect(await disconnection(played)).toEqual([1003, '']);
    expect(played.events.all.filter(isEvent('MESSAGE'))).toEqual([]);
  });

  test('a frame over 32 KB: 1009, and no handler gets it', async () => {
    const played = await play();
    const client = await open(played.url);
    client.ws.send('x'.repeat(32 * KB + 1));
    expect((await client.closed).code).toBe(1009);
    expect(await disconnection(played)).toEqual([1009, '']);
    expect(played.events.all.filter(isEvent('MESSAGE'))).toEqual([]);
  });

  test('an oversize frame right behind a good one: the good one is handled', async () => {
    const played = await play();
    const client = await open(played.url);
    client.ws.send('good');
    await played.events.first(isEvent('MESSAGE'));
    client.ws.send('x'.repeat(100 * KB));
    expect((await client.closed).code).toBe(1009);
    expect(played.events.all.filter(isEvent('MESSAGE')).map(({ body }) => body)).toEqual(['good']);
  });

  test('a message over 128 KB in frames of 32 KB: 1009', async () => {
    const played = await play();
    const client = await open(played.url);
    for (let frame = 0; frame < 4; frame += 1) client.ws.send('x'.repeat(32 * KB), { fin: false });
    client.ws.send('x', { fin: true });
    expect((await client.closed).code).toBe(1009);
    expect(await disconnection(played)).toEqual([1009, '']);
    expect(played.events.all.filter(isEvent('MESSAGE'))).toEqual([]);
  });

  test('a frame of 32 KB, and a message of 128 KB in four of them, are handled', async () => {
    const { url, events } = await play();
    const client = await open(url);
    client.ws.send('x'.repeat(32 * KB));
    for (let frame = 0; frame < 4; frame += 1) client.ws.send('y'.repeat(32 * KB), { fin: frame === 3 });
    const [, one, four] = await events.take(3);
    expect([one.body.length, four.body.length]).toEqual([32 * KB, 128 * KB]);
  });
});

test('$disconnect runs after the close, and nobody hears that it failed', async () => {
  const played = await play({
    functions: {
      $disconnect: () => {
        throw new Error('no such table');
      },
    },
  });
  const client = await open(played.url);
  client.ws.close(1000);
  expect((await client.closed).code).toBe(1000);
  expect(await disconnection(played)).toEqual([1000, '']);
  expect((await open(played.url)).ws.readyState).toBe(client.ws.OPEN);
});

test('an API without $disconnect lets its clients go', async () => {
  const { url, log, events } = await play({ routes: { $disconnect: null } });
  const client = await open(url);
  client.ws.close();
  await client.closed;
  await open(url);
  expect(log).toContainEqual(expect.objectContaining({ event: 'close', code: 1005 }));
  expect(events.all.map(({ requestContext }) => requestContext.eventType)).toEqual(['CONNECT', 'CONNECT']);
});

// A client that takes its place again over another connection: what was sent meanwhile arrives, once and in order.
import WebSocket from 'ws';
import { type Room, SignalingClient, type SignalingClientOptions } from 'webrtc-signaling-client';
import { LIFETIME_MS } from '../../local/src/gateway/limits';
import { type Between, between } from '../support/between';
import { eventually } from '../support/calls';
import { type HandlersOnGateway, startHandlers } from '../support/handlers-on-gateway';
import { next } from '../support/next-event';

const realSetTimeout = globalThis.setTimeout;

let service: HandlersOnGateway;
let ways: Between[] = [];
let clients: SignalingClient[] = [];

beforeAll(async () => {
  service = await startHandlers({});
});
afterEach(async () => {
  for (const client of clients) client.close();
  await Promise.all(ways.map((way) => way.close()));
  [clients, ways] = [[], []];
});
afterAll(() => service.close());

async function join(roomId: string, options: SignalingClientOptions = {}) {
  const way = await between(service.url);
  const client = new SignalingClient(way.url, { WebSocket, ...options });
  ways.push(way);
  clients.push(client);
  const room = await client.joinRoom(roomId);
  const heard: unknown[] = [];
  room.on('signal', (data) => heard.push(data));
  return { way, client, room, heard };
}

/** Ann and Bob, and what each hears of the other; both known to run this client. */
async function pair(roomId: string, options?: SignalingClientOptions) {
  const ann = await join(roomId, options);
  const joined = next(ann.room, 'peer-joined');
  const bob = await join(roomId);
  await joined;
  await ann.room.signal('hello', bob.room.peerId);
  await bob.room.signal('hello', ann.room.peerId);
  await eventually(() => ann.heard.length === 1 && bob.heard.length === 1);
  const told: string[] = [];
  for (const type of ['peer-joined', 'peer-left', 'peer-replaced'] as const)
    bob.room.on(type, () => told.push(type));
  return { ann, bob, told };
}

/** The former name of the next who comes back; of who is between its two names as one looks, it is told that it left. */
async function formerOfNext(room: Room): Promise<string> {
  return Promise.race([
    next(room, 'peer-replaced').then(([, formerId]) => formerId as string),
    next(room, 'peer-joined', ({ replaces }) => replaces !== undefined).then(
      ([{ replaces }]) => replaces as string,
    ),
  ]);
}

function only(room: Room): string {
  return [...room.peers.keys()][0];
}

describe.each(['cut', 'vanish'] as const)('a connection that is lost (%s)', (ends) => {
  it('while both send: all arrives, once and in order', async () => {
    const { ann, bob } = await pair(`lost-${ends}`);
    ann.way.refuses = true;
    const goneAtService = ends === 'cut' && service.disconnects(1);
    const down = next(ann.client, 'state');
    // What is on its way is lost with the connection.
    ann.way.toClient = (frame) => (frame.type === 'ack' || frame.type === 'signal' ? [] : [frame]);
    const sent = [
      ann.room.signal(1, only(ann.room)),
      bob.room.signal('a', only(bob.room)).catch(() => undefined),
    ];
    await eventually(() => bob.heard.length === 2);
    ann.way.passages[0][ends]();
    await Promise.all([down, goneAtService]);
    ann.way.toClient = (frame) => [frame];
    sent.push(ann.room.signal(2, only(ann.room)), ann.room.signal(3, only(ann.room)));
    const back = next(ann.client, 'state', (state) => state === 'open');
    ann.way.refuses = false;
    await back;
    await Promise.all(sent);
    await ann.room.signal(4, only(ann.room));
    await bob.room.signal('b', ann.room.peerId);
    await eventually(() => bob.heard.length >= 5 && ann.heard.length >= 3);
    expect(bob.heard).toEqual(['hello', 1, 2, 3, 4]);
    expect(ann.heard).toEqual(['hello', 'a', 'b']);
  });
});

it('takes its place again where the service has not noticed: nobody hears that it left', async () => {
  const { ann, bob, told } = await pair('timely');
  const former = ann.room.peerId;
  const replaced = next(bob.room, 'peer-replaced');
  ann.way.passages[0].vanish();
  const [peer, formerId] = await replaced;
  expect(formerId).toBe(former);
  await next(ann.client, 'state', (state) => state === 'open');
  expect(peer).toMatchObject({ peerId: ann.room.peerId, replaces: former });
  expect(told).toEqual(['peer-replaced']);
  expect([...bob.room.peers.keys()]).toEqual([ann.room.peerId]);
});

it('comes back as who it was where the service has noticed', async () => {
  const { ann, bob, told } = await pair('late');
  const former = ann.room.peerId;
  ann.way.refuses = true;
  const left = next(bob.room, 'peer-left');
  ann.way.passages[0].cut();
  await left;
  const joined = next(bob.room, 'peer-joined');
  ann.way.refuses = false;
  expect(await joined).toMatchObject([{ replaces: former }]);
  expect(told).toEqual(['peer-left', 'peer-joined']);
});

it('knows a peer again that came back while it was away itself', async () => {
  const { ann, bob } = await pair('both');
  const [annsFormer, bobsFormer] = [ann.room.peerId, bob.room.peerId];
  const replaced = [ann.room, bob.room].map(formerOfNext);
  for (const { way } of [ann, bob]) way.refuses = true;
  const down = [ann, bob].map(({ client }) => next(client, 'state'));
  for (const { way } of [ann, bob]) way.passages[0].vanish();
  await Promise.all(down);
  for (const { way } of [ann, bob]) way.refuses = false;
  expect(await Promise.all(replaced)).toEqual([bobsFormer, annsFormer]);
  await ann.room.signal('again', only(ann.room));
  await eventually(() => bob.heard.length === 2);
  expect(bob.heard).toEqual(['hello', 'again']);
});

it('is there once where its connection is lost again as it takes its place, though the service holds both for alive', async () => {
  const { ann, bob, told } = await pair('twice');
  const ghosts: unknown[] = [];
  ann.way.toClient = (frame) => {
    if (frame.type !== 'registered') return [frame];
    ghosts.push(frame.peerId);
    ann.way.toClient = (next) => [next];
    ann.way.passages.at(-1)!.vanish();
    return [];
  };
  ann.way.passages[0].vanish();
  await next(ann.client, 'state', (state) => state === 'open');
  await eventually(() => only(bob.room) === ann.room.peerId);
  expect(ghosts).toHaveLength(1);
  expect(ghosts).not.toContain(ann.room.peerId);
  expect(told).toEqual(['peer-replaced', 'peer-replaced']);
  for (const { room } of [ann, bob]) expect(room.peers.size).toBe(1);
  const cyd = await join('twice');
  expect([...cyd.room.peers.keys()].sort()).toEqual([ann.room.peerId, bob.room.peerId].sort());
  await ann.room.signal('again', only(ann.room));
  await eventually(() => bob.heard.length === 2);
});

describe('ahead of the end of its life', () => {
  it('a connection is replaced by the next, while messages go both ways: none is lost, nobody leaves', async () => {
    const { ann, bob, told } = await pair('ahead', { connectionLifetimeMs: 400 });
    const states: string[] = [];
    ann.client.on('state', (state) => states.push(state));
    const counts = [1, 2, 3, 4, 5, 6, 7, 8];
    for (const n of counts) {
      await Promise.all([ann.room.signal(n, only(ann.room)), bob.room.signal(n, only(bob.room))]);
      await new Promise((resolve) => setTimeout(resolve, 150));
    }
    await eventually(() => ann.heard.length > counts.length && bob.heard.length > counts.length);
    expect(ann.heard).toEqual(['hello', ...counts]);
    expect(bob.heard).toEqual(['hello', ...counts]);
    expect(ann.way.passages.length).toBeGreaterThan(2);
    expect(new Set(told)).toEqual(new Set(['peer-replaced']));
    expect(states).toEqual([]);
  });

  it('it is there once, also where it was just joining as the next took over', async () => {
    const bob = await join('joining');
    const way = await between(service.url);
    ways.push(way);
    way.toClient = (frame) => {
      if (frame.type !== 'registered') return [frame];
      way.toClient = (each) => [each];
      setTimeout(() => way.passages[0].tell(frame), 600);
      return [];
    };
    const client = new SignalingClient(way.url, { WebSocket, connectionLifetimeMs: 400 });
    clients.push(client);
    const ann = await client.joinRoom('joining');
    await next(ann, 'rejoined');
    await eventually(() => only(bob.room) === ann.peerId);
    expect([bob.room.peers.size, ann.peers.size]).toEqual([1, 1]);
  });

  it('at a moment that differs from one client to the next', async () => {
    const delays: number[] = [];
    const spy = jest.spyOn(globalThis, 'setTimeout').mockImplementation(((run: () => void, ms: number) => {
      if (ms > 60 * 60_000 && ms !== LIFETIME_MS) delays.push(ms);
      return realSetTimeout(run, ms);
    }) as never);
    try {
      for (let i = 0; i < 5; i += 1) await join('jitter');
    } finally {
      spy.mockRestore();
    }
    expect(new Set(delays).size).toBe(5);
    for (const ms of delays) expect(ms).toBeLessThan(110 * 60_000);
  });
});

// The wire, through the handlers behind the gateway.
import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import WebSocket from 'ws';
import { type Room, SignalingClient } from 'webrtc-signaling-client';
import { type Between, between } from '../support/between';
import { type HandlersOnGateway, startHandlers } from '../support/handlers-on-gateway';
import { next } from '../support/next-event';

let service: HandlersOnGateway;
let way: Between;
let clients: SignalingClient[] = [];

beforeAll(async () => {
  service = await startHandlers({ maxPeersPerRoom: 2 });
});
beforeEach(async () => {
  way = await between(service.url);
});
afterEach(async () => {
  const ended = service.disconnects(clients.filter(({ state }) => state === 'open').length);
  for (const client of clients) client.close();
  clients = [];
  await ended;
  await way.close();
});
afterAll(() => service.close());

function newClient(url = way.url): SignalingClient {
  const client = new SignalingClient(url, { WebSocket });
  clients.push(client);
  return client;
}

/** Whatever was on the way to a client has arrived once its own request is answered. */
async function settled(client: SignalingClient): Promise<void> {
  await client.iceServers();
}

function sent(type: string) {
  return way.seen
    .filter(({ from, frame }) => from === 'client' && frame.type === type)
    .map(({ frame }) => frame);
}

describe('connecting', () => {
  it('tells its state as it goes', async () => {
    const client = newClient();
    const states: string[] = [client.state];
    client.on('state', (state) => states.push(state));
    await client.connect();
    client.close();
    expect(states).toEqual(['closed', 'connecting', 'open', 'closed']);
  });

  it('rejects with `unreachable` where nobody answers, and may be tried again', async () => {
    const client = newClient();
    way.refuses = true;
    await expect(client.connect()).rejects.toMatchObject({ name: 'SignalingError', code: 'unreachable' });
    expect(client.state).toBe('closed');
    way.refuses = false;
    await client.connect();
    expect(client.state).toBe('open');
  });

  it('stops where its signal says so', async () => {
    const client = newClient();
    const controller = new AbortController();
    const connecting = client.connect({ signal: controller.signal });
    controller.abort();
    await expect(connecting).rejects.toMatchObject({ code: 'aborted' });
    expect(client.state).toBe('closed');
  });

  it('says what is wrong with a URL', async () => {
    await expect(newClient('nonsense').connect()).rejects.toThrow(/URL/);
  });
});

describe('a room', () => {
  it('has the peers who were there, and hears of those who come and go', async () => {
    const ann = await newClient().joinRoom('hall', { metadata: { name: 'Ann' } });
    const joined = next(ann, 'peer-joined');
    const bobs = newClient();
    const bob = await bobs.joinRoom('hall', { metadata: { name: 'Bob' } });
    expect([...bob.peers.values()]).toMatchObject([{ peerId: ann.peerId, metadata: { name: 'Ann' } }]);
    expect(await joined).toMatchObject([{ peerId: bob.peerId, metadata: { name: 'Bob' } }]);
    expect([...ann.peers.keys()]).toEqual([bob.peerId]);
    expect(bob.iceServers).toEqual([{ urls: 'stun:stun.example.com' }]);

    const left = next(ann, 'peer-left');
    await bob.leave();
    expect(await left).toMatchObject([{ peerId: bob.peerId }, 'left']);
    expect(ann.peers.size).toBe(0);
    expect(bobs.state).toBe('open');
  });

  it('that is full is refused with the code of the protocol', async () => {
    await newClient().joinRoom('full');
    await newClient().joinRoom('full');
    const late = newClient();
    await expect(late.joinRoom('full')).rejects.toMatchObject({ code: 'room-full', roomId: 'full' });
    expect(late.state).toBe('open');
  });

  async function pair(roomId: string): Promise<[Room, Room]> {
    const ann = await newClient().joinRoom(roomId);
    const joined = next(ann, 'peer-joined');
    const bob = await newClient().joinRoom(roomId);
    await joined;
    return [ann, bob];
  }

  it('passes on offers, answers, candidates and signals', async () => {
    const [ann, bob] = await pair('relay');
    const heard = (['offer', 'answer', 'candidate', 'signal'] as const).map((type) => next(bob, type));
    await ann.sendOffer({ type: 'offer', sdp: 'v=0' }, bob.peerId);
    await ann.sendAnswer({ type: 'answer', sdp: 'v=0' }, bob.peerId);
    await ann.sendIceCandidates([{ candidate: 'candidate:1', sdpMid: '0' }, null], bob.peerId);
    await ann.signal({ any: ['thing'] });
    expect((await Promise.all(heard)).map(([payload, from]) => [payload, from])).toEqual([
      [{ type: 'offer', sdp: 'v=0' }, ann.peerId],
      [{ type: 'answer', sdp: 'v=0' }, ann.peerId],
      [{ candidate: 'candidate:1', sdpMid: '0' }, ann.peerId],
      [{ any: ['thing'] }, ann.peerId],
    ]);
  });

  it('rejects what cannot be delivered with the code of the protocol', async () => {
    const [ann, bob] = await pair('gone');
    await expect(ann.signal(1, 'nobody')).rejects.toMatchObject({ code: 'peer-not-found' });
    await bob.leave();
    await expect(bob.signal(1)).rejects.toMatchObject({ code: 'not-in-room' });
  });

  it('refuses a message that would cost the connection', async () => {
    const [ann] = await pair('large');
    await expect(ann.signal('x'.repeat(32 * 1024))).rejects.toMatchObject({ code: 'too-large' });
    await expect(ann.signal('fits')).resolves.toBeUndefined();
  });

  it('hands on what one peer sends in the order sent, each once', async () => {
    const [ann, bob] = await pair('order');
    const heard: unknown[] = [];
    bob.on('signal', (data) => heard.push(data));
    const held: any[] = [];
    const last = next(bob, 'signal', (data) => data === 4);
    // The first overtaken by all the others, and told twice.
    way.toClient = (frame) => {
      if (frame.type !== 'signal') return [frame];
      held.push(frame);
      return held.length === 4 ? [held[3], held[1], held[2], held[0], held[0]] : [];
    };
    for (const data of [1, 2, 3, 4]) await ann.signal(data, bob.peerId);
    await last;
    expect(heard).toEqual([1, 2, 3, 4]);
  });

  it('goes on without a message that never comes', async () => {
    const [ann, bob] = await pair('loss');
    way.toClient = (frame) => (frame.type === 'signal' && frame.data === 'lost' ? [] : [frame]);
    const heard = next(bob, 'signal');
    await ann.signal('lost', bob.peerId);
    await ann.signal('arrives', bob.peerId);
    expect((await heard)[0]).toBe('arrives');
  });

  it('keeps what comes ahead of the answer to `register` until one can listen', async () => {
    const joins: any[] = [];
    way.toClient = (frame) => {
      if (frame.type !== 'registered') return [frame];
      const peer = { peerId: 'early', joinedAt: 1 };
      return [
        { type: 'peer-joined', roomId: 'race', ...peer },
        { type: 'offer', roomId: 'race', from: 'early', offer: { type: 'offer', sdp: 'v=0' } },
        frame,
        { type: 'peer-joined', roomId: 'race', ...peer },
      ];
    };
    const room = await newClient().joinRoom('race');
    room.on('peer-joined', (peer) => joins.push(peer));
    const [offer, from] = await next(room, 'offer');
    expect([offer.sdp, from]).toEqual(['v=0', 'early']);
    expect(joins).toEqual([{ peerId: 'early', joinedAt: 1 }]);
  });

  it('does not believe that who left has joined', async () => {
    const client = newClient();
    const room = await client.joinRoom('tombstone');
    const joins: any[] = [];
    room.on('peer-joined', (peer) => joins.push(peer));
    const [passage] = way.passages;
    passage.tell({ type: 'peer-left', roomId: 'tombstone', peerId: 'ghost', reason: 'disconnected' });
    passage.tell({ type: 'peer-joined', roomId: 'tombstone', peerId: 'ghost', joinedAt: 1 });
    passage.tell({ type: 'offer', roomId: 'tombstone', from: 'ghost', offer: {} });
    await settled(client);
    expect(joins).toEqual([]);
    expect(room.peers.size).toBe(0);
  });
});

describe('frames from elsewhere', () => {
  it('are ignored where this version does not know them', async () => {
    const client = newClient();
    const errors: unknown[] = [];
    client.on('error', (error) => errors.push(error));
    await client.connect();
    const [passage] = way.passages;
    for (const frame of [{ type: 'from-the-future' }, { type: 'offer' }, [], 7, null, {}])
      passage.tell(frame);
    await settled(client);
    expect(errors).toEqual([]);
  });

  it("take API Gateway's own error for the answer, where one answer is awaited", async () => {
    way.toClient = (frame) =>
      frame.type === 'registered'
        ? [{ message: 'Internal server error', connectionId: 'a=', requestId: 'b=' }]
        : [frame];
    const joining = newClient().joinRoom('broken');
    await expect(joining).rejects.toMatchObject({ code: 'gateway', message: 'Internal server error' });
  });

  it('that nobody awaits are told as errors', async () => {
    const client = newClient();
    await client.connect();
    const told = next(client, 'error');
    way.passages[0].tell({ message: 'Forbidden', connectionId: 'a=', requestId: 'b=' });
    expect(await told).toMatchObject([{ code: 'gateway', message: 'Forbidden' }]);
  });
});

describe('a connection that is lost', () => {
  it('is opened again, and the room joined as a new peer', async () => {
    const ann = newClient();
    const room = await ann.joinRoom('again', { metadata: { name: 'Ann' } });
    const former = room.peerId;
    const states: string[] = [];
    ann.on('state', (state) => states.push(state));
    const rejoined = next(room, 'rejoined');
    const open = next(ann, 'state', (state) => state === 'open');
    const ended = service.disconnects(1);
    way.passages[0].cut();
    await Promise.all([rejoined, open, ended]);
    expect(states).toEqual(['reconnecting', 'open']);
    expect(room.peerId).not.toBe(former);
    expect(room.peers.has(former)).toBe(false);
    expect(sent('register').map(({ metadata }) => metadata)).toEqual([{ name: 'Ann' }, { name: 'Ann' }]);
  });

  it('rejects what waited for an answer, and what is asked meanwhile', async () => {
    const client = newClient();
    const room = await client.joinRoom('cut');
    way.toClient = (frame) => (frame.type === 'ice-servers' ? [] : [frame]);
    const answer = client.iceServers();
    const lost = next(client, 'state');
    way.passages[0].cut();
    await expect(answer).rejects.toMatchObject({ code: 'closed' });
    await lost;
    await expect(room.signal(1)).rejects.toMatchObject({ code: 'closed' });
    client.close();
  });

  it('is opened again at once where there is a network again, though an attempt hangs', async () => {
    class Hanging extends EventTarget {
      static made: Hanging[] = [];
      isClosed = false;
      constructor() {
        super();
        Hanging.made.push(this);
      }
      send() {}
      close() {
        this.isClosed = true;
      }
      tell(type: 'open' | 'close') {
        this.dispatchEvent(new Event(type));
      }
    }
    const client = new SignalingClient('ws://127.0.0.1', { WebSocket: Hanging as never });
    clients.push(client);
    const connected = client.connect();
    Hanging.made[0].tell('open');
    await connected;
    Hanging.made[0].tell('close');
    while (Hanging.made.length < 2) await delay(5);
    client.checkConnection();
    const [, hung, next] = Hanging.made;
    expect(hung.isClosed).toBe(true);
    hung.tell('close');
    expect(Hanging.made).toHaveLength(3);
    next.tell('open');
    while (client.state !== 'open') await delay(5);
    client.close();
  });

  it('is given up by `close`', async () => {
    const client = newClient();
    await client.joinRoom('given-up');
    way.refuses = true;
    const lost = next(client, 'state');
    way.passages[0].cut();
    await lost;
    const waiting = client.connect();
    client.close();
    await expect(waiting).rejects.toMatchObject({ code: 'closed' });
    expect(client.state).toBe('closed');
  });

  it('counts as lost where the service holds it for ended', async () => {
    const client = newClient();
    await client.connect();
    const lost = next(client, 'state');
    way.passages[0].tell({ type: 'error', code: 'connection-ended', message: 'open a new one' });
    expect(await lost).toEqual(['reconnecting']);
    await next(client, 'state');
    expect(client.state).toBe('open');
  });
});

describe('a connection on which nothing is said', () => {
  const MINUTE = 60_000;

  beforeEach(() => {
    jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask', 'performance'] });
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  async function pass(minutes: number): Promise<void> {
    await jest.advanceTimersByTimeAsync(minutes * MINUTE);
  }

  it("is kept from API Gateway's ten minutes by a ping", async () => {
    const client = newClient();
    await client.connect();
    await settled(client);
    for (let pings = 1; pings <= 2; pings += 1) {
      await pass(8);
      expect(sent('ping')).toHaveLength(pings - 1);
      // No further than to the ping itself: its answer comes in real time.
      await pass(0.501);
      await settled(client);
      expect(sent('ping')).toHaveLength(pings);
    }
    expect(client.state).toBe('open');
  });

  it('is left alone where something else was said', async () => {
    const client = newClient();
    await client.connect();
    await settled(client);
    for (let i = 0; i < 4; i += 1) {
      await pass(5);
      await settled(client);
    }
    expect(sent('ping')).toEqual([]);
    expect(client.state).toBe('open');
  });
});

it('leaves nothing behind that keeps a process alive', async () => {
  const script = `
    import WebSocket from 'ws';
    import { SignalingClient } from './client/src/index.ts';
    const client = new SignalingClient('${service.url}', { WebSocket });
    const closing = client.joinRoom('process').then(async (room) => {
      await room.signal('hello').catch(() => undefined);
      client.close();
      console.log(client.state);
    });
  `;
  const ended = service.disconnects(1);
  const args = ['--import', 'tsx', '--input-type=module', '--eval', script];
  const { stdout } = await promisify(execFile)(process.execPath, args, {
    cwd: resolve(__dirname, '../..'),
    timeout: 20_000,
  });
  await ended;
  expect(stdout.trim()).toBe('closed');
});

// Real peer connections (libwebrtc), through the handlers behind the gateway.
import { MediaStream, nonstandard, RTCPeerConnection } from '@roamhq/wrtc';
import WebSocket from 'ws';
import { type Call, type CallPeer, joinCall, type JoinCallOptions } from 'webrtc-signaling-client';
import { type Between, between } from '../support/between';
import { type HandlersOnGateway, startHandlers } from '../support/handlers-on-gateway';
import { next } from '../support/next-event';
import { PlainPeer } from '../support/plain-peer';

let service: HandlersOnGateway;
/** The way of each call to the service, in the order of joining. */
let ways: Between[] = [];
let calls: Call[] = [];
let plain: PlainPeer | undefined;

beforeAll(async () => {
  service = await startHandlers({ maxPeersPerRoom: 4 });
});
afterEach(async () => {
  await Promise.all(calls.map((call) => call.leave()));
  await plain?.close();
  await Promise.all(ways.map((way) => way.close()));
  [calls, ways, plain] = [[], [], undefined];
});
afterAll(() => service.close());

async function join(roomId: string, options: JoinCallOptions = {}): Promise<Call> {
  const way = await between(service.url);
  ways.push(way);
  const call = await joinCall(way.url, roomId, { WebSocket, RTCPeerConnection, MediaStream, ...options });
  calls.push(call);
  return call;
}

/** Two peers, as each has the other. */
async function pair(
  roomId: string,
): Promise<{ ann: Call; bob: Call; annAtBob: CallPeer; bobAtAnn: CallPeer }> {
  const ann = await join(roomId, { metadata: { name: 'Ann' } });
  const bob = await join(roomId, { metadata: { name: 'Bob' } });
  const [[bobAtAnn], [annAtBob]] = await Promise.all([next(ann, 'data-open'), next(bob, 'data-open')]);
  return { ann, bob, annAtBob, bobAtAnn };
}

function videoTrack(): MediaStreamTrack {
  return new nonstandard.RTCVideoSource().createTrack();
}

it('connects two peers that join the same room', async () => {
  const { ann, bob, annAtBob, bobAtAnn } = await pair('two');
  expect(bobAtAnn).toMatchObject({ peerId: bob.peerId, metadata: { name: 'Bob' }, state: 'connected' });
  expect(annAtBob).toMatchObject({ peerId: ann.peerId, metadata: { name: 'Ann' }, state: 'connected' });
  const heard = next(bob, 'data');
  bobAtAnn.send('hello');
  expect(await heard).toEqual([annAtBob, 'hello']);
});

it('connects each with each, also where all join at once', async () => {
  const met = async (call: Call) => {
    while ([...call.peers.values()].filter(({ state }) => state === 'connected').length < 3) {
      await next(call, 'peer-state');
    }
  };
  const joined = await Promise.all(Array.from({ length: 4 }, () => join('mesh')));
  await Promise.all(joined.map(met));
  const names = joined.map(({ peerId }) => peerId).sort();
  for (const call of joined) expect([...call.peers.keys(), call.peerId].sort()).toEqual(names);
});

it('sends its candidates within descriptions, or many in one message', async () => {
  await pair('frames');
  const types = ways.flatMap(({ seen }) => seen.map(({ frame }) => frame.type));
  expect(types.filter((type) => type === 'offer')).toHaveLength(2);
  expect(types).not.toContain('ice-candidate');
});

it('ends stable where both negotiate at once', async () => {
  const { ann, bob, annAtBob, bobAtAnn } = await pair('glare');
  const errors: unknown[] = [];
  for (const call of [ann, bob]) call.on('error', (error) => errors.push(error));
  for (let round = 1; round <= 10; round += 1) {
    const tracks = [next(ann, 'track'), next(bob, 'track')];
    for (const { connection } of [annAtBob, bobAtAnn])
      connection.addTransceiver('audio', { direction: 'sendonly' });
    await Promise.all(tracks);
  }
  for (const { connection } of [annAtBob, bobAtAnn]) {
    while (connection.signalingState !== 'stable') {
      await new Promise((resolve) => (connection.onsignalingstatechange = resolve));
    }
  }
  expect(errors).toEqual([]);
  expect(annAtBob.state).toBe('connected');
});

describe('tracks', () => {
  it('come from who has them to who has none', async () => {
    const ann = await join('watch');
    const track = videoTrack();
    const came = next(ann, 'track');
    await join('watch', { stream: new MediaStream([track]) });
    const [peer, received] = await came;
    expect(received.kind).toBe('video');
    expect(peer.stream.getTracks()).toEqual([received]);
    track.stop();
  });

  it('come from who was there first, too', async () => {
    const track = videoTrack();
    await join('show', { stream: new MediaStream([track]) });
    const bob = await join('show');
    const [, received] = await next(bob, 'track');
    expect(received.kind).toBe('video');
    track.stop();
  });

  it('can be switched on in the midst of the call', async () => {
    const { ann, bob } = await pair('later');
    const [atAnn, atBob] = [next(ann, 'track'), next(bob, 'track')];
    const tracks = [videoTrack(), videoTrack()];
    await Promise.all([ann.replaceTrack('video', tracks[0]), bob.replaceTrack('video', tracks[1])]);
    expect((await atAnn)[1].kind).toBe('video');
    expect((await atBob)[1].kind).toBe('video');
    for (const track of tracks) track.stop();
  });
});

describe('a peer that runs the plain protocol', () => {
  async function talks(call: Call): Promise<void> {
    const [[peer], channel] = await Promise.all([next(call, 'data-open'), plain!.channel]);
    const heard = next(call, 'data');
    channel.send('from plain');
    expect((await heard)[1]).toBe('from plain');
    const answered = new Promise((resolve) => (channel.onmessage = ({ data }) => resolve(data)));
    peer.send('to plain');
    expect(await answered).toBe('to plain');
  }

  it('connects where it comes second, with `register` and `offer` back to back', async () => {
    const call = await join('plain-second');
    plain = await PlainPeer.join(service.url, 'plain-second', { offers: true });
    await talks(call);
  });

  it('connects where it comes first', async () => {
    plain = await PlainPeer.join(service.url, 'plain-first', { offers: false });
    await talks(await join('plain-first'));
  });
});

describe('leaving', () => {
  it('closes every connection, and the others hear of it', async () => {
    const { ann, bob, annAtBob, bobAtAnn } = await pair('leave');
    const left = next(ann, 'peer-left');
    await bob.leave();
    expect(await left).toEqual([bobAtAnn, 'left']);
    expect([annAtBob.state, annAtBob.connection.connectionState, bob.state]).toEqual([
      'closed',
      'closed',
      'closed',
    ]);
    expect([bobAtAnn.state, ann.peers.size, bob.peers.size]).toEqual(['closed', 0, 0]);
    expect(() => annAtBob.send('late')).toThrow(expect.objectContaining({ code: 'closed' }));
  });

  it('before anyone was met leaves nothing', async () => {
    await join('at-once');
    const bob = await join('at-once');
    await bob.leave();
    expect([bob.peers.size, bob.state]).toEqual([0, 'closed']);
  });
});

describe('joining', () => {
  it('a full room is refused, and the connection ended', async () => {
    for (let peers = 0; peers < 4; peers += 1) await join('full');
    const ended = service.disconnects(1);
    await expect(join('full')).rejects.toMatchObject({ code: 'room-full' });
    await expect(ended).resolves.toBeUndefined();
  });

  it('can be given up', async () => {
    await expect(join('given-up', { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'aborted',
    });
  });
});

it('goes on while the signaling is down, and meets anew once it is back', async () => {
  const { ann, bob, annAtBob, bobAtAnn } = await pair('down');
  const [annsWay] = ways;
  annsWay.refuses = true;
  const goneAtService = service.disconnects(1);
  const down = next(ann, 'state', (state) => state === 'reconnecting');
  annsWay.passages[0].cut();
  await Promise.all([down, goneAtService]);

  const heard = Promise.all([next(ann, 'data'), next(bob, 'data')]);
  bobAtAnn.send('still here');
  annAtBob.send('me too');
  expect((await heard).map(([, data]) => data)).toEqual(['me too', 'still here']);

  const metAnew = Promise.all([next(ann, 'data-open'), next(bob, 'data-open'), next(bob, 'peer-left')]);
  annsWay.refuses = false;
  const [[anewAtAnn], [anewAtBob], [left]] = await metAnew;
  expect(left).toBe(annAtBob);
  expect(anewAtBob).toMatchObject({ peerId: ann.peerId, state: 'connected', metadata: { name: 'Ann' } });
  expect(anewAtAnn).toMatchObject({ peerId: bob.peerId, state: 'connected' });
  expect([...bob.peers.values()]).toEqual([anewAtBob]);
});

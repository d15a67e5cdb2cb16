// Real peer connections (libwebrtc), through the handlers behind the gateway.
import { MediaStream } from '@roamhq/wrtc';
import type { Call } from 'webrtc-signaling-client';
import { Calls, eventually, videoTrack } from '../support/calls';
import { type HandlersOnGateway, startHandlers } from '../support/handlers-on-gateway';
import { next } from '../support/next-event';
import { PlainPeer } from '../support/plain-peer';

let service: HandlersOnGateway;
let all: Calls;
let plain: PlainPeer | undefined;

beforeAll(async () => {
  service = await startHandlers({ maxPeersPerRoom: 4 });
  all = new Calls(service.url);
});
afterEach(async () => {
  await plain?.close();
  plain = undefined;
  expect(await all.close()).toEqual([]);
});
afterAll(() => service.close());

it('connects two peers that join the same room', async () => {
  const { ann, bob, annAtBob, bobAtAnn } = await all.pair('two');
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
  const joined = await Promise.all(Array.from({ length: 4 }, () => all.join('mesh')));
  await Promise.all(joined.map(met));
  const names = joined.map(({ peerId }) => peerId).sort();
  for (const call of joined) expect([...call.peers.keys(), call.peerId].sort()).toEqual(names);
});

it('takes at most 12 frames, in and out, joins included', async () => {
  // A window that gathering fits into on a busy machine, too: it ends as gathering does.
  await all.pair('frames', { gatheringWindowMs: 2000 });
  // Whatever else it would send.
  await new Promise((resolve) => setTimeout(resolve, 1000));
  const types = all.ways.flatMap(({ seen }) => seen.map(({ frame }) => frame.type));
  expect(types.length).toBeLessThanOrEqual(12);
  expect(types.filter((type) => type === 'registered')).toHaveLength(2);
  expect(types).not.toContain('ice-candidate');
});

it('renews ICE servers ahead of the end of their credentials', async () => {
  const soon = () => Math.floor(Date.now() / 1000) + 2;
  const call = await all.join('renewal', {}, (way) => {
    way.toClient = (frame) =>
      frame.type === 'registered' || frame.type === 'ice-servers'
        ? [{ ...frame, expiresAt: soon(), iceServers: [{ urls: 'stun:stun.example.org' }] }]
        : [frame];
  });
  const [way] = all.ways;
  const asked = () =>
    way.seen.filter(({ from, frame }) => from === 'client' && frame.type === 'ice-servers').length;
  while (asked() < 2) await new Promise((resolve) => setTimeout(resolve, 50));
  await call.leave();
  const { length } = way.seen;
  await new Promise((resolve) => setTimeout(resolve, 2000));
  expect(way.seen).toHaveLength(length);
});

it('looks for a path anew when told to, and goes on', async () => {
  const { bob, annAtBob, bobAtAnn } = await all.pair('restart');
  const former = bobAtAnn.connection.localDescription!.sdp;
  bobAtAnn.restartIce();
  while (
    bobAtAnn.connection.localDescription?.sdp === former ||
    bobAtAnn.connection.signalingState !== 'stable'
  )
    await new Promise((resolve) => setTimeout(resolve, 20));
  const heard = next(bob, 'data');
  bobAtAnn.send('on the new path');
  expect(await heard).toEqual([annAtBob, 'on the new path']);
  expect(await bobAtAnn.path()).toBe('direct');
});

it('sends further tracks in a stream of their own, to those there and to come, until they are removed', async () => {
  const ann = await all.join('share');
  const bob = await all.join('share');
  await next(bob, 'data-open');
  const [track, came] = [videoTrack(), next(ann, 'track')];
  bob.addTrack(track, new MediaStream([track]));
  const [peer, received, stream] = await came;
  expect(peer.streams).toEqual([peer.stream, stream]);
  expect(stream.getTracks()).toEqual([received]);
  const cyd = await all.join('share');
  expect((await next(cyd, 'track'))[0].peerId).toBe(bob.peerId);
  const ended = next(ann, 'track-ended');
  bob.removeTrack(track);
  expect(await ended).toEqual([peer, received]);
  expect(peer.streams).toEqual([peer.stream]);
  track.stop();
});

describe('tracks', () => {
  it('come from who has them to who has none', async () => {
    const ann = await all.join('watch');
    const track = videoTrack();
    const came = next(ann, 'track');
    await all.join('watch', { stream: new MediaStream([track]) });
    const [peer, received] = await came;
    expect(received.kind).toBe('video');
    expect(peer.stream.getTracks()).toEqual([received]);
    track.stop();
  });

  it('come from who was there first, too', async () => {
    const track = videoTrack();
    await all.join('show', { stream: new MediaStream([track]) });
    const bob = await all.join('show');
    const [, received] = await next(bob, 'track');
    expect(received.kind).toBe('video');
    track.stop();
  });

  it('come without a stream where there is no MediaStream', async () => {
    const ann = await all.join('bare', { MediaStream: undefined });
    const came = next(ann, 'track');
    const track = videoTrack();
    await all.join('bare', { stream: new MediaStream([track]) });
    const [, received, stream] = await came;
    expect([received.kind, stream]).toEqual(['video', undefined]);
    track.stop();
  });

  it('can be switched on in the midst of the call', async () => {
    const { ann, bob } = await all.pair('later');
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
    const call = await all.join('plain-second');
    plain = await PlainPeer.join(service.url, 'plain-second', { offers: true });
    await talks(call);
  });

  it('connects where it comes first', async () => {
    plain = await PlainPeer.join(service.url, 'plain-first', { offers: false });
    await talks(await all.join('plain-first'));
  });

  it('is shown a screen and a camera, though it offered no video', async () => {
    const call = await all.join('plain-screen');
    const [screen, camera] = [videoTrack(), videoTrack()];
    call.addTrack(screen, new MediaStream([screen]));
    plain = await PlainPeer.join(service.url, 'plain-screen', { offers: true });
    await talks(call);
    const [{ connection }] = call.peers.values();
    const sent = () =>
      connection
        .getTransceivers()
        .filter(({ currentDirection }) => currentDirection === 'sendonly')
        .map(({ sender }) => sender.track);
    await eventually(() => sent().includes(screen));
    await call.replaceTrack('video', camera);
    await eventually(() => sent().includes(camera));
    expect(sent()).toContain(screen);
    screen.stop();
    camera.stop();
  });
});

describe('leaving', () => {
  it('closes every connection, and the others hear of it', async () => {
    const { ann, bob, annAtBob, bobAtAnn } = await all.pair('leave');
    const left = next(ann, 'peer-left');
    await bob.leave();
    expect(await left).toEqual([bobAtAnn, 'left']);
    expect(bobAtAnn.metadata).toEqual({ name: 'Bob' });
    expect([annAtBob.state, annAtBob.connection.connectionState, bob.state]).toEqual([
      'closed',
      'closed',
      'closed',
    ]);
    expect([bobAtAnn.state, ann.peers.size, bob.peers.size]).toEqual(['closed', 0, 0]);
    expect(() => annAtBob.send('late')).toThrow(expect.objectContaining({ code: 'closed' }));
  });

  it('before anyone was met leaves nothing', async () => {
    await all.join('at-once');
    const bob = await all.join('at-once');
    await bob.leave();
    expect([bob.peers.size, bob.state]).toEqual([0, 'closed']);
  });
});

describe('joining', () => {
  it('a full room is refused, and the connection ended', async () => {
    for (let peers = 0; peers < 4; peers += 1) await all.join('full');
    const ended = service.disconnects(1);
    await expect(all.join('full')).rejects.toMatchObject({ code: 'room-full' });
    await expect(ended).resolves.toBeUndefined();
  });

  it('goes on where no connection can be made, and says why', async () => {
    await all.join('unmakeable');
    // As browsers do where a TURN server comes without credentials.
    const refusal = new Error('InvalidAccessError');
    const refusing = jest.fn(() => {
      throw refusal;
    });
    const call = await all.join('unmakeable', { RTCPeerConnection: refusing as never });
    expect(await next(call, 'error')).toEqual([refusal]);
    expect([call.state, call.peers.size]).toEqual(['open', 0]);
  });

  it('can be given up', async () => {
    await expect(all.join('given-up', { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'aborted',
    });
  });
});

describe.each([
  ['noticed by the service', 'cut'],
  ['not noticed by the service', 'vanish'],
] as const)('a signaling connection that is lost, %s', (_name, ends) => {
  it('is opened again, and the call goes on all the while, under a new name', async () => {
    const { ann, bob, annAtBob, bobAtAnn } = await all.pair(ends);
    const left: unknown[] = [];
    for (const call of [ann, bob]) call.on('peer-left', (...event) => left.push(event));
    const [annsWay] = all.ways;
    annsWay.refuses = true;
    const former = ann.peerId;
    const goneAtService = ends === 'cut' && service.disconnects(1);
    const down = next(ann, 'state', (state) => state === 'reconnecting');
    annsWay.passages[0][ends]();
    await Promise.all([down, goneAtService]);

    const heard = Promise.all([next(ann, 'data'), next(bob, 'data')]);
    bobAtAnn.send('still here');
    annAtBob.send('me too');
    expect((await heard).map(([, data]) => data)).toEqual(['me too', 'still here']);

    // What is negotiated meanwhile comes about as it is back.
    const tracks = [videoTrack(), videoTrack()];
    await Promise.all([ann.replaceTrack('video', tracks[0]), bob.replaceTrack('video', tracks[1])]);
    const seen = Promise.all([next(ann, 'track'), next(bob, 'track')]);
    const renamed = next(bob, 'peer-replaced');
    annsWay.refuses = false;
    expect(await renamed).toEqual([annAtBob, former]);
    const [[videoAtAnn], [videoAtBob]] = await seen;
    expect([videoAtAnn, videoAtBob]).toEqual([bobAtAnn, annAtBob]);
    expect([annAtBob.peerId, annAtBob.metadata]).toEqual([ann.peerId, { name: 'Ann' }]);
    expect(ann.peerId).not.toBe(former);
    expect([[...ann.peers.values()], [...bob.peers.values()]]).toEqual([[bobAtAnn], [annAtBob]]);
    expect(left).toEqual([]);
    for (const track of tracks) track.stop();
  });
});

it('goes on where the connections of all are lost at once', async () => {
  const { ann, bob, annAtBob, bobAtAnn } = await all.pair('all');
  const left: unknown[] = [];
  for (const call of [ann, bob]) call.on('peer-left', (...event) => left.push(event));
  const back = Promise.all([ann, bob].map((call) => next(call, 'state', (state) => state === 'open')));
  for (const way of all.ways) way.passages[0].cut();
  await back;
  const track = videoTrack();
  const seen = next(bob, 'track');
  await ann.replaceTrack('video', track);
  expect((await seen)[0]).toBe(annAtBob);
  expect([bobAtAnn.peerId, annAtBob.peerId]).toEqual([bob.peerId, ann.peerId]);
  expect(left).toEqual([]);
  track.stop();
});

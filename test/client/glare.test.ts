// Both sides negotiate at once, again and again.
import { MediaStream, type RTCPeerConnection } from '@roamhq/wrtc';
import type { Between } from '../support/between';
import { Calls, eventually, videoTrack } from '../support/calls';
import { type HandlersOnGateway, startHandlers } from '../support/handlers-on-gateway';
import { next } from '../support/next-event';
import type { Frame } from '../support/wire';

/** All of them are with the heavier suites: they take a while. */
const ROUNDS = process.env.HEAVY ? 500 : 100;

let service: HandlersOnGateway;
let all: Calls;

beforeAll(async () => {
  service = await startHandlers({});
  all = new Calls(service.url);
});
afterAll(async () => {
  await all.close();
  await service.close();
});

it(
  `ends stable ${ROUNDS} times out of ${ROUNDS}`,
  async () => {
    const { ann, bob, annAtBob, bobAtAnn } = await all.pair('glare');
    const errors: unknown[] = [];
    for (const call of [ann, bob]) call.on('error', (error) => errors.push(error));
    const [anns, bobs] = [bobAtAnn.connection, annAtBob.connection];
    const of = (connection: RTCPeerConnection, kind: string) =>
      connection.getTransceivers().find(({ receiver }) => receiver.track.kind === kind)!;
    let rollbacks = 0;
    for (const connection of [anns, bobs]) {
      const setLocalDescription = connection.setLocalDescription.bind(connection);
      connection.setLocalDescription = (description) => {
        if (description?.type === 'rollback') rollbacks += 1;
        return setLocalDescription(description);
      };
    }

    for (let round = 1; round <= ROUNDS; round += 1) {
      const sends = round % 2 === 1;
      // Each changes something of its own: both changes have to come about.
      of(anns, 'audio').direction = sends ? 'sendrecv' : 'recvonly';
      of(bobs, 'video').direction = sends ? 'sendrecv' : 'recvonly';
      const [sender, receiver] = sends ? ['sendonly', 'recvonly'] : ['inactive', 'inactive'];
      await eventually(
        () =>
          [anns, bobs].every(({ signalingState }) => signalingState === 'stable') &&
          of(anns, 'audio').currentDirection === sender &&
          of(bobs, 'audio').currentDirection === receiver &&
          of(bobs, 'video').currentDirection === sender &&
          of(anns, 'video').currentDirection === receiver,
      );
    }
    expect(errors).toEqual([]);
    expect([annAtBob.state, bobAtAnn.state]).toEqual(['connected', 'connected']);
    // They did cross.
    expect(rollbacks).toBeGreaterThan(ROUNDS / 4);
  },
  4 * 60_000,
);

it('is settled where each finds the other in the room, so that both make the first offer', async () => {
  const before = all.connections.length;
  let registered: Frame | undefined;
  let hasBoth = false;
  const joining = all.join('first offers', {}, (way) => {
    // Of two that join at the same moment each may be in the roster of the other.
    way.toClient = (frame) => {
      if (hasBoth) return [frame];
      if (frame.type === 'registered') registered = frame;
      if (frame.type !== 'peer-joined') return [];
      hasBoth = true;
      return [{ ...registered, peers: [frame] }, frame];
    };
  });
  await eventually(() => registered !== undefined);
  const bob = await all.join('first offers');
  const ann = await joining;
  const calls = [ann, bob];
  const left: unknown[] = [];
  for (const call of calls) call.on('peer-left', (peer) => left.push(peer));
  await Promise.all(calls.map((call) => next(call, 'data-open')));
  // One gave up the connection of its own offer for one that answers.
  expect(all.connections.length - before).toBe(3);
  await settles(all.ways.at(-1)!);
  expect(calls.map((call) => [...call.peers.values()].map(({ state }) => state))).toEqual([
    ['connected'],
    ['connected'],
  ]);
  expect(left).toEqual([]);
});

it('does not go on negotiating over a track that was taken back before it was offered', async () => {
  const { ann } = await all.pair('taken back');
  const track = videoTrack();
  ann.addTrack(track, new MediaStream());
  ann.removeTrack(track);
  await settles(all.ways.at(-1)!);
  track.stop();
});

/** No frame more comes. */
async function settles({ seen }: Between): Promise<void> {
  for (let count = -1; count !== seen.length;) {
    count = seen.length;
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
}

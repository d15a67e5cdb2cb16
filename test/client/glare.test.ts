// Both sides negotiate at once, again and again.
import type { RTCPeerConnection } from '@roamhq/wrtc';
import { Calls, eventually } from '../support/calls';
import { type HandlersOnGateway, startHandlers } from '../support/handlers-on-gateway';

const ROUNDS = 500;

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

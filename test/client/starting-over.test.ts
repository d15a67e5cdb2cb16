// Either side may begin anew with another connection while a description for the former one is on its way.
import { setTimeout as delay } from 'node:timers/promises';
import { RTCPeerConnection } from '@roamhq/wrtc';
import type { Call } from 'webrtc-signaling-client';
import { Calls } from '../support/calls';
import { type HandlersOnGateway, startHandlers } from '../support/handlers-on-gateway';
import { next } from '../support/next-event';
import { type Frame, Wire } from '../support/wire';

let service: HandlersOnGateway;
let all: Calls;
let ann: Call;
let bob: Wire;
let connection: RTCPeerConnection;
let answer: Frame;

beforeAll(async () => {
  service = await startHandlers({});
  all = new Calls(service.url);
});
/** Bob offers, Ann answers, and Bob does nothing with it. */
beforeEach(async () => {
  ann = await all.join('anew');
  bob = await Wire.open(service.url);
  await bob.join('anew');
  connection = await offering();
  send({ type: 'offer', offer: connection.localDescription, session: 'bob, first' });
  answer = await bob.next('answer');
});
afterEach(async () => {
  connection.close();
  await bob.close();
  expect(await all.close()).toEqual([]);
});
afterAll(() => service.close());

it('is offered to where both answered a former connection of the other', async () => {
  send({ type: 'answer', answer: answer.answer, session: 'bob, second', forSession: 'ann, before' });
  const offer = await bob.next('offer');
  // From a new connection, to whichever Bob has.
  expect(offer.session).not.toBe(answer.session);
  expect(offer.forSession).toBeUndefined();
});

it('does not give a connection up for an answer to the one before it', async () => {
  send({ type: 'answer', answer: answer.answer, session: 'bob, first', forSession: 'ann, before' });
  await connection.setRemoteDescription(answer.answer);
  while (connection.connectionState !== 'connected') await delay(5);
  expect(bob.all('offer')).toEqual([]);
});

it('does not start over by what comes late from a connection before', async () => {
  await connection.setRemoteDescription(answer.answer);
  const next = await offering();
  send({ type: 'offer', offer: next.localDescription, session: 'bob, second' });
  const second = await bob.next((frame) => frame.type === 'answer' && frame.forSession === 'bob, second');
  await next.setRemoteDescription(second.answer);
  const [peer] = ann.peers.values();
  while (peer.state !== 'connected') await delay(5);
  send({ type: 'offer', offer: connection.localDescription, session: 'bob, first' });
  await delay(300);
  expect([...ann.peers.values()]).toEqual([peer]);
  expect(bob.all('answer')).toHaveLength(2);
  next.close();
});

it('does not start over with who has left, by what comes late from it', async () => {
  await connection.setRemoteDescription(answer.answer);
  const [peer] = ann.peers.values();
  while (peer.state !== 'connected') await delay(5);
  const [passage] = all.ways[0].passages;
  const from = peer.peerId;
  // Its media still comes, so it is kept.
  passage.tell({ type: 'peer-left', roomId: 'anew', peerId: from, reason: 'disconnected' });
  await delay(50);
  expect([...ann.peers.values()]).toEqual([peer]);
  const left = next(ann, 'peer-left');
  passage.tell({
    type: 'offer',
    roomId: 'anew',
    from,
    offer: connection.localDescription,
    session: 'bob, second',
  });
  await left;
  await delay(50);
  expect(ann.peers.size).toBe(0);
});

// It takes a path some 15 s to fail, and some never do.
const heavy = process.env.HEAVY ? it : it.skip;

heavy(
  'looks for a path by itself where the other, whose turn it is, does not',
  async () => {
    connection.close();
    const offer = await bob.next('offer');
    expect(offer).toMatchObject({ session: answer.session, forSession: 'bob, first' });
  },
  90_000,
);

heavy(
  'looks for another path to who never answered on any',
  async () => {
    const next = await offering();
    const offer = next.localDescription;
    next.close();
    send({ type: 'offer', offer, session: 'bob, second' });
    const second = await bob.next((frame) => frame.type === 'answer' && frame.forSession === 'bob, second');
    expect(await bob.next('offer')).toMatchObject({ session: second.session, forSession: 'bob, second' });
  },
  90_000,
);

/** A connection with an offer that names all its candidates. */
async function offering(): Promise<RTCPeerConnection> {
  const connection = new RTCPeerConnection();
  connection.createDataChannel('data');
  await connection.setLocalDescription(await connection.createOffer());
  // A path that no candidate was named for never fails.
  while (connection.iceGatheringState !== 'complete') await delay(5);
  return connection;
}

function send(frame: Frame): void {
  bob.send({ ...frame, roomId: 'anew', to: ann.peerId });
}

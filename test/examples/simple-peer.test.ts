// The package `simple-peer` on real peer connections (libwebrtc), through the handlers behind the gateway.
import { once } from 'node:events';
import * as wrtc from '@roamhq/wrtc';
import type SimplePeer from 'simple-peer';
import WebSocket from 'ws';
import { SignalingClient } from 'webrtc-signaling-client';
import { joinSimpleCall, type SimpleCall } from '../../examples/simple-peer/call';
import { pair } from '../../examples/simple-peer/pair';
import { type Between, between } from '../support/between';
import { type HandlersOnGateway, startHandlers } from '../support/handlers-on-gateway';
import { next } from '../support/next-event';

interface Participant extends SimpleCall {
  closed: Set<SimplePeer.Instance>;
  /** Resolves once there are that many others, all connected. */
  connected: (count: number) => Promise<void>;
  /** Its way to the service. */
  way: Between;
}

let service: HandlersOnGateway;
let participants: Participant[] = [];

beforeAll(async () => {
  service = await startHandlers({});
});
afterEach(async () => {
  service.losesDisconnect = false;
  await Promise.all(participants.map((each) => each.leave().catch(() => undefined)));
  await Promise.all(participants.map(({ way }) => way.close()));
  participants = [];
});
afterAll(() => service.close());

async function join(roomId: string): Promise<Participant> {
  const way = await between(service.url);
  const closed: Participant['closed'] = new Set();
  let connects: () => void = () => undefined;
  const call = await joinSimpleCall(way.url, roomId, {
    WebSocket,
    // A timer of simple-peer's that outlives it, at 5 s by default; with candidates that trickle it does nothing.
    simplePeer: { wrtc, iceCompleteTimeout: 100 },
    onLink(link) {
      link.on('connect', () => connects());
      link.on('close', () => closed.add(link));
    },
  });
  const isConnected = (count: number) => {
    const links = [...call.links.values()];
    return links.length === count && links.every((link) => link.connected);
  };
  const participant: Participant = {
    ...call,
    closed,
    way,
    async connected(count) {
      while (!isConnected(count)) await new Promise<void>((resolve) => (connects = resolve));
    },
  };
  participants.push(participant);
  return participant;
}

const data = (link: SimplePeer.Instance) => once(link, 'data').then(([chunk]) => String(chunk));

it('connects two in ten lines', async () => {
  const clients = [0, 1].map(() => new SignalingClient(service.url, { WebSocket }));
  const peers = await Promise.all(
    clients.map((client) => pair(client, 'pair', { wrtc, iceCompleteTimeout: 100 })),
  );
  await Promise.all(peers.map((peer) => once(peer, 'connect')));
  const heard = data(peers[1]);
  peers[0].send('over simple-peer');
  expect(await heard).toBe('over simple-peer');
  for (const peer of peers) peer.destroy();
  for (const client of clients) client.close();
});

it('connects each of three with each, and carries data every way', async () => {
  const trio = [await join('trio'), await join('trio'), await join('trio')];
  await Promise.all(trio.map(({ connected }) => connected(2)));
  const told: Promise<[string, string]>[] = [];
  for (const here of trio) {
    for (const there of trio) {
      if (here === there) continue;
      const text = `to ${there.room.peerId} from ${here.room.peerId}`;
      told.push(data(there.links.get(here.room.peerId)!).then((heard) => [heard, text]));
      here.links.get(there.room.peerId)!.send(text);
    }
  }
  expect(told).toHaveLength(6);
  for (const [heard, text] of await Promise.all(told)) expect(heard).toBe(text);
});

it('connects those who join at the same moment', async () => {
  const trio = await Promise.all([join('at-once'), join('at-once'), join('at-once')]);
  await Promise.all(trio.map(({ connected }) => connected(2)));
  for (const { links, room } of trio) expect([...links.keys()].sort()).toEqual([...room.peers.keys()].sort());
});

it('ends a peer that leaves, and that one only', async () => {
  const [ann, bob, cem] = [await join('leave'), await join('leave'), await join('leave')];
  await Promise.all([ann, bob, cem].map(({ connected }) => connected(2)));
  const cemAt = [ann, bob].map(({ links }) => links.get(cem.room.peerId)!);
  const closed = Promise.all(cemAt.map((link) => once(link, 'close')));
  // Not its connections: those are for the others to end.
  await cem.room.leave();
  await closed;
  expect([...ann.links.keys()]).toEqual([bob.room.peerId]);
  expect([...bob.links.keys()]).toEqual([ann.room.peerId]);
  const heard = data(bob.links.get(ann.room.peerId)!);
  ann.links.get(bob.room.peerId)!.send('still here');
  expect(await heard).toBe('still here');
});

it.each([
  ['before anyone knew', true],
  ['after it was held for gone', false],
])('goes on with a peer that lost its signaling and comes back %s', async (_, isTimely) => {
  const [ann, bob] = [await join('back'), await join('back')];
  await Promise.all([ann, bob].map(({ connected }) => connected(1)));
  const former = ann.room.peerId;
  const [annAtBob] = bob.links.values();
  const [bobAtAnn] = ann.links.values();
  // Also where it should be in time: what Bob sends to the dead connection tells on it.
  const known = Promise.race([next(bob.room, 'peer-replaced'), next(bob.room, 'peer-joined')]);
  const rejoined = next(ann.room, 'rejoined');
  service.losesDisconnect = isTimely;
  ann.way.refuses = !service.losesDisconnect;
  const gone = ann.way.refuses && next(bob.room, 'peer-left');
  ann.way.passages[0].cut();
  await gone;
  ann.way.refuses = false;
  await Promise.all([known, rejoined]);
  expect(ann.room.peerId).not.toBe(former);
  expect([...bob.links.keys()]).toEqual([ann.room.peerId]);
  expect(bob.links.get(ann.room.peerId)).toBe(annAtBob);
  expect([...ann.closed, ...bob.closed]).toHaveLength(0);
  // Which takes an offer and an answer: signaling finds its way, both ways, too.
  const negotiated = Promise.all([annAtBob, bobAtAnn].map((link) => once(link, 'negotiated')));
  annAtBob.addTransceiver('audio', { direction: 'recvonly' });
  await negotiated;
});

// The hook on real peer connections (libwebrtc), through the handlers behind the gateway; see hooks.ts for its React.
import { MediaStream, RTCPeerConnection } from '@roamhq/wrtc';
import WebSocket from 'ws';
import { type Call, joinCall, SignalingClient } from 'webrtc-signaling-client';
import type { CallSnapshot } from '../../examples/react/use-call';
import { type Between, between } from '../support/between';
import { type HandlersOnGateway, startHandlers } from '../support/handlers-on-gateway';
import { next } from '../support/next-event';
import { Mounted, react } from './hooks';

let service: HandlersOnGateway;
let useCall: typeof import('../../examples/react/use-call').useCall;
/** The hook's way to the service. */
let way: Between;
const mounted: Mounted<CallSnapshot>[] = [];
const others: Call[] = [];

beforeAll(async () => {
  jest.doMock('react', () => react, { virtual: true });
  ({ useCall } = await import('../../examples/react/use-call'));
  service = await startHandlers({});
});
beforeEach(async () => {
  way = await between(service.url);
});
afterEach(async () => {
  const ends = mounted.flatMap(({ shown }) => shown.call?.leave() ?? []);
  for (const component of mounted.splice(0)) component.unmount();
  await Promise.all([...ends, ...others.splice(0).map((call) => call.leave())]);
  await way.close();
});
afterAll(() => service.close());

/** Options made anew at each rendering, as components do. */
const inRoom = (roomId: string) => () =>
  useCall(way.url, roomId, { WebSocket, RTCPeerConnection, MediaStream });

function mount(component: () => CallSnapshot, options?: { strict: boolean }): Mounted<CallSnapshot> {
  const screen = new Mounted(component, options);
  mounted.push(screen);
  return screen;
}

async function other(roomId: string): Promise<Call> {
  const call = await joinCall(service.url, roomId, { WebSocket, RTCPeerConnection, MediaStream });
  others.push(call);
  return call;
}

const sent = (type: string) => way.seen.filter(({ from, frame }) => from === 'client' && frame.type === type);

it('joins as it is mounted, and shows peers as they come, connect and go', async () => {
  const screen = mount(inRoom('peers'));
  expect(screen.shown).toEqual({ peers: [], state: 'connecting' });
  await screen.until(({ call }) => call !== undefined);
  expect(screen.shown).toMatchObject({ peers: [], state: 'open', error: undefined });
  const bob = await other('peers');
  await screen.until(({ peers }) => peers.length === 1);
  expect(screen.shown.peers[0].peerId).toBe(bob.peerId);
  await screen.until(({ peers }) => peers[0].state === 'connected');
  await bob.leave();
  await screen.until(({ peers }) => peers.length === 0);
  expect(sent('register')).toHaveLength(1);
});

it('leaves as it is unmounted', async () => {
  const screen = mount(inRoom('unmount'));
  const bob = await other('unmount');
  await screen.until(({ peers }) => peers.length === 1);
  const left = next(bob, 'peer-left');
  screen.unmount();
  expect((await left)[1]).toBe('left');
});

it("is in the call once, also after StrictMode's double mount", async () => {
  const client = new SignalingClient(service.url, { WebSocket });
  const room = await client.joinRoom('strict');
  const heard: string[] = [];
  room.on('peer-joined', ({ peerId }) => heard.push(`${peerId} joined`));
  room.on('peer-left', ({ peerId }) => heard.push(`${peerId} left`));
  const screen = mount(inRoom('strict'), { strict: true });
  await screen.until(({ call }) => call !== undefined);
  // By then whatever else was begun is over.
  const bob = await other('strict');
  await screen.until(({ peers }) => peers.some(({ peerId }) => peerId === bob.peerId));
  expect(heard).toEqual([screen.shown.call!.peerId, bob.peerId].map((peerId) => `${peerId} joined`));
  expect(screen.shown).toMatchObject({ state: 'open', error: undefined });
  client.close();
});

it('leaves a call that is only just joined as it is unmounted', async () => {
  const bob = await other('soon');
  const screen = mount(inRoom('soon'));
  const [joined, left] = [next(bob, 'peer-joined'), next(bob, 'peer-left')];
  await joined;
  screen.unmount();
  await left;
  expect(bob.peers.size).toBe(0);
});

it('goes from one room to another', async () => {
  const [bob, cem] = [await other('former'), await other('latter')];
  const screen = mount(inRoom('former'));
  await screen.until(({ peers }) => peers[0]?.peerId === bob.peerId);
  const left = next(bob, 'peer-left');
  screen.become(inRoom('latter'));
  await screen.until(({ call }) => call === undefined);
  await screen.until(({ peers }) => peers[0]?.peerId === cem.peerId);
  await left;
  expect(screen.shown.call!.roomId).toBe('latter');
});

it('shows why the call could not be joined', async () => {
  way.refuses = true;
  const screen = mount(inRoom('refused'));
  await screen.until(({ state }) => state === 'closed');
  expect(screen.shown).toMatchObject({ peers: [], error: { code: 'unreachable' } });
});

it('shows that signaling is lost, and is back', async () => {
  const screen = mount(inRoom('outage'));
  await screen.until(({ state }) => state === 'open');
  way.passages[0].cut();
  await screen.until(({ state }) => state === 'reconnecting');
  await screen.until(({ state }) => state === 'open');
  expect(screen.shown.error).toBeUndefined();
});

// How calls end that nobody meant to end: each in a state and an error that say so, and without a timer, a socket, a
// listener or a peer connection left behind.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { MediaStream, nonstandard } from '@roamhq/wrtc';
import type { Call } from 'webrtc-signaling-client';
import { Calls, eventually } from '../support/calls';
import { next } from '../support/next-event';
import { PageEvents } from '../support/page-events';
import { type RunningService, runningService } from '../support/running-service';
import { Wire } from '../support/wire';

// What a machine that is busy takes to start a server, and to notice that it is gone.
jest.setTimeout(120_000);

let service: RunningService;
let all: Calls;
/** What a page has and Node has not: the window's own events. */
const page = new PageEvents();

beforeAll(async () => {
  service = await runningService();
}, 60_000);
beforeEach(() => {
  all = new Calls(service.url);
  Object.assign(globalThis, page.methods);
});
afterEach(async () => {
  await all.close();
  for (const name of Object.keys(page.methods)) delete (globalThis as Record<string, unknown>)[name];
});
afterAll(() => service.stop());

const timers = () => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;

/** Runs what ends every call that it makes, and waits until nothing of them is left. */
async function leavesNothing(run: () => Promise<unknown>): Promise<void> {
  const before = timers();
  await run();
  await eventually(
    () =>
      timers() <= before &&
      page.listeners.size === 0 &&
      all.ways.every(({ open }) => open === 0) &&
      all.connections.every(({ connectionState }) => connectionState === 'closed'),
  );
}

async function talk(from: Call, to: Call): Promise<void> {
  const heard = next(to, 'data');
  from.broadcast('still here');
  expect((await heard)[1]).toBe('still here');
}

function statesOf(call: Call): string[] {
  const states: string[] = [];
  call.on('state', (state) => states.push(state));
  return states;
}

it('a tab that is closed: the others are told, and close what they had with it', async () => {
  await leavesNothing(async () => {
    const ann = await all.join('tab');
    const met = next(ann, 'data-open');
    const tab = spawn(process.execPath, ['--import', 'tsx', 'test/support/tab.ts', service.url, 'tab'], {
      cwd: resolve(__dirname, '../..'),
      stdio: 'ignore',
    });
    const [peer] = await met;
    const left = next(ann, 'peer-left');
    tab.kill('SIGKILL');
    await once(tab, 'exit');
    // As the gateway tells of it, or as something is sent to it.
    expect(await left).toEqual([peer, expect.stringMatching(/^(disconnected|gone)$/)]);
    expect([peer.state, ann.peers.size]).toEqual(['closed', 0]);
    await ann.leave();
  });
});

it('a laptop that sleeps: it finds its dead connection as it wakes, and is who it was', async () => {
  await leavesNothing(async () => {
    const { ann, bob, annAtBob } = await all.pair('laptop');
    const states = statesOf(ann);
    const former = ann.peerId;
    const replaced = next(bob, 'peer-replaced');
    // The socket is dead without saying so.
    all.ways[0].toClient = (frame) => (all.ways[0].passages.length > 1 ? [frame] : []);
    page.dispatch('online');
    expect(await replaced).toEqual([annAtBob, former]);
    await eventually(() => ann.state === 'open');
    expect(states).toEqual(['reconnecting', 'open']);
    await talk(ann, bob);
    await Promise.all([ann.leave(), bob.leave()]);
  });
});

it('a camera that is unplugged: the call goes on, and another takes its place', async () => {
  await leavesNothing(async () => {
    const cameras = [new nonstandard.RTCVideoSource(), new nonstandard.RTCVideoSource()];
    const [unplugged, another] = cameras.map((camera) => camera.createTrack());
    const ann = await all.join('camera', { stream: new MediaStream([unplugged]) });
    const errors: Error[] = [];
    ann.on('error', (error) => errors.push(error));
    const bob = await all.join('camera');
    const [, received] = await next(bob, 'track');
    unplugged.stop();
    expect(unplugged.readyState).toBe('ended');
    await ann.replaceTrack('video', null);
    await ann.replaceTrack('video', another);
    const sink = new nonstandard.RTCVideoSink(received);
    const seen = new Promise((resolve) => (sink.onframe = resolve));
    const data = new Uint8Array(16 * 16 * 1.5);
    const filming = setInterval(() => cameras[1].onFrame({ width: 16, height: 16, data }), 33);
    await seen;
    clearInterval(filming);
    sink.stop();
    another.stop();
    expect([errors, ann.state, bob.peers.get(ann.peerId)!.state]).toEqual([[], 'open', 'connected']);
    await Promise.all([ann.leave(), bob.leave()]);
  });
});

it('permission refused: sharing a screen says so, and the call goes on', async () => {
  const refusal = new DOMException('Permission denied', 'NotAllowedError');
  const mediaDevices = { getDisplayMedia: () => Promise.reject(refusal) };
  Object.defineProperty(globalThis, 'navigator', { value: { mediaDevices }, configurable: true });
  await leavesNothing(async () => {
    const { ann, bob } = await all.pair('refused');
    await expect(ann.shareScreen()).rejects.toBe(refusal);
    await talk(ann, bob);
    await Promise.all([ann.leave(), bob.leave()]);
  });
});

it('a room that is full: it says so', async () => {
  const wires = await Promise.all(Array.from({ length: 50 }, () => Wire.open(service.url)));
  for (const wire of wires) await wire.join('full');
  await leavesNothing(async () => {
    const refused = all.join('full');
    await expect(refused).rejects.toMatchObject({ code: 'room-full', roomId: 'full' });
  });
  await Promise.all(wires.map((wire) => wire.close()));
});

it('a token that is refused: there is no connection, and no second attempt', async () => {
  await leavesNothing(async () => {
    const refused = all.join('token', {}, (way) => (way.refuses = true));
    await expect(refused).rejects.toMatchObject({ code: 'unreachable' });
  });
  all.ways[0].refuses = false;
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  expect(all.ways[0].passages).toEqual([]);
});

it('a server that is gone: the call goes on without it, until it is left', async () => {
  const gone = await runningService();
  all = new Calls(gone.url);
  await leavesNothing(async () => {
    const { ann, bob } = await all.pair('server');
    const states = [statesOf(ann), statesOf(bob)];
    await gone.stop();
    await eventually(() => [ann, bob].every(({ state }) => state === 'reconnecting'));
    await talk(ann, bob);
    await talk(bob, ann);
    await Promise.all([ann.leave(), bob.leave()]);
    expect(states).toEqual([
      ['reconnecting', 'closed'],
      ['reconnecting', 'closed'],
    ]);
  });
});

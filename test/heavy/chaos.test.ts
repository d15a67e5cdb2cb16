// Calls on which everything goes wrong at random moments: signaling sockets cut, frames out of order and doubled, the
// path looked for anew, cameras switched on. Each ends connected both ways and leaves nothing behind.
// CHAOS_SEED=… runs the one call again that failed.
import { randomInt, randomUUID } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Call } from 'webrtc-signaling-client';
import type { Between } from '../support/between';
import { Calls, eventually, videoTrack } from '../support/calls';
import { type RunningService, runningService } from '../support/running-service';
import { Wire } from '../support/wire';

const CALLS = Number(process.env.CHAOS_CALLS ?? 50);
const AT_ONCE = 5;
/** A stand-in for what API Gateway takes: who vanished in the midst of joining is a ghost for that long. */
const NOTICED_AFTER_MS = 3_000;
const ENDS_WITHIN_MS = 45_000;
const artifacts = process.env.ARTIFACTS ?? resolve(__dirname, '../../artifacts');
const heavy = process.env.HEAVY ? describe : describe.skip;

let service: RunningService;

heavy('calls on which everything goes wrong', () => {
  beforeAll(async () => {
    service = await runningService();
  }, 60_000);
  afterAll(() => service.stop());

  it.each([2, 3, 4])(
    `of %i peers: all of ${CALLS} end connected both ways, and leave nothing behind`,
    async (peers) => {
      const seeds = process.env.CHAOS_SEED
        ? [Number(process.env.CHAOS_SEED)]
        : Array.from({ length: CALLS }, () => randomInt(2 ** 31));
      const todo = [...seeds];
      const failed: string[] = [];
      const work = async () => {
        for (let seed = todo.pop(); seed !== undefined; seed = todo.pop()) {
          await chaos(peers, seed).catch((error) => failed.push(`CHAOS_SEED=${seed}: ${String(error)}`));
        }
      };
      await Promise.all(Array.from({ length: AT_ONCE }, work));
      expect(failed).toEqual([]);
    },
    15 * 60_000,
  );
});

async function chaos(count: number, seed: number): Promise<void> {
  const random = randomFrom(seed);
  const pick = <T>(from: T[]) => from[Math.floor(random() * from.length)];
  const roomId = randomUUID();
  const all = new Calls(service.url);
  const track = videoTrack();
  const disturb = (way: Between) => {
    way.delay = () => random() * 60;
    way.times = () => (random() < 0.1 ? 2 : 1);
  };
  let failure: Error | undefined;
  const log: string[] = [];
  const say = (what: string) => log.push(`${Date.now() % 100_000} ${what}`);
  try {
    const enter = async (at: number) => {
      await pause(at);
      const call = await all.join(roomId, {}, disturb);
      call.on('error', (error) => say(`${call.peerId} error: ${error.message}`));
      call.on('peer-left', (peer, reason) => say(`${call.peerId} lost ${peer.peerId}: ${reason}`));
      return call;
    };
    const calls = await Promise.all(Array.from({ length: count }, () => enter(random() * 300)));
    const events: [string, () => unknown][] = [
      ['cut', () => pick(all.ways).passages.at(-1)?.cut()],
      ['vanish', () => pick(all.ways).passages.at(-1)?.vanish(NOTICED_AFTER_MS)],
      ['network change', () => pick(calls).restartIce()],
      ['network change', () => pick(calls).restartIce()],
    ];
    const sender = pick(calls);
    events.push(['camera', () => sender.replaceTrack('video', track)]);
    // One that is cut for sure, and the rest as it comes.
    const happens = [events[Math.floor(random() * 2)], events[4], ...events.filter(() => random() < 0.5)];
    await Promise.all(
      happens.map(async ([name, happen]) => {
        await pause(random() * 1500);
        say(name);
        await happen();
      }),
    );

    await withinTime(
      eventually(() => calls.every((call) => isConnected(call, count - 1))),
      () => [`not connected: ${calls.map(describeCall).join(' | ')}`, ...log].join('\n  '),
    );
    await withinTime(
      eventually(() => calls.every((call) => call === sender || hasVideo(call, sender))),
      () => [`no video: ${calls.map(describeCall).join(' | ')}`, ...log].join('\n  '),
    );
    await withinTime(talks(calls), () =>
      [`nobody hears: ${calls.map(describeCall).join(' | ')}`, ...log].join('\n  '),
    );

    await Promise.all(calls.map((call) => call.leave()));
    await withinTime(
      eventually(() => all.ways.every(({ open }) => open === 0)),
      () => 'sockets stay open',
    );
    await withinTime(isEmpty(roomId), () => 'rows stay in the room');
  } catch (error) {
    failure = error as Error;
    mkdirSync(artifacts, { recursive: true });
    writeFileSync(join(artifacts, `chaos-${count}-${seed}.log`), [...log, ...framesOf(all.ways)].join('\n'));
  }
  const open = await all.close();
  track.stop();
  if (failure) throw failure;
  if (open.length > 0) throw new Error([`${open.length} peer connections stay open`, ...log].join('\n  '));
}

/** Each hears each, over the connections that there are in the end. */
async function talks(calls: Call[]): Promise<void> {
  const heard = new Set<string>();
  const stops = calls.map((call) =>
    call.on('data', (_peer, data) => heard.add(`${data as string} at ${call.peerId}`)),
  );
  const wanted = calls.flatMap((from) =>
    calls.filter((to) => to !== from).map((to) => `from ${from.peerId} at ${to.peerId}`),
  );
  while (!wanted.every((each) => heard.has(each))) {
    for (const call of calls) call.broadcast(`from ${call.peerId}`);
    await pause(20);
  }
  for (const stop of stops) stop();
}

async function isEmpty(roomId: string): Promise<void> {
  for (;;) {
    const wire = await Wire.open(service.url);
    const { peers } = await wire.join(roomId);
    await wire.ask({ type: 'leave', roomId });
    await wire.close();
    if ((peers as unknown[]).length === 0) return;
    await pause(100);
  }
}

function isConnected(call: Call, others: number): boolean {
  const peers = [...call.peers.values()];
  return (
    call.state === 'open' &&
    peers.length === others &&
    peers.every(
      ({ state, connection, dataChannel }) =>
        state === 'connected' && connection.signalingState === 'stable' && dataChannel?.readyState === 'open',
    )
  );
}

function hasVideo(call: Call, sender: Call): boolean {
  const transceivers = call.peers.get(sender.peerId)?.connection.getTransceivers() ?? [];
  const video = transceivers.find(
    ({ receiver, direction }) => receiver.track.kind === 'video' && direction !== 'stopped',
  );
  return video?.currentDirection === 'recvonly' || video?.currentDirection === 'sendrecv';
}

function describeCall(call: Call): string {
  const peers = [...call.peers.values()].map(
    ({ peerId, state, connection, dataChannel }) =>
      `${peerId} ${state} ${connection.signalingState} ${dataChannel?.readyState} ${connection.iceConnectionState}`,
  );
  return `${call.peerId} ${call.state} [${peers.join(', ')}]`;
}

/** What each way saw, without what is long. */
function framesOf(ways: Between[]): string[] {
  return ways
    .flatMap(({ seen }, i) => seen.map((each) => ({ way: i, ...each })))
    .sort((a, b) => a.at - b.at)
    .map(({ at, way, passage, from, frame }) => {
      const short = JSON.stringify(frame, (key, value: unknown) =>
        key === 'sdp' || key === 'candidates' || key === 'iceServers' ? '…' : value,
      );
      return `${at % 100_000} way ${way}.${passage} ${from} ${short}`;
    });
}

async function withinTime<T>(promise: Promise<T>, why: () => string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(why())), ENDS_WITHIN_MS);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** The same numbers for the same seed (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

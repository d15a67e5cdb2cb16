// `npm run bench:calls`: how long a call takes to come about, and what it costs in frames: `joinCall` beside simple-peer
// over the same room, the same local runner and the same peer connections (libwebrtc), one call of each in turn.
//
// The first peer sends video and waits in the room. The time runs from the moment at which the second asks to join,
// its WebSocket included, to its open data channel and to the first video frame that it has decoded. Frames are all
// that the service takes and sends for both, from their WebSockets on until nothing more comes: joins, acknowledgements
// and the candidates that come late are among them, leaving is not. CALLS=n makes n calls of each.
//
// Both are as they come. The data channel is open as each tells its user: `data-open`, and `connect`, which simple-peer
// holds back until it has looked up the path in use. It sends each candidate as it is found, and whoever has the
// lower `peerId` initiates, the first or the second; by that its times differ from call to call.
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import * as wrtc from '@roamhq/wrtc';
import type SimplePeer from 'simple-peer';
import { version as simplePeerVersion } from 'simple-peer/package.json';
import { joinCall, SignalingClient } from 'webrtc-signaling-client';
import WebSocket from 'ws';
import { pair } from '../examples/simple-peer/pair';
import { type Between, between } from '../test/support/between';
import { next } from '../test/support/next-event';
import { runningService } from '../test/support/running-service';

const CALLS = Number(process.env.CALLS ?? 10);
const COMES_ABOUT_WITHIN_MS = 30_000;
/** Without a frame for that long, none is taken to be on its way. */
const SETTLED_AFTER_MS = 1000;
const { MediaStream, nonstandard, RTCPeerConnection } = wrtc;

interface Measured {
  channelMs: number;
  videoMs: number;
  framesIn: number;
  framesOut: number;
}

/** One call: the first peer is in the room as it resolves, the second joins as `join` is called. */
type Way = (roomId: string, ways: Between[], stream: MediaStream) => Promise<Callee>;
interface Callee {
  join(): Promise<{ opened: Promise<unknown>; track: Promise<MediaStreamTrack> }>;
  end(): Promise<void>;
}

const ours: Way = async (roomId, [first, second], stream) => {
  const options = { WebSocket, RTCPeerConnection, MediaStream };
  const calls = [await joinCall(first.url, roomId, { ...options, stream })];
  return {
    async join() {
      const call = await joinCall(second.url, roomId, options);
      calls.push(call);
      return { opened: next(call, 'data-open'), track: next(call, 'track').then(([, track]) => track) };
    },
    end: async () => void (await Promise.all(calls.map((call) => call.leave()))),
  };
};

const simplePeer: Way = async (roomId, [first, second], stream) => {
  const clients = [first, second].map(({ url }) => new SignalingClient(url, { WebSocket }));
  const peers: SimplePeer.Instance[] = [];
  const waiting = pair(clients[0], roomId, { wrtc, stream }).then((peer) => peers.push(peer));
  await Promise.race([registered(first), waiting]);
  return {
    async join() {
      const peer = await pair(clients[1], roomId, { wrtc });
      peers.push(peer);
      const track = once(peer, 'track').then(([track]) => track as MediaStreamTrack);
      return { opened: once(peer, 'connect'), track };
    },
    async end() {
      await waiting;
      for (const peer of peers) peer.destroy();
      for (const client of clients) client.close();
    },
  };
};

async function registered({ seen }: Between): Promise<void> {
  while (!seen.some(({ frame }) => frame.type === 'registered')) await pause(1);
}

async function measure(way: Way, url: string): Promise<Measured> {
  const ways = await Promise.all([between(url), between(url)]);
  const camera = new Camera();
  const [callee, channelMs, videoMs] = await withinTime(
    comeAbout(way, ways, new MediaStream([camera.track])),
  );
  await settled(ways);
  const seen = ways.flatMap((each) => each.seen);
  const framesIn = seen.filter(({ from }) => from === 'client').length;
  await callee.end();
  camera.stop();
  await Promise.all(ways.map((each) => each.close()));
  return { channelMs, videoMs, framesIn, framesOut: seen.length - framesIn };
}

async function comeAbout(way: Way, ways: Between[], stream: MediaStream): Promise<[Callee, number, number]> {
  const callee = await way(randomUUID(), ways, stream);
  const from = performance.now();
  const joined = await callee.join();
  const after = <T>(happens: Promise<T>) => happens.then(() => performance.now() - from);
  const times = [after(joined.opened), after(joined.track.then(decodes))];
  const [channelMs, videoMs] = await Promise.all(times);
  return [callee, channelMs, videoMs];
}

async function settled(ways: Between[]): Promise<void> {
  const count = () => ways.reduce((sum, { seen }) => sum + seen.length, 0);
  for (let before = -1; before !== count();) {
    before = count();
    await pause(SETTLED_AFTER_MS);
  }
}

/** 30 pictures a second. */
class Camera {
  readonly #source = new nonstandard.RTCVideoSource();
  readonly track = this.#source.createTrack();
  readonly #timer = setInterval(() => {
    const [width, height] = [320, 240];
    this.#source.onFrame({ width, height, data: new Uint8Array(width * height * 1.5).fill(128) });
  }, 33);

  stop(): void {
    clearInterval(this.#timer);
    this.track.stop();
  }
}

function decodes(track: MediaStreamTrack): Promise<void> {
  const sink = new nonstandard.RTCVideoSink(track);
  return new Promise((resolve) => {
    sink.onframe = () => {
      sink.stop();
      resolve();
    };
  });
}

async function withinTime<T>(promise: Promise<T>): Promise<T> {
  const late = pause(COMES_ABOUT_WITHIN_MS).then(() => {
    throw new Error(`no call within ${COMES_ABOUT_WITHIN_MS / 1000} s`);
  });
  return Promise.race([promise, late]);
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms).unref());
}

function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return (sorted[Math.floor((sorted.length - 1) / 2)] + sorted[Math.floor(sorted.length / 2)]) / 2;
}

async function measureAll(url: string) {
  const results = { joinCall: [] as Measured[], 'simple-peer': [] as Measured[] };
  // The first of each starts the handlers, and does not count.
  for (let call = -1; call < CALLS; call += 1) {
    for (const [name, way] of [['joinCall', ours] as const, ['simple-peer', simplePeer] as const]) {
      const measured = await measure(way, url);
      if (!measured.framesIn || !measured.framesOut) throw new Error(`${name}: no frame was seen`);
      if (call >= 0) results[name].push(measured);
    }
  }
  return results;
}

async function main() {
  if (!Number.isInteger(CALLS) || CALLS < 1) throw new Error('CALLS: a whole number from 1 on');
  const service = await runningService();
  const results = await measureAll(service.url).finally(() => service.stop());

  const row = (label: string, ...[our, their, ratio]: string[]) =>
    console.log(`${label.padEnd(46)}${our.padStart(10)}${their.padStart(13)}${ratio.padStart(8)}`);
  console.log(`Two peers in Node over one local runner: joinCall beside simple-peer ${simplePeerVersion}.`);
  console.log(`Medians of ${CALLS} calls of each, made in turn. Ratio: joinCall's to simple-peer's.\n`);
  row('', 'joinCall', 'simple-peer', 'ratio');
  for (const [label, of] of [
    ['from joining to the open data channel, ms', ({ channelMs }: Measured) => channelMs],
    ['from joining to the first decoded picture, ms', ({ videoMs }: Measured) => videoMs],
    ['signaling frames to the service', ({ framesIn }: Measured) => framesIn],
    ['signaling frames from the service', ({ framesOut }: Measured) => framesOut],
    ['signaling frames, both ways', ({ framesIn, framesOut }: Measured) => framesIn + framesOut],
  ] as const) {
    const [our, their] = Object.values(results).map((measured) => median(measured.map(of)));
    row(label, our.toFixed(0), their.toFixed(0), (our / their).toFixed(2));
  }
}

main().then(
  // libwebrtc keeps a process up.
  () => process.exit(0),
  (error) => {
    console.error(error);
    process.exit(1);
  },
);

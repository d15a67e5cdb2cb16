// One of two peers, in a process of its own: joins, and sends the other bytes. Prints one line, a `Report`; ends as its
// standard input does, so that neither hangs up before the other has heard all.
import { createHash, randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import wrtc from '@roamhq/wrtc';
import WebSocket from 'ws';
import { joinCall, type CallPeer } from '../../../client/src';

export interface PeerOptions {
  /** Path of a Unix socket that leads to the service, whatever the network. */
  socket: string;
  url: string;
  room: string;
  iceTransportPolicy: RTCIceTransportPolicy;
  bytes: number;
  /** How long it waits from when the other is there. */
  withinMs: number;
}

export interface Report {
  connected: boolean;
  /** Of what kinds its own candidates were, and the other's as far as they came. */
  gathered: string[];
  heardOf: string[];
  /** Kinds of the pair that was selected, its own candidate's first. */
  pair?: [string, string];
  /** From joining to an open data channel. */
  ms?: number;
  /** SHA-256 */
  sent?: string;
  received?: string;
}

const CHUNK = 16 * 1024;
const options = JSON.parse(process.argv[2]) as PeerOptions;
const connections: RTCPeerConnection[] = [];

class RoundTheNetwork extends WebSocket {
  constructor(url: string, protocols?: string | string[]) {
    super(url, protocols, { createConnection: () => connect(options.socket) });
  }
}

const gathered = new Set<string>();
const heardOf = new Set<string>();

class Watched extends wrtc.RTCPeerConnection {
  constructor(configuration?: RTCConfiguration) {
    super(configuration);
    connections.push(this);
    this.addEventListener('icecandidate', ({ candidate }) => note(gathered, candidate?.candidate));
  }

  override async setRemoteDescription(description: RTCSessionDescriptionInit): Promise<void> {
    note(heardOf, description.sdp);
    return super.setRemoteDescription(description);
  }

  override async addIceCandidate(candidate?: RTCIceCandidateInit | null): Promise<void> {
    note(heardOf, candidate?.candidate);
    return super.addIceCandidate(candidate);
  }
}

function note(kinds: Set<string>, text = ''): void {
  for (const [, kind] of text.matchAll(/ typ (\w+)/g)) kinds.add(kind);
}

async function main(): Promise<void> {
  const call = await joinCall(options.url, options.room, {
    WebSocket: RoundTheNetwork,
    RTCPeerConnection: Watched,
    MediaStream: wrtc.MediaStream,
    configuration: { iceTransportPolicy: options.iceTransportPolicy },
  });
  const began = Date.now();
  const exchanged = new Promise<Pick<Report, 'ms' | 'sent' | 'received'>>((resolve) => {
    call.on('data-open', (peer) => {
      const ms = Date.now() - began;
      void exchange(peer).then((sums) => resolve({ ms, ...sums }));
    });
  });
  const given = new Promise((resolve) => call.on('peer-joined', resolve)).then(() => pause(options.withinMs));
  const told = await Promise.race([exchanged, given.then(() => undefined)]);
  const report: Report = {
    connected: told !== undefined,
    gathered: [...gathered].sort(),
    heardOf: [...heardOf].sort(),
    pair: await selectedPair(),
    ...told,
  };
  process.stdout.write(`${JSON.stringify(report)}\n`);
}

async function exchange(peer: CallPeer): Promise<{ sent: string; received: string }> {
  const channel = peer.dataChannel!;
  const got = createHash('sha256');
  let missing = options.bytes;
  const all = new Promise<void>((resolve) =>
    channel.addEventListener('message', ({ data }: MessageEvent<ArrayBuffer>) => {
      got.update(Buffer.from(data));
      missing -= data.byteLength;
      if (missing === 0) resolve();
    }),
  );
  const bytes = randomBytes(options.bytes);
  for (let at = 0; at < bytes.length; at += CHUNK)
    channel.send(new Uint8Array(bytes.subarray(at, at + CHUNK)));
  await all;
  return { sent: createHash('sha256').update(bytes).digest('hex'), received: got.digest('hex') };
}

async function selectedPair(): Promise<[string, string] | undefined> {
  for (const connection of connections.filter(({ connectionState }) => connectionState === 'connected')) {
    const stats = new Map<string, any>();
    (await connection.getStats()).forEach((each: any) => stats.set(each.id, each));
    const transport = [...stats.values()].find(({ type }) => type === 'transport');
    const pair = stats.get(transport?.selectedCandidatePairId);
    const kind = (id: string): string => stats.get(id).candidateType;
    if (pair) return [kind(pair.localCandidateId), kind(pair.remoteCandidateId)];
  }
  return undefined;
}

process.stdin.resume().on('end', () => process.exit());
void main();

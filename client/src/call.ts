import type { LeaveReason, Metadata } from '../../protocol/messages';
import { CallPeer, type CallPeerHost, type TrackKind } from './call-peer';
import { Emitter } from './emitter';
import type { Room } from './room';
import { SignalingClient, type SignalingClientOptions, type SignalingState } from './signaling-client';

export interface JoinCallOptions extends SignalingClientOptions {
  /** What to send: at most one audio and one video track of it. Without it one only receives. */
  stream?: MediaStream;
  /** What the others see of this peer: a JSON object of at most 1 KiB. */
  metadata?: Metadata;
  /** Gives up joining. To leave later, call `leave()`. */
  signal?: AbortSignal;
  /** Default: the global one. Node has none: pass that of the package `@roamhq/wrtc`, say. */
  RTCPeerConnection?: typeof RTCPeerConnection;
  /** Default: the global one. Where there is none, only `CallPeer.stream` misses it. */
  MediaStream?: typeof MediaStream;
}

export interface CallEvents {
  /** Those who were there before are announced too, right after `joinCall` has resolved. */
  'peer-joined': [peer: CallPeer];
  'peer-left': [peer: CallPeer, reason: LeaveReason];
  'peer-state': [peer: CallPeer];
  /** A track began to come; it is in `peer.stream`. */
  track: [peer: CallPeer, track: MediaStreamTrack];
  /** From now on `peer.send` works. */
  'data-open': [peer: CallPeer];
  data: [peer: CallPeer, data: string | ArrayBuffer];
  /** Of the connection to the signaling server. Media and data flow without it. */
  state: [state: SignalingState];
  /** What failed without anyone awaiting it. The call goes on. */
  error: [error: Error];
}

/**
 * Joins a room and connects to every peer of it: a mesh, each to each.
 *
 * @param url `wss://…/stage`, as the construct's `url` says
 * @throws SignalingError `unreachable`, `room-full`, `forbidden`, `aborted`, …
 */
export async function joinCall(url: string, roomId: string, options: JoinCallOptions = {}): Promise<Call> {
  const { metadata, signal } = options;
  const client = new SignalingClient(url, options);
  try {
    const room = await client.joinRoom(roomId, { metadata, signal });
    return new Call(client, room, options);
  } catch (error) {
    client.close();
    throw error;
  }
}

/** A call in a room. `joinCall` gives it. */
export class Call extends Emitter<CallEvents> {
  readonly #peers = new Map<string, CallPeer>();
  readonly #tracks = new Map<TrackKind, MediaStreamTrack>();
  readonly #host: CallPeerHost;
  /** Peers that the server holds for gone, while what they send still comes. */
  readonly #lingering = new Map<CallPeer, LeaveReason>();
  #starting: ReturnType<typeof setTimeout> | undefined;
  #hasLeft = false;

  /** @internal */
  constructor(
    private readonly client: SignalingClient,
    private readonly room: Room,
    options: JoinCallOptions,
  ) {
    super();
    const { stream } = options;
    for (const track of stream?.getTracks() ?? []) this.#tracks.set(track.kind as TrackKind, track);
    this.#host = {
      room,
      stream,
      tracks: this.#tracks,
      rtc: {
        RTCPeerConnection: options.RTCPeerConnection ?? globalThis.RTCPeerConnection,
        MediaStream: options.MediaStream,
      },
      changed: (peer) => {
        if (this.#peers.get(peer.peerId) === peer) this.emit('peer-state', peer);
        if (peer.state !== 'connected') this.#letGo(peer);
      },
      received: (peer, track) => this.emit('track', peer, track),
      channelOpened: (peer) => this.emit('data-open', peer),
      channelClosed: (peer) => this.#letGo(peer),
      told: (peer, data) => this.emit('data', peer, data),
      failed: (error) => this.emit('error', error instanceof Error ? error : new Error(String(error))),
    };
    client.on('state', (state) => this.emit('state', state));
    client.on('error', (error) => this.emit('error', error));
    room.on('peer-joined', ({ peerId }) => this.#add(peerId, false));
    room.on('peer-left', ({ peerId }, reason) => this.#left(peerId, reason));
    room.on('offer', (offer, from, message) => this.#peers.get(from)?.describe(offer, message));
    room.on('answer', (answer, from, message) => this.#peers.get(from)?.describe(answer, message));
    room.on('candidate', (candidate, from, message) =>
      this.#peers.get(from)?.addCandidate(candidate, message),
    );
    room.on('rejoined', () => {
      for (const peer of [...this.#peers.values()]) this.#remove(peer, 'gone');
      this.#start([...room.peers.keys()]);
    });
    const present = [...room.peers.keys()];
    this.#starting = setTimeout(() => this.#start(present));
  }

  get roomId(): string {
    return this.room.roomId;
  }

  /** Yours. Another one after the signaling connection was lost and found again. */
  get peerId(): string {
    return this.room.peerId;
  }

  /** The others, by `peerId`. */
  get peers(): ReadonlyMap<string, CallPeer> {
    return this.#peers;
  }

  /** Of the connection to the signaling server. */
  get state(): SignalingState {
    return this.client.state;
  }

  /** To every peer whose data channel is open. */
  broadcast(data: string): void {
    for (const peer of this.#peers.values()) if (peer.dataChannel?.readyState === 'open') peer.send(data);
  }

  /** Sends this track instead of the former one of its kind, or nothing, to those present and those to come. */
  async replaceTrack(kind: TrackKind, track: MediaStreamTrack | null): Promise<void> {
    if (track) this.#tracks.set(kind, track);
    else this.#tracks.delete(kind);
    await Promise.all([...this.#peers.values()].map((peer) => peer.setTrack(kind, track)));
  }

  /**
   * Leaves and closes every connection. The tracks of one's own stream go on: they were not the call's.
   * Resolves once the server knows, or cannot be told.
   */
  async leave(): Promise<void> {
    if (this.#hasLeft) return;
    this.#hasLeft = true;
    clearTimeout(this.#starting);
    const left = this.room.leave().catch(() => undefined);
    for (const peer of [...this.#peers.values()]) this.#remove(peer, 'left');
    await left;
    this.client.close();
  }

  #start(peerIds: string[]): void {
    for (const peerId of peerIds) if (this.room.peers.has(peerId)) this.#add(peerId, true);
  }

  #add(peerId: string, isOfferer: boolean): void {
    if (this.#hasLeft || this.#peers.has(peerId)) return;
    const peer = new CallPeer(this.#host, peerId, isOfferer);
    this.#peers.set(peerId, peer);
    this.emit('peer-joined', peer);
  }

  #left(peerId: string, reason: LeaveReason): void {
    const peer = this.#peers.get(peerId);
    if (!peer) return;
    // Its signaling ended, not what it sends: that may come until it is back under another name.
    if (reason !== 'left' && peer.state === 'connected') this.#lingering.set(peer, reason);
    else this.#remove(peer, reason);
  }

  #letGo(peer: CallPeer): void {
    const reason = this.#lingering.get(peer);
    if (reason) this.#remove(peer, reason);
  }

  #remove(peer: CallPeer, reason: LeaveReason): void {
    this.#lingering.delete(peer);
    this.#peers.delete(peer.peerId);
    peer.close();
    this.emit('peer-left', peer, reason);
  }
}

import type { DeliveredMessage, LeaveReason, Metadata } from '../../protocol/messages';
import { type Asking, CallPeer, type CallPeerHost } from './call-peer';
import { Emitter } from './emitter';
import { onNetworkChange } from './network';
import { Outgoing, type TrackKind } from './outgoing';
import type { Room } from './room';
import { SignalingClient, type SignalingClientOptions, type SignalingState } from './signaling-client';

/** How long candidates are gathered before they travel together: in their description, or in one message. */
const GATHERING_WINDOW_MS = 100;
/** How far ahead of their end credentials are renewed, of the time that is left to them. */
const RENEW_AHEAD = 0.2;
const RENEW_AGAIN_MS = 30_000;
const RENEW_AT_MOST_EVERY_MS = 1_000;
/** The longest wait that a timer takes. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** What `joinCall` takes beside URL and room. */
export interface JoinCallOptions extends SignalingClientOptions {
  /** What to send: at most one audio and one video track of it. Without it one only receives. */
  stream?: MediaStream;
  /** What the others see of this peer: a JSON object of at most 1 KiB. */
  metadata?: Metadata;
  /** Gives up joining. To leave later, call `leave()`. */
  signal?: AbortSignal;
  /** Default: the global one. Node has none: pass that of the package `@roamhq/wrtc`, say. */
  RTCPeerConnection?: typeof RTCPeerConnection;
  /** Default: the global one. Where there is none, as in Node, every `stream` of a peer is undefined. */
  MediaStream?: typeof MediaStream;
  /** Of every `RTCPeerConnection`, `iceTransportPolicy` for one. `iceServers` are added to those of the server. */
  configuration?: RTCConfiguration;
  /**
   * How long, in milliseconds, ICE candidates are gathered to travel in one message. Less connects sooner where
   * gathering is slow, and costs more messages. Default: 100.
   */
  gatheringWindowMs?: number;
}

/** What `Call.on` tells of, with the arguments of each listener. */
export interface CallEvents {
  /** Those who were there before are announced too, right after `joinCall` has resolved. */
  'peer-joined': [peer: CallPeer];
  /** Its connection is closed. Also told of every peer, with `left`, as this client leaves. */
  'peer-left': [peer: CallPeer, reason: LeaveReason];
  /** Its `state` changed. */
  'peer-state': [peer: CallPeer];
  /** It goes by another `peerId`, and all goes on: it took its place again over another signaling connection. */
  'peer-replaced': [peer: CallPeer, formerId: string];
  /** A track began to come; it is in `stream`, one of `peer.streams`. */
  track: [peer: CallPeer, track: MediaStreamTrack, stream: MediaStream];
  /** The peer stopped sending it: a screen that was shared, for one. */
  'track-ended': [peer: CallPeer, track: MediaStreamTrack];
  /** From now on `peer.send` works. */
  'data-open': [peer: CallPeer];
  /** A message over its data channel: text, or binary data. */
  data: [peer: CallPeer, data: string | ArrayBuffer];
  /** Of the connection to the signaling server. Media and data flow without it. */
  state: [state: SignalingState];
  /** What failed without anyone awaiting it. The call goes on. */
  error: [error: Error];
}

/** A screen, or a part of it, that is being shown to the others. */
export interface ScreenShare {
  /** What is being shown, to show it to oneself. */
  readonly stream: MediaStream;
  /** Also happens as the user stops it by the browser's own means: `ended` tells. */
  stop(): void;
  /** Resolves once it is no longer shown, whoever stopped it. */
  readonly ended: Promise<void>;
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
  readonly #outgoing: Outgoing;
  readonly #host: CallPeerHost;
  readonly #configuration: RTCConfiguration;
  readonly #shares = new Set<ScreenShare>();
  readonly #stopWatching: () => void;
  /** Peers that the server holds for gone, while what they send still comes. */
  readonly #lingering = new Map<CallPeer, LeaveReason>();
  #starting: ReturnType<typeof setTimeout> | undefined;
  #renewing: ReturnType<typeof setTimeout> | undefined;
  #hasLeft = false;

  /** @internal */
  constructor(
    private readonly client: SignalingClient,
    private readonly room: Room,
    options: JoinCallOptions,
  ) {
    super();
    this.#outgoing = new Outgoing(options.stream);
    // One path for all, so that candidates are gathered, and told, once.
    this.#configuration = { bundlePolicy: 'max-bundle', ...options.configuration };
    this.#setIceServers(room.iceServers, room.iceServersExpireAt, options);
    this.#host = {
      room,
      outgoing: this.#outgoing,
      configuration: this.#configuration,
      gatheringWindowMs: options.gatheringWindowMs ?? GATHERING_WINDOW_MS,
      rtc: {
        RTCPeerConnection: options.RTCPeerConnection ?? globalThis.RTCPeerConnection,
        MediaStream: options.MediaStream,
      },
      changed: (peer) => {
        if (this.#peers.get(peer.peerId) === peer) this.emit('peer-state', peer);
        if (peer.state !== 'connected') this.#letGo(peer);
      },
      received: (peer, track, stream) => this.emit('track', peer, track, stream),
      ended: (peer, track) => this.emit('track-ended', peer, track),
      channelOpened: (peer) => this.emit('data-open', peer),
      channelClosed: (peer) => this.#letGo(peer),
      told: (peer, data) => this.emit('data', peer, data),
      startedOver: (peer, offer) => {
        this.#remove(peer, 'gone');
        const another = this.#add(peer.peerId, !offer, peer);
        if (offer) another?.describe(...offer);
      },
      failed: (error) => this.emit('error', error instanceof Error ? error : new Error(String(error))),
    };
    client.on('state', (state) => this.emit('state', state));
    client.on('error', (error) => this.emit('error', error));
    room.on('peer-joined', ({ peerId, replaces }) => {
      // Who comes back under another name to who let go of it is offered to: it does not know.
      if (!replaces || !this.#rename(replaces, peerId)) this.#add(peerId, replaces !== undefined);
    });
    room.on('peer-replaced', ({ peerId }, formerId) => {
      if (!this.#rename(formerId, peerId)) this.#add(peerId, true);
    });
    room.on('peer-left', ({ peerId }, reason) => this.#left(peerId, reason));
    const describe = (description: RTCSessionDescriptionInit, from: string, message: DeliveredMessage) =>
      this.#peers.get(from)?.describe(description, message);
    room.on('offer', describe);
    room.on('answer', describe);
    room.on('candidate', (candidate, from, message) =>
      this.#peers.get(from)?.addCandidate(candidate, message),
    );
    room.on('signal', (data, from, message) => {
      if (data === null && 'asksFor' in message) this.#peers.get(from)?.asked(message as Asking);
    });
    room.on('rejoined', () => {
      this.#setIceServers(room.iceServers, room.iceServersExpireAt, options);
      this.#start([...room.peers.keys()]);
    });
    this.#stopWatching = onNetworkChange(() => {
      client.checkConnection();
      this.restartIce();
    });
    const present = [...room.peers.keys()];
    this.#starting = setTimeout(() => this.#start(present));
  }

  /** As given to `joinCall`. */
  get roomId(): string {
    return this.room.roomId;
  }

  /** Yours. Another one after the signaling connection was lost and found again. */
  get peerId(): string {
    return this.room.peerId;
  }

  /** Whether this client may send, as the server says. Otherwise it only listens: its own tracks go nowhere. */
  get publish(): boolean {
    return this.room.publish;
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

  /** Sends this track as one's own microphone or camera instead of the former, or nothing. */
  async replaceTrack(kind: TrackKind, track: MediaStreamTrack | null): Promise<void> {
    this.#outgoing.setMain(kind, track);
    await Promise.all([...this.#peers.values()].map((peer) => peer.setTrack(kind, track)));
  }

  /**
   * Sends a track beside one's own microphone and camera. It comes to the others in a stream of its own.
   * @param stream to send it within, so that several tracks come together
   */
  addTrack(track: MediaStreamTrack, stream: MediaStream): void {
    this.#outgoing.extra.set(track, stream);
    for (const peer of this.#peers.values()) peer.addTrack(track);
  }

  /** Stops sending a track that was added. The track itself goes on. */
  removeTrack(track: MediaStreamTrack): void {
    this.#outgoing.extra.delete(track);
    for (const peer of this.#peers.values()) peer.removeTrack(track);
  }

  /** Sends silence, or black, in place of one's own microphone or camera; nothing is negotiated. */
  setMuted(kind: TrackKind, muted: boolean): void {
    this.#outgoing.setMuted(kind, muted);
  }

  /** Whether `setMuted` holds for one's own microphone or camera, also while there is none. */
  isMuted(kind: TrackKind): boolean {
    return this.#outgoing.isMuted(kind);
  }

  /**
   * Asks the user for a screen, window or tab and shows it to the others, until `stop()`, `leave()`, or until the user ends
   * it by the browser's own means.
   * @throws DOMException `NotAllowedError` where the user declines
   */
  async shareScreen(options?: DisplayMediaStreamOptions): Promise<ScreenShare> {
    const stream = await navigator.mediaDevices.getDisplayMedia(options);
    let end: () => void;
    const ended = new Promise<void>((resolve) => (end = resolve));
    const stop = () => {
      if (!this.#shares.delete(share)) return;
      for (const track of stream.getTracks()) {
        this.removeTrack(track);
        track.stop();
      }
      end();
    };
    const share: ScreenShare = { stream, stop, ended };
    this.#shares.add(share);
    for (const track of stream.getTracks()) {
      this.addTrack(track, stream);
      track.addEventListener('ended', stop);
    }
    if (this.#hasLeft) stop();
    return share;
  }

  /** Looks for a path to every peer anew. Done by itself where one fails, and where the network changes. */
  restartIce(): void {
    for (const peer of this.#peers.values()) peer.restartIce();
  }

  /**
   * Leaves and closes every connection. The tracks of one's own stream go on: they were not the call's.
   * Resolves once the server knows, or cannot be told.
   */
  async leave(): Promise<void> {
    if (this.#hasLeft) return;
    this.#hasLeft = true;
    clearTimeout(this.#starting);
    clearTimeout(this.#renewing);
    this.#stopWatching();
    for (const share of this.#shares) share.stop();
    const left = this.room.leave().catch(() => undefined);
    for (const peer of [...this.#peers.values()]) this.#remove(peer, 'left');
    await left;
    this.client.close();
  }

  #start(peerIds: string[]): void {
    for (const peerId of peerIds) this.#add(peerId, true);
  }

  #add(peerId: string, isOfferer: boolean, former?: CallPeer): CallPeer | undefined {
    // Who is asked to start over may have left the room meanwhile: nothing would tell that it is gone.
    if (this.#hasLeft || this.#peers.has(peerId) || !this.room.peers.has(peerId)) return undefined;
    let peer: CallPeer;
    try {
      peer = new CallPeer(this.#host, peerId, isOfferer, former);
    } catch (error) {
      // What it is made with is the page's own: the platform refuses some of it.
      this.#host.failed(error);
      return undefined;
    }
    this.#peers.set(peerId, peer);
    this.emit('peer-joined', peer);
    return peer;
  }

  #rename(formerId: string, peerId: string): boolean {
    const peer = this.#peers.get(formerId);
    if (!peer) return false;
    const other = this.#peers.get(peerId);
    if (other) this.#remove(other, 'gone');
    this.#lingering.delete(peer);
    this.#peers.delete(formerId);
    this.#peers.set(peerId, peer);
    peer.rename(peerId);
    this.emit('peer-replaced', peer, formerId);
    return true;
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

  /** Those that come are for connections to come, and for the next ICE restart of those there are. */
  #setIceServers(
    iceServers: RTCIceServer[],
    expireAt: number | undefined,
    { configuration }: Pick<JoinCallOptions, 'configuration'>,
  ): void {
    this.#configuration.iceServers = [...iceServers, ...(configuration?.iceServers ?? [])];
    for (const { connection } of this.#peers.values()) connection.setConfiguration(this.#configuration);
    clearTimeout(this.#renewing);
    if (expireAt === undefined || this.#hasLeft) return;
    const renew = async () => {
      try {
        const { iceServers, expiresAt } = await this.client.iceServers();
        this.#setIceServers(iceServers, expiresAt, { configuration });
      } catch {
        if (!this.#hasLeft) this.#renewing = setTimeout(() => void renew(), RENEW_AGAIN_MS);
      }
    };
    const left = expireAt * 1000 - Date.now();
    // What has ended as it comes has only by this machine's clock, which is wrong: the next would look no better.
    const wait = left > 0 ? Math.max(left * (1 - RENEW_AHEAD), RENEW_AT_MOST_EVERY_MS) : RENEW_AGAIN_MS;
    this.#renewing = setTimeout(() => void renew(), Math.min(wait, LONGEST_TIMER_MS));
  }
}

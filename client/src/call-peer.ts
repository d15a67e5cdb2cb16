// One peer of a call: an RTCPeerConnection, negotiated perfectly (W3C WebRTC, section "Perfect Negotiation
// Example"), with everything done to it one after the other.
import type { DeliveredMessage, Metadata, PeerInfo } from '../../protocol/messages';
import { KINDS, type Outgoing, type TrackKind } from './outgoing';
import { type Path, pathOf } from './path';
import type { Room } from './room';
import { SignalingError } from './signaling-error';

const CHANNEL = 'data';
/** A frame has at most 32 KiB: where a machine has very many candidates, they travel beside the description, so many at once. */
const MOST_SDP_LENGTH = 24 * 1024;
const MOST_CANDIDATES = 100;
/** After how long an offer without an answer is made again, twice as long each time, and how often. */
const ANSWERED_WITHIN_MS = 4_000;
const MOST_OFFERS = 5;
/** After how long without a path another is looked for, where nothing has said before that it failed. */
const PATH_WITHIN_MS = 15_000;

/**
 * - `connecting`: not connected yet
 * - `connected`
 * - `interrupted`: the path was lost; it may come back by itself, and a new one is being looked for
 * - `closed`
 */
export type CallPeerState = 'connecting' | 'connected' | 'interrupted' | 'closed';

/** What a peer needs of its call. @internal */
export interface CallPeerHost {
  readonly room: Room;
  readonly rtc: { RTCPeerConnection: typeof RTCPeerConnection; MediaStream?: typeof MediaStream };
  readonly configuration: RTCConfiguration;
  readonly gatheringWindowMs: number;
  readonly outgoing: Outgoing;
  changed(peer: CallPeer): void;
  received(peer: CallPeer, track: MediaStreamTrack, stream: MediaStream): void;
  ended(peer: CallPeer, track: MediaStreamTrack): void;
  channelOpened(peer: CallPeer): void;
  channelClosed(peer: CallPeer): void;
  told(peer: CallPeer, data: string | ArrayBuffer): void;
  /** The other's side is another connection than before; with its offer, where it made one. */
  startedOver(peer: CallPeer, offer?: [RTCSessionDescriptionInit, DeliveredMessage]): void;
  failed(error: unknown): void;
}

let sessions = 0;

/** Of two sessions of one client the later is the greater; of two clients' either is. */
function newSession(): string {
  return `${String((sessions += 1)).padStart(9, '0')}.${Math.random().toString(36).slice(2)}`;
}

/**
 * Further fields of a description, since either side may start over with another connection: from which it is, and for
 * which of the other's, where that one is known.
 */
interface Described {
  session?: string;
  forSession?: string;
}

/**
 * Further fields of a `signal` without data, by which one who only listens asks to be offered to, and for which session.
 * @internal
 */
export interface Asking {
  asksFor?: 'offer';
  session?: string;
}

/** A peer of a call. Keep the object rather than its `peerId`, which changes as the peer comes back from an outage. */
export class CallPeer {
  #connection!: RTCPeerConnection;
  #peerId: string;
  #info: PeerInfo | undefined;
  #state: CallPeerState = 'connecting';
  #stream: MediaStream | undefined;
  readonly #tracks = new Map<MediaStreamTrack, MediaStream | undefined>();
  readonly #extraSenders = new Map<MediaStreamTrack, RTCRtpTransceiver>();
  #channel: RTCDataChannel | undefined;
  /** Of this side's connection, and of the other's. The smaller is the polite one. */
  readonly #session = newSession();
  #otherSession: string | undefined;
  /** The last one of the other's that is known, also from a former `CallPeer`. */
  #newest = '';
  /** Whose turn it is at the connection. */
  #turn: Promise<void> = Promise.resolve();
  #isOfferer = false;
  #isAnswerable = false;
  #ignoresOffer = false;
  /** The other's, until there is a description that they belong to. */
  #early: RTCIceCandidateInit[] = [];
  /** Own ones that no description has carried. */
  #late: RTCIceCandidateInit[] = [];
  #sending: ReturnType<typeof setTimeout> | undefined;
  #awaiting: ReturnType<typeof setTimeout> | undefined;
  #stopGathering: (() => void) | undefined;

  /** @internal */
  constructor(
    private readonly host: CallPeerHost,
    peerId: string,
    isOfferer: boolean,
    former?: CallPeer,
  ) {
    this.#peerId = peerId;
    if (former) this.#newest = former.#newest;
    this.#info = host.room.peers.get(peerId);
    this.#connect();
    const { publish } = host.room;
    // Who only listens is offered to, and asks for it where it is not. Two of them have nothing to say.
    if (!publish) {
      if (this.publish) this.#askSoon();
    } else if (!this.publish) this.#start();
    // Who comes offers to those who are there. After an outage on either side both may take the other for the one to do it.
    else if (isOfferer) this.#start();
    else this.#awaiting = setTimeout(() => this.#start(), ANSWERED_WITHIN_MS);
  }

  /**
   * The browser's own. The call negotiates over it: read it, `getStats()` for one, rather than describe it. Where both
   * sides called at once, it may be another one once the peer is `connected`.
   */
  get connection(): RTCPeerConnection {
    return this.#connection;
  }

  /** Another one after the peer's connection to the signaling server was lost and found again. */
  get peerId(): string {
    return this.#peerId;
  }

  /** Also while its signaling is away, and once it has left. */
  get #known(): PeerInfo | undefined {
    return (this.#info = this.host.room.peers.get(this.#peerId) ?? this.#info);
  }

  /** What it said of itself as it joined. */
  get metadata(): Metadata | undefined {
    return this.#known?.metadata;
  }

  /** Who the server's authorizer said it is, where there is one. */
  get userId(): string | undefined {
    return this.#known?.userId;
  }

  /** Whether it may send; otherwise it only listens. Two who only listen stay `connecting`: there is nothing to connect for. */
  get publish(): boolean {
    return this.#known?.publish ?? true;
  }

  /** Its microphone and camera; the same object all along, to which tracks are added as they come. */
  get stream(): MediaStream {
    return (this.#stream ??= this.#newStream(
      [...this.#tracks].filter(([, stream]) => !stream).map(([track]) => track),
    ));
  }

  /** All that it sends: `stream`, then what it sends beside that, a shared screen for one. */
  get streams(): readonly MediaStream[] {
    return [this.stream, ...new Set([...this.#tracks.values()].filter((stream) => stream !== undefined))];
  }

  /** Labelled `data`; that of a peer which runs the plain protocol may be labelled otherwise, or not be there. */
  get dataChannel(): RTCDataChannel | undefined {
    return this.#channel;
  }

  /** Of the connection to it, by which media and data flow; not of its signaling. */
  get state(): CallPeerState {
    return this.#state;
  }

  /** The way that media and data take now; undefined while there is none. */
  path(): Promise<Path | undefined> {
    return pathOf(this.connection);
  }

  /**
   * Over the data channel.
   * @throws SignalingError `closed` while that is not open
   */
  send(data: string): void {
    if (this.#channel?.readyState !== 'open') {
      throw new SignalingError(
        'closed',
        `the data channel to ${this.peerId} is not open`,
        this.host.room.roomId,
      );
    }
    this.#channel.send(data);
  }

  /** Looks for a path anew, the former one kept until there is another. Done by itself where it fails. */
  restartIce(): void {
    if (!this.host.room.publish) this.#ask();
    else if (this.#isAnswerable) this.connection.restartIce();
  }

  /** One who only listens asks for an offer: to start with, or for another path. @internal */
  asked({ session }: Asking): void {
    this.#do(() => {
      if (this.#isLate(session)) return;
      if (this.#otherSession === undefined) this.#post();
      else if (this.#otherSession === session) this.restartIce();
      else this.host.startedOver(this);
    });
  }

  /** @internal */
  rename(peerId: string): void {
    this.#peerId = peerId;
  }

  /** @internal */
  describe(description: RTCSessionDescriptionInit, message: DeliveredMessage): void {
    this.#do(async () => {
      const { session, forSession } = message as Described;
      if (this.#isLate(session)) return;
      const isOffer = description.type === 'offer';
      if (forSession !== undefined && forSession !== this.#session) {
        // For one that this side has no more: the other is to hear of this one. An answer from another than is known
        // here means that either answered a former one of the other's, and both would wait for ever.
        if (!this.host.room.publish) this.#ask();
        else if (this.#otherSession === undefined) this.#start();
        else if (this.#state !== 'connected' && (isOffer || session !== this.#otherSession))
          this.host.startedOver(this);
        return;
      }
      if (this.#otherSession !== undefined && session !== this.#otherSession) {
        return this.host.startedOver(this, isOffer ? [description, message] : undefined);
      }
      this.#otherSession = session;
      await (isOffer ? this.#answer(description) : this.#accept(description));
    });
  }

  /** @internal */
  addCandidate(candidate: RTCIceCandidateInit | null, message: DeliveredMessage): void {
    // Nothing needs to be told the end, and some implementations refuse it.
    if (!candidate?.candidate) return;
    this.#do(async () => {
      if (!this.connection.remoteDescription) return void this.#early.push(candidate);
      try {
        await this.connection.addIceCandidate(candidate);
      } catch (error) {
        // Of an offer that was ignored, or spoken to the whole room and meant for another.
        if (!this.#ignoresOffer && message.to !== undefined) throw error;
      }
    });
  }

  /** Sends `track`, or nothing, to this peer from now on. @internal */
  async setTrack(kind: TrackKind, track: MediaStreamTrack | null): Promise<void> {
    const transceiver = this.#transceiver(kind);
    if (!this.host.room.publish) return;
    if (!transceiver) {
      // Before the first description there is none yet; then what the call sends is looked up.
      if (track && this.#isAnswerable) this.#addTransceiver(kind);
      return;
    }
    await transceiver.sender.replaceTrack(track);
    // To stop, nothing need be negotiated.
    if (track && !transceiver.direction.startsWith('send')) transceiver.direction = 'sendrecv';
  }

  /** One beside the main ones. Who has not been offered anything adds it as it answers. @internal */
  addTrack(track: MediaStreamTrack): void {
    const isEarly = !this.#isOfferer && !this.#isAnswerable;
    if (isEarly || this.#extraSenders.has(track) || !this.host.room.publish) return;
    // Where a plain peer offered none of this kind, this one would be taken for the main one.
    const kind = track.kind as TrackKind;
    if (!this.#transceiver(kind)) this.#addTransceiver(kind);
    const streams = [this.host.outgoing.extra.get(track)!];
    this.#extraSenders.set(track, this.connection.addTransceiver(track, { direction: 'sendonly', streams }));
  }

  /** @internal */
  removeTrack(track: MediaStreamTrack): void {
    const transceiver = this.#extraSenders.get(track);
    this.#extraSenders.delete(track);
    if (!transceiver) return;
    // One that was not offered yet, once stopped, has libwebrtc ask for negotiation for ever.
    if (transceiver.mid === null) transceiver.direction = 'inactive';
    else transceiver.stop();
  }

  /** @internal */
  close(): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    clearTimeout(this.#sending);
    clearTimeout(this.#awaiting);
    this.#stopGathering?.();
    this.connection.close();
    this.host.changed(this);
  }

  /** Takes the turn after whatever is being done. */
  #do(step: () => Promise<void> | void): void {
    this.#turn = this.#turn.then(async () => {
      if (this.#state === 'closed') return;
      try {
        await step();
      } catch (error) {
        // Closed in the midst of it.
        if (this.connection.signalingState !== 'closed') this.host.failed(error);
      }
    });
  }

  /** Sent for a connection of the other's before the one that it has: it waited to be sent again, or for what was. */
  #isLate(session: string | undefined): boolean {
    if (session === undefined) return false;
    if (session < this.#newest) return true;
    this.#newest = session;
    return false;
  }

  #connect(): void {
    const connection = new this.host.rtc.RTCPeerConnection(this.host.configuration);
    this.#connection = connection;
    const listen = <Type extends keyof RTCPeerConnectionEventMap>(
      type: Type,
      hear: (event: RTCPeerConnectionEventMap[Type]) => void,
    ) => connection.addEventListener(type, (event) => connection === this.#connection && hear(event));
    listen('negotiationneeded', () => this.#do(() => this.#offer()));
    listen('icecandidate', ({ candidate }) => this.#gathered(candidate));
    listen('connectionstatechange', () => this.#look());
    listen('track', (event) => this.#receive(event));
    listen('datachannel', ({ channel }) => this.#adopt(channel));
  }

  /** Both made the first offer. This side's is forgotten, connection and all: rolled back, it would still ask for what it
   * was to carry, which goes by the other's. */
  #forget(): void {
    this.#connection.close();
    this.#channel = undefined;
    this.#isOfferer = false;
    this.#extraSenders.clear();
    this.#late = [];
    this.#connect();
  }

  #start(): void {
    if (this.#isOfferer) return;
    this.#isOfferer = true;
    this.#adopt(this.connection.createDataChannel(CHANNEL));
    // To receive both kinds from the start, whatever there is to send.
    for (const kind of KINDS) this.#addTransceiver(kind);
    for (const track of this.host.outgoing.extra.keys()) this.addTrack(track);
  }

  /** Until it is offered to, twice as long each time. */
  #askSoon(times = 0): void {
    clearTimeout(this.#awaiting);
    this.#awaiting = setTimeout(
      () => {
        if (this.#isAnswerable || this.#state === 'closed') return;
        this.#ask();
        if (times + 1 < MOST_OFFERS) this.#askSoon(times + 1);
      },
      ANSWERED_WITHIN_MS * 2 ** times,
    );
  }

  #ask(): void {
    if (!this.publish) return;
    const asking: Asking = { asksFor: 'offer', session: this.#session };
    this.host.room.post({ type: 'signal', data: null, to: this.peerId, ...asking });
  }

  async #offer(): Promise<void> {
    // Asked for again once stable.
    if (this.connection.signalingState !== 'stable' || !this.host.room.publish) return;
    await this.#describeSelf();
  }

  async #answer(offer: RTCSessionDescriptionInit): Promise<void> {
    const isGlare = this.connection.signalingState !== 'stable';
    // A peer that runs the plain protocol knows no politeness: whatever it offers, it takes an offer.
    const isPolite = this.#otherSession !== undefined && this.#session < this.#otherSession;
    this.#ignoresOffer = isGlare && !isPolite;
    if (this.#ignoresOffer) return;
    clearTimeout(this.#awaiting);
    if (isGlare && !this.#isAnswerable) this.#forget();
    // Browsers would do it by themselves; not every implementation for Node does.
    else if (isGlare) await this.connection.setLocalDescription({ type: 'rollback' });
    await this.connection.setRemoteDescription(offer);
    if (!this.#isAnswerable) {
      this.#isAnswerable = true;
      const { main, extra } = this.host.outgoing;
      for (const [kind, track] of main) await this.setTrack(kind, track);
      for (const track of extra.keys()) this.addTrack(track);
    }
    await this.#addEarly();
    await this.#describeSelf();
    this.#seekPath();
  }

  async #accept(answer: RTCSessionDescriptionInit): Promise<void> {
    if (this.connection.signalingState !== 'have-local-offer') return;
    await this.connection.setRemoteDescription(answer);
    this.#isAnswerable = true;
    await this.#addEarly();
    this.#sendSoon();
    this.#seekPath();
  }

  async #addEarly(): Promise<void> {
    for (const candidate of this.#early.splice(0)) await this.connection.addIceCandidate(candidate);
  }

  /** Offers or answers, as the state asks for, with what candidates there are soon. */
  async #describeSelf(): Promise<void> {
    const { connection } = this;
    const isAnswer = connection.signalingState === 'have-remote-offer';
    // Said in full, since not every implementation for Node knows the short form.
    await connection.setLocalDescription(
      await (isAnswer ? connection.createAnswer() : connection.createOffer()),
    );
    await this.#gather();
    this.#post();
  }

  /** What this side describes itself as now. An offer that stays unanswered may not have arrived. */
  #post(times = 1): void {
    const description = this.connection.localDescription;
    if (this.#state === 'closed' || !description) return;
    const { type } = description;
    let { sdp } = description;
    if (sdp.length > MOST_SDP_LENGTH) sdp = sdp.replace(/a=candidate:.*\r\n/g, '');
    else this.#late = [];
    const about = { to: this.peerId, session: this.#session, forSession: this.#otherSession };
    if (type === 'answer') this.host.room.post({ type, answer: { type, sdp }, ...about });
    if (type === 'offer') {
      this.host.room.post({ type, offer: { type, sdp }, ...about });
      clearTimeout(this.#awaiting);
      const again = () => {
        if (this.connection.signalingState !== 'have-local-offer') return;
        this.host.room.catchUp(this.peerId);
        this.#post(times + 1);
      };
      if (times < MOST_OFFERS) this.#awaiting = setTimeout(again, ANSWERED_WITHIN_MS * 2 ** (times - 1));
    }
    this.#sendSoon();
  }

  async #gather(): Promise<void> {
    const { connection } = this;
    if (connection.iceGatheringState === 'complete') return;
    await new Promise<void>((resolve) => {
      const look = () => connection.iceGatheringState === 'complete' && stop();
      const timer = setTimeout(() => stop(), this.host.gatheringWindowMs);
      const stop = (this.#stopGathering = () => {
        clearTimeout(timer);
        connection.removeEventListener('icegatheringstatechange', look);
        resolve();
      });
      connection.addEventListener('icegatheringstatechange', look);
    });
  }

  #gathered(candidate: RTCIceCandidate | null): void {
    if (!candidate?.candidate) return;
    this.#late.push(candidate.toJSON());
    this.#sendSoon();
  }

  /** Not before the other has described itself: until then nothing can come of them, and it is not known how it
   * takes them. */
  #sendSoon(): void {
    if (this.#sending !== undefined || this.#late.length === 0 || !this.connection.remoteDescription) return;
    this.#sending = setTimeout(() => {
      this.#sending = undefined;
      this.#do(() => {
        const candidates = this.#late.splice(0, MOST_CANDIDATES);
        this.#sendSoon();
        const { room } = this.host;
        const to = this.peerId;
        if (!room.numbers(to))
          for (const candidate of candidates) room.post({ type: 'ice-candidate', candidate, to });
        else if (candidates.length > 0) room.post({ type: 'ice-candidates', candidates, to });
      });
    }, this.host.gatheringWindowMs);
  }

  #look(): void {
    const { connectionState } = this.connection;
    if (this.#state === 'closed') return;
    if (connectionState === 'closed') return this.close();
    this.#seekPath(connectionState === 'failed' ? 0 : PATH_WITHIN_MS);
    const isInterrupted = connectionState === 'disconnected' || connectionState === 'failed';
    const state = isInterrupted
      ? 'interrupted'
      : connectionState === 'connected'
        ? 'connected'
        : 'connecting';
    if (state === this.#state) return;
    this.#state = state;
    this.host.changed(this);
  }

  /**
   * Both sides see that there is none: who offered does something about it, the other where nothing comes of that. Some
   * implementations tell no failure, or try for ever a path to who never answers. A description that was just taken has
   * its time, though the state may still be that of the path before it.
   */
  #seekPath(withinMs = PATH_WITHIN_MS): void {
    const { connection } = this;
    // Until then there is nothing to look anew for; an offer is made again by itself.
    if (!this.#isAnswerable || connection.signalingState !== 'stable') return;
    clearTimeout(this.#awaiting);
    if (connection.connectionState === 'connected') return;
    this.#awaiting = setTimeout(
      () => connection.connectionState !== 'connected' && this.restartIce(),
      withinMs + (this.#isOfferer ? 0 : ANSWERED_WITHIN_MS),
    );
  }

  #receive({ track, streams, transceiver }: RTCTrackEvent): void {
    const isMain = transceiver === this.#transceiver(track.kind as TrackKind);
    const stream = isMain ? undefined : (streams[0] ?? this.#newStream([track]));
    if (!this.#tracks.has(track)) {
      this.#tracks.set(track, stream);
      if (isMain) this.#stream?.addTrack(track);
      const ended = () => {
        if (this.#tracks.delete(track) && this.#state !== 'closed') this.host.ended(this, track);
      };
      track.addEventListener('ended', ended);
      // Where the platform does not tell.
      if (!isMain) {
        this.connection.addEventListener('signalingstatechange', () => {
          const { direction, currentDirection } = transceiver;
          if (direction === 'stopped' || currentDirection === 'inactive' || currentDirection === 'stopped')
            ended();
        });
      }
    }
    this.host.received(this, track, stream ?? this.stream);
  }

  /** After glare there may be two, one of each side: what comes over either counts. */
  #adopt(channel: RTCDataChannel): void {
    channel.binaryType = 'arraybuffer';
    channel.addEventListener('message', ({ data }) => this.host.told(this, data as string | ArrayBuffer));
    const open = () => {
      if (this.#channel?.readyState === 'open' && this.#channel !== channel) return;
      this.#channel = channel;
      this.host.channelOpened(this);
    };
    channel.addEventListener('close', () => this.#channel === channel && this.host.channelClosed(this));
    this.#channel ??= channel;
    if (channel.readyState === 'open') open();
    else channel.addEventListener('open', open);
  }

  /** The main one of its kind is the first, on either side. */
  #transceiver(kind: TrackKind): RTCRtpTransceiver | undefined {
    return this.connection
      .getTransceivers()
      .find(({ receiver, direction }) => receiver.track.kind === kind && direction !== 'stopped');
  }

  #addTransceiver(kind: TrackKind): void {
    const { stream, main } = this.host.outgoing;
    const track = main.get(kind);
    const direction = track ? 'sendrecv' : 'recvonly';
    this.connection.addTransceiver(track ?? kind, { direction, streams: track && stream ? [stream] : [] });
  }

  #newStream(tracks: MediaStreamTrack[]): MediaStream {
    const { MediaStream = (globalThis as Partial<CallPeerHost['rtc']>).MediaStream } = this.host.rtc;
    // In Node there is none by itself, and who only listens for tracks needs none.
    return MediaStream ? new MediaStream(tracks) : (undefined as unknown as MediaStream);
  }
}

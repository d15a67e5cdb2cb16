// One peer of a call: an RTCPeerConnection, negotiated perfectly (W3C WebRTC, section "Perfect Negotiation
// Example"), with everything done to it one after the other.
import type { DeliveredMessage, Metadata } from '../../protocol/messages';
import type { Room } from './room';
import { SignalingError } from './signaling-error';

/** How long candidates are gathered before they travel together: in their description, or in one message. */
const GATHERING_MS = 100;
const CHANNEL = 'data';
const KINDS = ['audio', 'video'] as const;

export type TrackKind = (typeof KINDS)[number];

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
  readonly stream: MediaStream | undefined;
  readonly tracks: ReadonlyMap<TrackKind, MediaStreamTrack>;
  changed(peer: CallPeer): void;
  received(peer: CallPeer, track: MediaStreamTrack): void;
  channelOpened(peer: CallPeer): void;
  channelClosed(peer: CallPeer): void;
  told(peer: CallPeer, data: string | ArrayBuffer): void;
  failed(error: unknown): void;
}

export class CallPeer {
  readonly connection: RTCPeerConnection;
  #state: CallPeerState = 'connecting';
  #stream: MediaStream | undefined;
  #channel: RTCDataChannel | undefined;
  /** Whose turn it is at the connection. */
  #turn: Promise<void> = Promise.resolve();
  #isAnswerable = false;
  #ignoresOffer = false;
  /** The other's, until there is a description that they belong to. */
  #early: RTCIceCandidateInit[] = [];
  /** Own ones that no description has carried. */
  #late: RTCIceCandidateInit[] = [];
  #sending: ReturnType<typeof setTimeout> | undefined;
  #stopGathering: (() => void) | undefined;

  /** @internal */
  constructor(
    private readonly host: CallPeerHost,
    readonly peerId: string,
    /** Who comes offers to those who are there. */
    isOfferer: boolean,
  ) {
    const connection = new host.rtc.RTCPeerConnection({ iceServers: host.room.iceServers });
    this.connection = connection;
    connection.addEventListener('negotiationneeded', () => this.#do(() => this.#offer()));
    connection.addEventListener('icecandidate', ({ candidate }) => this.#gathered(candidate));
    connection.addEventListener('connectionstatechange', () => this.#look());
    connection.addEventListener('track', ({ track }) => this.#receive(track));
    connection.addEventListener('datachannel', ({ channel }) => this.#adopt(channel));
    if (isOfferer) {
      this.#adopt(connection.createDataChannel(CHANNEL));
      // To receive both kinds from the start, whatever there is to send.
      for (const kind of KINDS) this.#addTransceiver(kind);
    }
  }

  /** What it said of itself as it joined. */
  get metadata(): Metadata | undefined {
    return this.host.room.peers.get(this.peerId)?.metadata;
  }

  /** Who the server's authorizer said it is, where there is one. */
  get userId(): string | undefined {
    return this.host.room.peers.get(this.peerId)?.userId;
  }

  /** What it sends; the same object all along, to which tracks are added as they come. */
  get stream(): MediaStream {
    if (!this.#stream) {
      const { MediaStream = globalThis.MediaStream } = this.host.rtc;
      this.#stream = new MediaStream(
        this.connection
          .getReceivers()
          .map(({ track }) => track)
          .filter((track) => this.#tracks.has(track)),
      );
    }
    return this.#stream;
  }

  /** Labelled `data`; that of a peer which runs the plain protocol may be labelled otherwise, or not be there. */
  get dataChannel(): RTCDataChannel | undefined {
    return this.#channel;
  }

  get state(): CallPeerState {
    return this.#state;
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

  /** @internal */
  describe(description: RTCSessionDescriptionInit, message: DeliveredMessage): void {
    this.#do(() =>
      description.type === 'offer' ? this.#answer(description, message) : this.#accept(description),
    );
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
    if (!transceiver) {
      // Before the first description there is none yet; then what the call sends is looked up.
      if (track && this.#isAnswerable) this.#addTransceiver(kind);
      return;
    }
    await transceiver.sender.replaceTrack(track);
    // To stop, nothing need be negotiated.
    if (track && !transceiver.direction.startsWith('send')) transceiver.direction = 'sendrecv';
  }

  /** @internal */
  close(): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    clearTimeout(this.#sending);
    this.#stopGathering?.();
    this.connection.close();
    this.host.changed(this);
  }

  readonly #tracks = new Set<MediaStreamTrack>();

  get #isPolite(): boolean {
    return this.host.room.peerId < this.peerId;
  }

  /** Takes the turn after whatever is being done. */
  #do(step: () => Promise<void> | void): void {
    this.#turn = this.#turn.then(async () => {
      if (this.#state === 'closed') return;
      try {
        await step();
      } catch (error) {
        // Closed in the midst of it, or nobody to tell it to until the connection is back.
        if (this.connection.signalingState !== 'closed') this.host.failed(error);
      }
    });
  }

  async #offer(): Promise<void> {
    // Asked for again once stable.
    if (this.connection.signalingState !== 'stable') return;
    await this.#describeSelf();
  }

  async #answer(offer: RTCSessionDescriptionInit, message: DeliveredMessage): Promise<void> {
    const { connection } = this;
    const isGlare = connection.signalingState !== 'stable';
    // A peer that runs the plain protocol knows no politeness: whatever it offers, it takes an offer.
    this.#ignoresOffer = isGlare && !(this.#isPolite && message.seq !== undefined);
    if (this.#ignoresOffer) return;
    // Browsers would do it by themselves; not every implementation for Node does.
    if (isGlare) await connection.setLocalDescription({ type: 'rollback' });
    await connection.setRemoteDescription(offer);
    if (!this.#isAnswerable) {
      this.#isAnswerable = true;
      for (const [kind, track] of this.host.tracks) await this.setTrack(kind, track);
    }
    await this.#addEarly();
    await this.#describeSelf();
  }

  async #accept(answer: RTCSessionDescriptionInit): Promise<void> {
    if (this.connection.signalingState !== 'have-local-offer') return;
    await this.connection.setRemoteDescription(answer);
    this.#isAnswerable = true;
    await this.#addEarly();
    this.#sendSoon();
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
    const description = connection.localDescription;
    if (this.#state === 'closed' || !description) return;
    this.#late = [];
    const { type, sdp } = description;
    if (type === 'offer') this.host.room.post({ type, offer: { type, sdp }, to: this.peerId });
    if (type === 'answer') this.host.room.post({ type, answer: { type, sdp }, to: this.peerId });
  }

  async #gather(): Promise<void> {
    const { connection } = this;
    if (connection.iceGatheringState === 'complete') return;
    await new Promise<void>((resolve) => {
      const look = () => connection.iceGatheringState === 'complete' && stop();
      const timer = setTimeout(() => stop(), GATHERING_MS);
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
        const late = this.#late.splice(0);
        if (late.length > 0) this.host.room.postCandidates(late, this.peerId);
      });
    }, GATHERING_MS);
  }

  #look(): void {
    const { connectionState } = this.connection;
    if (this.#state === 'closed') return;
    if (connectionState === 'closed') return this.close();
    if (connectionState === 'failed' && !this.#isPolite) this.connection.restartIce();
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

  #receive(track: MediaStreamTrack): void {
    if (!this.#tracks.has(track)) {
      this.#tracks.add(track);
      this.#stream?.addTrack(track);
    }
    this.host.received(this, track);
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

  #transceiver(kind: TrackKind): RTCRtpTransceiver | undefined {
    return this.connection
      .getTransceivers()
      .find(({ receiver, direction }) => receiver.track.kind === kind && direction !== 'stopped');
  }

  #addTransceiver(kind: TrackKind): void {
    const { stream, tracks } = this.host;
    const track = tracks.get(kind);
    const direction = track ? 'sendrecv' : 'recvonly';
    this.connection.addTransceiver(track ?? kind, { direction, streams: track && stream ? [stream] : [] });
  }
}

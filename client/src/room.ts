import type {
  AckMessage,
  ClientMessage,
  DeliveredMessage,
  IceServer,
  LeaveReason,
  Metadata,
  PeerInfo,
  PeerJoinedMessage,
  PeerLeftMessage,
  RegisteredMessage,
  RelayedMessage,
  ServerMessage,
} from '../../protocol/messages';
import { Emitter } from './emitter';
import { Reorder } from './reorder';

/** How many who left are remembered, so that a late word of their joining is not believed. */
const MOST_REMEMBERED = 200;

export interface RoomEvents {
  'peer-joined': [peer: PeerInfo];
  'peer-left': [peer: PeerInfo, reason: LeaveReason];
  offer: [offer: RTCSessionDescriptionInit, from: string, message: DeliveredMessage];
  answer: [answer: RTCSessionDescriptionInit, from: string, message: DeliveredMessage];
  /** One candidate; `null` is the end of candidates. */
  candidate: [candidate: RTCIceCandidateInit | null, from: string, message: DeliveredMessage];
  signal: [data: unknown, from: string, message: DeliveredMessage];
  /**
   * The connection had been lost, and this room was joined again: as a new peer, so `peerId` and `peers` are new
   * and the others take this peer for another.
   */
  rejoined: [];
}

/** What a room needs of its connection. @internal */
export interface RoomConnection {
  request<Answer extends ServerMessage>(message: ClientMessage): Promise<Answer>;
  post(message: ClientMessage): void;
  leaveRoom(room: Room): Promise<void>;
}

/** What a room is sent. @internal */
export type RoomMessage = PeerJoinedMessage | PeerLeftMessage | DeliveredMessage;
/** Of each member of a union by itself, as `Omit` is not. */
type WithoutRoom<T> = T extends unknown ? Omit<T, 'roomId' | 'requestId' | 'seq'> : never;

/**
 * A room that this client is a peer of. `SignalingClient.joinRoom` gives it.
 *
 * What is sent goes to the peer `to`, or to every other peer of the room. Each of the sending methods resolves as
 * the server has passed the message on, and rejects with a `SignalingError` where it did not.
 */
export class Room extends Emitter<RoomEvents> {
  #peerId = '';
  #iceServers: IceServer[] = [];
  #metadata: Metadata | undefined;
  readonly #peers = new Map<string, PeerInfo>();
  /** Those who left, and who this client was before it joined anew. */
  readonly #former = new Set<string>();
  /** Peers that number their messages: they run this client, and take many candidates in one message. */
  readonly #numbering = new Set<string>();
  readonly #sent = new Map<string, number>();
  readonly #orders = new Map<string, Reorder<DeliveredMessage>>();
  /** What arrives between `register` and the moment its caller can have listeners. */
  #early: RoomMessage[] | undefined;
  #releasing: ReturnType<typeof setTimeout> | undefined;

  /** @internal */
  constructor(
    private readonly connection: RoomConnection,
    readonly roomId: string,
  ) {
    super();
  }

  /** Yours. Another one after `rejoined`. */
  get peerId(): string {
    return this.#peerId;
  }

  /** Goes into `new RTCPeerConnection({ iceServers })` as it is. */
  get iceServers(): IceServer[] {
    return this.#iceServers;
  }

  /** The others, by `peerId`. */
  get peers(): ReadonlyMap<string, PeerInfo> {
    return this.#peers;
  }

  sendOffer(offer: RTCSessionDescriptionInit, to?: string): Promise<void> {
    return this.#request({ type: 'offer', offer, to });
  }

  sendAnswer(answer: RTCSessionDescriptionInit, to?: string): Promise<void> {
    return this.#request({ type: 'answer', answer, to });
  }

  /** `null` is the end of candidates. */
  sendIceCandidate(candidate: RTCIceCandidateInit | null, to?: string): Promise<void> {
    return this.#request({ type: 'ice-candidate', candidate, to });
  }

  /** In one message. A peer that runs the plain protocol only understands `sendIceCandidate`. */
  sendIceCandidates(candidates: (RTCIceCandidateInit | null)[], to?: string): Promise<void> {
    return this.#request({ type: 'ice-candidates', candidates, to });
  }

  /** Anything that is JSON. */
  signal(data: unknown, to?: string): Promise<void> {
    return this.#request({ type: 'signal', data, to });
  }

  /** Leaves. The connection stays, for other rooms. */
  async leave(): Promise<void> {
    await this.connection.leaveRoom(this);
  }

  /**
   * Sends without asking for an answer, which spares a message. What the server refuses comes as the client's
   * `error` event.
   * @internal
   */
  post(message: WithoutRoom<RelayedMessage>): void {
    this.connection.post(this.#numbered(message));
  }

  /** Candidates in as few messages as the receiver understands. @internal */
  postCandidates(candidates: RTCIceCandidateInit[], to: string): void {
    if (this.#numbering.has(to)) this.post({ type: 'ice-candidates', candidates, to });
    else for (const candidate of candidates) this.post({ type: 'ice-candidate', candidate, to });
  }

  /** @internal */
  async join(metadata: Metadata | undefined): Promise<void> {
    this.#early ??= [];
    this.#metadata = metadata;
    try {
      const request = { type: 'register', roomId: this.roomId, metadata } as const;
      this.#enter(await this.connection.request<RegisteredMessage>(request));
    } finally {
      this.#releasing ??= setTimeout(() => this.#release());
    }
  }

  /** On a new connection this is a new peer: nothing that was numbered before counts. @internal */
  async rejoin(): Promise<void> {
    this.#forget();
    this.#remember(this.#peerId);
    await this.join(this.#metadata);
    this.emit('rejoined');
  }

  /** @internal */
  receive(message: RoomMessage): void {
    if (this.#early) this.#early.push(message);
    else this.#handle(message);
  }

  /** @internal */
  close(): void {
    this.#forget();
    this.#peers.clear();
  }

  #enter(registered: RegisteredMessage): void {
    const before = [...this.#peers.values()];
    this.#peerId = registered.peerId;
    this.#iceServers = registered.iceServers;
    this.#peers.clear();
    for (const peer of registered.peers)
      if (!this.#former.has(peer.peerId)) this.#peers.set(peer.peerId, peer);
    for (const peer of before) if (!this.#peers.has(peer.peerId)) this.emit('peer-left', peer, 'gone');
  }

  #handle(message: RoomMessage): void {
    if (message.type === 'peer-joined') {
      const { type: _type, roomId: _roomId, ...peer } = message;
      this.#welcome(peer);
    } else if (message.type === 'peer-left') {
      this.#bidFarewell(message);
    } else {
      this.#order(message);
    }
  }

  #welcome(peer: PeerInfo): void {
    const { peerId } = peer;
    if (peerId === this.#peerId || this.#former.has(peerId)) return;
    const isNew = !this.#peers.has(peerId);
    this.#peers.set(peerId, peer);
    if (isNew) this.emit('peer-joined', peer);
  }

  #bidFarewell({ peerId, reason }: PeerLeftMessage): void {
    const peer = this.#peers.get(peerId);
    this.#remember(peerId);
    this.#peers.delete(peerId);
    this.#orders.get(peerId)?.close();
    this.#orders.delete(peerId);
    this.#sent.delete(peerId);
    this.#numbering.delete(peerId);
    if (peer) this.emit('peer-left', peer, reason);
  }

  #order(message: DeliveredMessage): void {
    const { from } = message;
    if (this.#former.has(from)) return;
    // Its announcement is on the way: two messages may overtake one another.
    if (!this.#peers.has(from)) this.#welcome({ peerId: from, joinedAt: Date.now() });
    if (message.seq !== undefined) this.#numbering.add(from);
    let order = this.#orders.get(from);
    if (!order) this.#orders.set(from, (order = new Reorder((next) => this.#deliver(next))));
    order.receive(message);
  }

  #deliver(message: DeliveredMessage): void {
    const { from } = message;
    const candidate = (each: unknown) => this.emit('candidate', each as RTCIceCandidateInit, from, message);
    switch (message.type) {
      case 'offer':
        return this.emit('offer', description('offer', message.offer), from, message);
      case 'answer':
        return this.emit('answer', description('answer', message.answer), from, message);
      case 'ice-candidate':
        return candidate(message.candidate);
      case 'ice-candidates':
        return message.candidates.forEach(candidate);
      case 'signal':
        return this.emit('signal', message.data, from, message);
    }
  }

  #release(): void {
    this.#releasing = undefined;
    const early = this.#early ?? [];
    this.#early = undefined;
    for (const message of early) this.#handle(message);
  }

  async #request(message: WithoutRoom<RelayedMessage>): Promise<void> {
    await this.connection.request<AckMessage>(this.#numbered(message));
  }

  #numbered(message: WithoutRoom<RelayedMessage>): RelayedMessage {
    const { to } = message;
    const sent = { ...message, roomId: this.roomId } as RelayedMessage;
    if (to === undefined) return sent;
    const seq = (this.#sent.get(to) ?? 0) + 1;
    this.#sent.set(to, seq);
    return { ...sent, seq };
  }

  #remember(peerId: string): void {
    this.#former.add(peerId);
    const [oldest] = this.#former;
    if (this.#former.size > MOST_REMEMBERED) this.#former.delete(oldest);
  }

  #forget(): void {
    clearTimeout(this.#releasing);
    this.#releasing = undefined;
    this.#early = undefined;
    for (const order of this.#orders.values()) order.close();
    this.#orders.clear();
    this.#sent.clear();
    this.#numbering.clear();
  }
}

/** Some clients send the bare SDP. */
function description(type: RTCSdpType, value: unknown): RTCSessionDescriptionInit {
  return typeof value === 'string' ? { type, sdp: value } : (value as RTCSessionDescriptionInit);
}

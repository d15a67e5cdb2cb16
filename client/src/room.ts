import type {
  AckMessage,
  DeliveredMessage,
  IceServer,
  LeaveReason,
  Metadata,
  PeerInfo,
  PeerJoinedMessage,
  PeerLeftMessage,
  RegisteredMessage,
  RelayedMessage,
} from '../../protocol/messages';
import type { Connection } from './connection';
import { Emitter } from './emitter';
import { type Kept, PeerLink } from './peer-link';
import { notConnected, SignalingError } from './signaling-error';

/** How many former names are remembered, so that a late word of them is not believed, and who comes back is known. */
const MOST_REMEMBERED = 200;
/** How long who speaks may be announced later. */
const ANNOUNCED_WITHIN_MS = 500;

/** What `Room.on` tells of, with the arguments of each listener. `from` is the sender's `peerId`. */
export interface RoomEvents {
  /** With `replaces` it is one who had left: the same client, back after its connection was lost. */
  'peer-joined': [peer: PeerInfo];
  /** With `disconnected` or `gone` it may come back. */
  'peer-left': [peer: PeerInfo, reason: LeaveReason];
  /** A peer goes by another `peerId` from now on: it took its place again over another connection. */
  'peer-replaced': [peer: PeerInfo, formerId: string];
  /** Also of a peer that sends the bare SDP. `message` is all that it sent. */
  offer: [offer: RTCSessionDescriptionInit, from: string, message: DeliveredMessage];
  /** As with `offer`. */
  answer: [answer: RTCSessionDescriptionInit, from: string, message: DeliveredMessage];
  /** One candidate; `null` is the end of candidates. */
  candidate: [candidate: RTCIceCandidateInit | null, from: string, message: DeliveredMessage];
  /** What the peer gave to `signal`. */
  signal: [data: unknown, from: string, message: DeliveredMessage];
  /**
   * This client took its place again over another connection: `peerId` is new. The others know it for the same. Told
   * after `peer-left` and `peer-replaced`, and ahead of `peer-joined`, of those who left and came meanwhile.
   */
  rejoined: [];
}

/** What a room is sent. @internal */
export type RoomMessage = PeerJoinedMessage | PeerLeftMessage | DeliveredMessage;
/** Of each member of a union by itself, as `Omit` is not. */
type WithoutRoom<T> = T extends unknown ? Omit<T, 'roomId' | 'requestId' | 'seq'> : never;
/** What one SDK client tells another of the messages between them; the server knows nothing of it. */
type Receipt = DeliveredMessage & { data?: unknown; received?: unknown; asks?: unknown };

/**
 * A room that this client is a peer of. `SignalingClient.joinRoom` gives it.
 *
 * What is sent goes to the peer `to`, or to every other peer of the room. Each of the sending methods resolves as
 * the server has passed the message on, and rejects with a `SignalingError` where it did not. What is sent to one
 * peer while either is without a connection waits for it, and arrives once.
 */
export class Room extends Emitter<RoomEvents> {
  /** Of the last time. */
  #registered: Omit<RegisteredMessage, 'type' | 'roomId'> = { peerId: '', peers: [], iceServers: [] };
  #metadata: Metadata | undefined;
  readonly #peers = new Map<string, PeerInfo>();
  /** By every name of a peer; also of those who left, and may come back. */
  readonly #links = new Map<string, PeerLink>();
  /** Names that nobody goes by any more, with when who did had joined: it may join anew. */
  readonly #former = new Map<string, number>();
  /** From those who are not announced yet. */
  readonly #unannounced = new Map<string, DeliveredMessage[]>();
  /** Over which this client is in the room. */
  #connection: Connection | undefined;
  #isClosed = false;
  #joining: Promise<void> | undefined;
  /** What arrives between `register` and the moment its caller can have listeners. */
  #early: RoomMessage[] | undefined;
  readonly #timers = new Set<ReturnType<typeof setTimeout>>();

  /** @internal */
  constructor(
    /** As given to `joinRoom`. */
    readonly roomId: string,
    private readonly left: (room: Room) => void,
  ) {
    super();
  }

  /** Yours. Another one after `rejoined`. */
  get peerId(): string {
    return this.#registered.peerId;
  }

  /** Goes into `new RTCPeerConnection({ iceServers })` as it is. */
  get iceServers(): IceServer[] {
    return this.#registered.iceServers;
  }

  /** Until when `iceServers` hold, Unix seconds, where their credentials expire. `SignalingClient.iceServers` renews them. */
  get iceServersExpireAt(): number | undefined {
    return this.#registered.expiresAt;
  }

  /** Whether you may send to the others of your own accord, as the server says; otherwise you only listen. */
  get publish(): boolean {
    return this.#registered.publish !== false;
  }

  /** The others, by `peerId`. */
  get peers(): ReadonlyMap<string, PeerInfo> {
    return this.#peers;
  }

  /** Answered by the peer's `answer` event. */
  sendOffer(offer: RTCSessionDescriptionInit, to?: string): Promise<void> {
    return this.#request({ type: 'offer', offer, to });
  }

  /** To who sent the offer. */
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
    const connection = this.#connection;
    this.left(this);
    // Without a connection there is no membership.
    if (connection?.isOpen) await connection.request({ type: 'leave', roomId: this.roomId });
  }

  /**
   * Sends without asking for an answer, which spares a message. What the server refuses comes as the client's
   * `error` event.
   * @internal
   */
  post(message: WithoutRoom<RelayedMessage> & { to: string }): void {
    const link = this.#links.get(message.to);
    if (link) this.#transmit(link, link.keep(this.#complete(message)));
  }

  /** After something may have been lost: each says what it has had. @internal */
  catchUp(peerId: string): void {
    const link = this.#links.get(peerId);
    if (!link) return;
    this.#flush(link, link.unsettled);
    this.#tell(link);
  }

  /** Whether a peer runs this client: then it takes many candidates in one message. @internal */
  numbers(peerId: string): boolean | undefined {
    return this.#links.get(peerId)?.isNumbering;
  }

  /** @internal */
  join(connection: Connection, metadata: Metadata | undefined): Promise<void> {
    return (this.#joining = this.#join(connection, metadata));
  }

  async #join(connection: Connection, metadata: Metadata | undefined): Promise<void> {
    const isNew = !this.#connection;
    this.#early ??= [];
    this.#metadata = metadata;
    try {
      const request = {
        type: 'register',
        roomId: this.roomId,
        metadata,
        resume: this.#registered.resume,
      } as const;
      const registered = await connection.request<RegisteredMessage>(request);
      if (this.#isClosed) {
        connection.request({ type: 'leave', roomId: this.roomId }).catch(() => undefined);
        return;
      }
      this.#connection = connection;
      if (isNew) this.#enter(registered);
    } finally {
      this.#after(0, () => {
        const early = this.#early ?? [];
        this.#early = undefined;
        for (const message of early) this.receive(message);
      });
    }
  }

  /** Takes the former place, from another connection. @internal */
  async rejoin(connection: Connection): Promise<void> {
    // The token of one that is under way, without which this client would be there twice.
    await this.#joining?.catch(() => undefined);
    // What is sent from now on waits: over the former connection it might be refused.
    this.#connection = undefined;
    await this.join(connection, this.#metadata);
  }

  /** @internal */
  lost(connection: Connection): void {
    if (this.#connection === connection) this.#connection = undefined;
  }

  /** @internal */
  receive(message: RoomMessage): void {
    if (this.#early) {
      this.#early.push(message);
    } else if (message.type === 'peer-joined') {
      const { type: _type, roomId: _roomId, ...peer } = message;
      this.#welcome(peer);
    } else if (message.type === 'peer-left') {
      this.#part(message);
    } else if (message.from) {
      this.#order(message);
    }
  }

  /** @internal */
  close(): void {
    this.#isClosed = true;
    this.#connection = this.#early = undefined;
    for (const timer of this.#timers) clearTimeout(timer);
    for (const link of this.#links.values()) link.depart(notConnected());
    this.#links.clear();
    this.#peers.clear();
  }

  #enter(registered: RegisteredMessage): void {
    const { peers } = registered;
    const former = this.peerId;
    this.#forget(former);
    this.#registered = registered;
    const added = peers.filter((peer) => this.#admit(peer));
    for (const peerId of [...this.#peers.keys()]) {
      if (!peers.some((peer) => peer.peerId === peerId)) this.#part({ peerId, reason: 'gone' });
    }
    if (!former) return;
    for (const peerId of this.#peers.keys()) this.catchUp(peerId);
    this.emit('rejoined');
    for (const peer of added) this.emit('peer-joined', peer);
  }

  #welcome(peer: PeerInfo): void {
    if (this.#admit(peer)) this.emit('peer-joined', peer);
    for (const message of this.#unannounced.get(peer.peerId) ?? []) this.#order(message);
    this.#unannounced.delete(peer.peerId);
  }

  /** Whether the peer is to be announced as new here. */
  #admit(peer: PeerInfo): boolean {
    const { peerId } = peer;
    if (peerId === this.peerId || peer.joinedAt <= (this.#former.get(peerId) ?? 0)) {
      // Whose place it took left with it.
      if (peer.replaces) this.#part({ peerId: peer.replaces, reason: 'gone' });
      return false;
    }
    // Also one whose announcement is still on the way.
    if (peer.replaces) this.#forget(peer.replaces);
    this.#former.delete(peerId);
    const isKnown = this.#peers.has(peerId);
    this.#peers.set(peerId, peer);
    const link = this.#links.get(peerId) ?? this.#linkOfFormer(peer);
    if (!link) {
      this.#links.set(peerId, new PeerLink(peer, this.#deliver, this.#tell));
      return true;
    }
    const formerId = link.peer.peerId;
    link.peer = peer;
    link.hasLeft = false;
    if (formerId === peerId) return !isKnown;
    this.#links.set(peerId, link);
    this.#forget(formerId);
    const wasHere = this.#peers.delete(formerId);
    if (wasHere) this.emit('peer-replaced', peer, formerId);
    else peer.replaces = formerId;
    if (!link.isNumbering) this.#flush(link, link.unsettled);
    return !wasHere;
  }

  /** The server took its word for it, or its token proves it. */
  #linkOfFormer({ replaces, resumes, userId }: PeerInfo): PeerLink | undefined {
    const isProven = ({ peer }: PeerLink) =>
      resumes !== undefined &&
      // It may not have heard of its last return, and come back by the same token.
      (peer.resumeHash === resumes || peer.resumes === resumes) &&
      peer.userId === userId;
    return this.#links.get(replaces ?? '') ?? [...this.#links.values()].find(isProven);
  }

  #part({ peerId, reason }: Pick<PeerLeftMessage, 'peerId' | 'reason'>): void {
    const peer = this.#peers.get(peerId);
    this.#peers.delete(peerId);
    this.#unannounced.delete(peerId);
    this.#forget(peerId, peer?.joinedAt);
    const link = this.#links.get(peerId);
    if (link?.peer.peerId === peerId) {
      link.depart(new SignalingError('peer-not-found', 'it left', this.roomId));
      // It said so: it does not come back.
      if (reason === 'left') this.#links.delete(peerId);
    }
    if (peer) this.emit('peer-left', peer, reason);
  }

  #order(message: DeliveredMessage): void {
    const link = this.#links.get(message.from);
    if (!link) {
      if (!this.#former.has(message.from)) this.#await(message);
      return;
    }
    if (message.seq !== undefined) link.isNumbering = true;
    const { data, received, asks } = message as Receipt;
    if (data !== null || typeof received !== 'number') return link.order.receive(message);
    this.#flush(link, link.acknowledge(received));
    if (asks) this.#tell(link, false);
  }

  /** Its announcement is on the way: two messages may overtake one another. */
  #await(message: DeliveredMessage): void {
    const { from } = message;
    const waiting = this.#unannounced.get(from);
    if (waiting) return void waiting.push(message);
    this.#unannounced.set(from, [message]);
    this.#after(ANNOUNCED_WITHIN_MS, () => {
      if (this.#unannounced.has(from)) this.#welcome({ peerId: from, joinedAt: Date.now() });
    });
  }

  readonly #deliver = (message: DeliveredMessage, link: PeerLink): void => {
    const from = link.peer.peerId;
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
  };

  async #request(message: WithoutRoom<RelayedMessage>): Promise<void> {
    const { to } = message;
    const link = to === undefined ? undefined : this.#links.get(to);
    const complete = this.#complete(message);
    if (link && !link.hasLeft) {
      return new Promise((resolve, reject) => {
        this.#transmit(
          link,
          link.keep(complete, (error) => (error ? reject(error) : resolve())),
        );
      });
    }
    if (this.#isClosed) throw new SignalingError('not-in-room', 'it was left', this.roomId);
    if (!this.#connection) throw notConnected();
    await this.#connection.request<AckMessage>(complete);
  }

  #complete(message: WithoutRoom<RelayedMessage>): RelayedMessage {
    return { ...message, roomId: this.roomId };
  }

  #transmit(link: PeerLink, kept: Kept): void {
    const connection = this.#connection;
    if (!connection?.isOpen || link.hasLeft) return;
    kept.wasSent = true;
    const to = link.peer.peerId;
    const message = { ...kept.message, to };
    if (!kept.done) {
      try {
        connection.post(message);
      } catch (error) {
        // It is too large.
        link.settle(kept, error as SignalingError);
        connection.owner.failed(error as SignalingError);
      }
      return;
    }
    connection.request<AckMessage>(message).then(
      () => link.settle(kept),
      (error: SignalingError) => {
        // Sent again once the place is taken again.
        if (error.code === 'closed') return;
        const end = () => (link.peer.peerId === to ? link.settle(kept, error) : this.#transmit(link, kept));
        // It may be about to be announced by another name.
        if (error.code === 'peer-not-found') this.#after(ANNOUNCED_WITHIN_MS, end);
        else end();
      },
    );
  }

  #flush(link: PeerLink, messages: Kept[]): void {
    for (const kept of messages) this.#transmit(link, kept);
  }

  /** What was received from a peer, so that it sends the rest again; and asks the same of it. */
  readonly #tell = (link: PeerLink, asks = true): void => {
    const { received } = link.order;
    const message = this.#complete({ type: 'signal', to: link.peer.peerId, data: null });
    // Where it fails, what is missing is asked for as it is missed.
    this.#connection?.request(Object.assign(message, { received, asks })).catch(() => undefined);
  };

  #forget(peerId: string, joinedAt = Infinity): void {
    this.#former.set(peerId, joinedAt);
    const [oldest] = this.#former.keys();
    if (this.#former.size <= MOST_REMEMBERED) return;
    this.#former.delete(oldest);
    this.#links.delete(oldest);
  }

  #after(ms: number, run: () => void): void {
    if (this.#isClosed) return;
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      run();
    }, ms);
    this.#timers.add(timer);
  }
}

/** Some clients send the bare SDP. */
function description(type: RTCSdpType, value: unknown): RTCSessionDescriptionInit {
  return typeof value === 'string' ? { type, sdp: value } : (value as RTCSessionDescriptionInit);
}

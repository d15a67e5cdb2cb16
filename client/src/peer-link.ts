import type { DeliveredMessage, PeerInfo, RelayedMessage } from '../../protocol/messages';
import { Reorder } from './reorder';
import type { SignalingError } from './signaling-error';

/** How many of the messages sent last are kept, to be sent again where they were lost. */
const MOST_KEPT = 16;

/** A message on its way. */
export interface Kept {
  message: RelayedMessage & { seq: number };
  wasSent: boolean;
  /** For who waits to hear of it. */
  done?: (error?: SignalingError) => void;
}

/**
 * What goes between this client and one peer, numbered each way. It outlives the connections of both: as either takes
 * its place again it goes on counting, and each tells the other what it has had.
 * @internal
 */
export class PeerLink {
  /** Whether the server holds the peer for gone. It may come back. */
  hasLeft = false;
  /** Whether the peer numbers its messages: then it runs this client, and takes many candidates in one message. */
  isNumbering = false;
  readonly order: Reorder<DeliveredMessage>;
  #sent = 0;
  #kept: Kept[] = [];

  constructor(
    public peer: PeerInfo,
    deliver: (message: DeliveredMessage, link: PeerLink) => void,
    askAgain: (link: PeerLink) => void,
  ) {
    this.order = new Reorder(
      (message) => deliver(message, this),
      () => askAgain(this),
    );
  }

  keep(message: RelayedMessage, done?: Kept['done']): Kept {
    const kept: Kept = { message: { ...message, seq: (this.#sent += 1) }, wasSent: false, done };
    this.#kept.push(kept);
    // Who waits to hear of one has it kept.
    if (this.#kept.length > MOST_KEPT) this.#kept = this.#kept.filter(({ done }, i) => done ?? i > 0);
    return kept;
  }

  /** It arrived, or never will. */
  settle(kept: Kept, error?: SignalingError): void {
    if (error) this.#kept = this.#kept.filter((each) => each !== kept);
    kept.done?.(error);
    kept.done = undefined;
  }

  /** The peer has had all up to this number. What is left is to be sent again. */
  acknowledge(received: number): Kept[] {
    // It still counts from a time that this client has forgotten: what it took for doubles is numbered on from there.
    if (received > this.#sent) {
      this.#sent += received;
      for (const { message } of this.#kept) message.seq += received;
    }
    return (this.#kept = this.#kept.filter((kept) => kept.message.seq > received || void this.settle(kept)));
  }

  /** What the server cannot have passed on. */
  get unsettled(): Kept[] {
    return this.#kept.filter(({ wasSent, done }) => !wasSent || done);
  }

  /** What was sent with nobody waiting to hear of it is kept, for when the peer comes back. */
  depart(why: SignalingError): void {
    this.hasLeft = true;
    this.order.close();
    for (const kept of this.#kept) if (kept.done) this.settle(kept, why);
  }
}

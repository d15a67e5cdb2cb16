// API Gateway does not promise that two messages of one connection are handled in the order sent; `seq` counts
// what a sender sends to one receiver, from 1, so that the receiver can put them back.

/** How long a missing message is waited for, before and after it is asked for, and how many may wait for it. */
const PATIENCE_MS = 1000;
const MOST_HELD = 64;

/** Messages of one sender, handed on in the order of their numbers, each once. */
export class Reorder<Message extends { seq?: number }> {
  #next = 1;
  readonly #held = new Map<number, Message>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** What it was asked for again. */
  #asked = 0;

  constructor(
    private readonly deliver: (message: Message) => void,
    private readonly askAgain: () => void,
  ) {}

  /** The last number up to which none is missing. */
  get received(): number {
    return this.#next - 1;
  }

  receive(message: Message): void {
    const { seq } = message;
    // Who numbers nothing, or speaks to all, has no order to keep.
    if (seq === undefined) return this.deliver(message);
    if (seq < this.#next) return;
    this.#held.set(seq, message);
    if (this.#held.size > MOST_HELD) this.#skip();
    this.#drain();
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#held.clear();
  }

  #drain(): void {
    for (let message; (message = this.#held.get(this.#next));) {
      this.#held.delete(this.#next);
      this.#next += 1;
      this.deliver(message);
    }
    clearTimeout(this.#timer);
    if (this.#held.size === 0) return;
    this.#timer = setTimeout(() => {
      if (this.#asked < this.#next) {
        this.#asked = this.#next;
        this.askAgain();
      } else {
        this.#skip();
      }
      this.#drain();
    }, PATIENCE_MS);
  }

  /** Gives up what is missing. */
  #skip(): void {
    this.#next = Math.min(...this.#held.keys());
  }
}

// How many messages a connection may send. What costs nothing comes first: each execution environment counts in its own
// memory. As a flood is spread over many of them, one that sees more than a share of what is allowed tells the others,
// by the connection's row, and hears what they saw. So a connection that keeps below the share is never written about.

/** `persistently-over`: for so long that the connection is to be closed. */
export type RateVerdict = 'within' | 'over' | 'persistently-over';

export interface MessageRate {
  /** Counts one message of a connection. `receivedAt`: Unix milliseconds. */
  judge(connectionId: string, receivedAt: number): Promise<RateVerdict>;
  /** Milliseconds that the last message of a connection was made to wait for what others were about to do. */
  waited(connectionId: string, ms: number): void;
}

/** What all execution environments saw of a connection. */
export interface RateTotals {
  /** Within the window. */
  messages: number;
  /** Refused in all. */
  refusals: number;
}

export interface RateCounter {
  /** Adds what one environment saw; what all did, or undefined where the connection has ended. */
  add(connectionId: string, window: number, saw: RateTotals): Promise<RateTotals | undefined>;
}

const WINDOW_MS = 10_000;
/**
 * Of what is allowed within a window, what one environment counts for itself: far more than a call takes, and so little that
 * a flood shows in each of many environments.
 */
const SHARE = 1 / 10;
const SHARE_AT_LEAST = 10;
/** What an environment may take for a message. */
const MESSAGE_TAKES_MS = 80;
/** Whatever is allowed: more than this an environment does not see in a window. */
const SHARE_AT_MOST = WINDOW_MS / MESSAGE_TAKES_MS;
/** Past the share, how much of it is told at once. */
const TOLD_AT_ONCE = 1 / 5;
const MOST_CONNECTIONS = 10_000;

interface Seen {
  window: number;
  /** Here, in the window; and how many of them the others were told of. */
  messages: number;
  told: number;
  /** Since the others were told, in the window. An environment that waits sees so many messages fewer of a flood. */
  waitedMs: number;
  /** In the window, as far as they told. */
  byOthers: number;
  /** Here, and not told yet; and in all, as far as is known. */
  refused: number;
  refusedInAll: number;
}

export class SharedMessageRate implements MessageRate {
  /** The one that was heard of last is the last. */
  private readonly seen = new Map<string, Seen>();
  private readonly allowed: number;
  private readonly share: number;
  private readonly toldAtOnce: number;

  constructor(
    maxMessagesPerSecond: number,
    private readonly counter: RateCounter,
  ) {
    this.allowed = maxMessagesPerSecond * (WINDOW_MS / 1000);
    this.share = Math.min(Math.max(Math.ceil(this.allowed * SHARE), SHARE_AT_LEAST), SHARE_AT_MOST);
    this.toldAtOnce = Math.ceil(this.share * TOLD_AT_ONCE);
  }

  async judge(connectionId: string, receivedAt: number): Promise<RateVerdict> {
    const seen = this.of(connectionId, Math.floor(receivedAt / WINDOW_MS));
    // Those that come while the others are told do not count against this one.
    const mine = (seen.messages += 1);
    let isOver = mine + seen.byOthers > this.allowed;
    if (isOver) seen.refused += 1;
    const untold = seen.messages - seen.told + seen.waitedMs / MESSAGE_TAKES_MS;
    if (untold >= (seen.told === 0 ? this.share : this.toldAtOnce)) {
      await this.tell(connectionId, seen);
      if (!isOver && mine + seen.byOthers > this.allowed) {
        isOver = true;
        seen.refused += 1;
      }
    }
    if (!isOver) return 'within';
    // As much as it may send in a window was refused: it does not heed.
    return seen.refusedInAll + seen.refused > this.allowed ? 'persistently-over' : 'over';
  }

  waited(connectionId: string, ms: number): void {
    const seen = this.seen.get(connectionId);
    if (seen) seen.waitedMs += ms;
  }

  private of(connectionId: string, window: number): Seen {
    const seen = this.seen.get(connectionId) ?? {
      window,
      messages: 0,
      told: 0,
      waitedMs: 0,
      byOthers: 0,
      refused: 0,
      refusedInAll: 0,
    };
    // One that was overtaken by the next window counts in that.
    if (seen.window < window) Object.assign(seen, { window, messages: 0, told: 0, waitedMs: 0, byOthers: 0 });
    this.seen.delete(connectionId);
    this.seen.set(connectionId, seen);
    if (this.seen.size > MOST_CONNECTIONS) {
      const [oldest] = this.seen.keys();
      this.seen.delete(oldest);
    }
    return seen;
  }

  private async tell(connectionId: string, seen: Seen): Promise<void> {
    const { window } = seen;
    const saw = { messages: seen.messages - seen.told, refusals: seen.refused };
    // Ahead of the request, so that what comes meanwhile is not told twice.
    seen.told = seen.messages;
    seen.waitedMs = 0;
    seen.refused = 0;
    seen.refusedInAll += saw.refusals;
    let totals: RateTotals | undefined;
    try {
      totals = await this.counter.add(connectionId, window, saw);
    } catch {
      // What was seen here still counts here.
      return;
    }
    if (!totals) return;
    seen.refusedInAll = Math.max(seen.refusedInAll, totals.refusals);
    if (seen.window === window) seen.byOthers = Math.max(0, totals.messages - seen.told);
  }
}

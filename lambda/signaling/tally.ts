/** What the handling of one event came to, in numbers. */
export interface Tally {
  /** Peers that were let into a room, anew. */
  peersJoined: number;
  /** Peers that took their former place over another connection. */
  peersResumed: number;
  /** Peers that left a room, or whose connection was told to have ended. */
  peersLeft: number;
  /** Peers that were found gone. */
  peersEvicted: number;
  /** Messages that peers took, one for each peer. */
  messagesRelayed: number;
  /** Messages that a peer did not take, though nothing says that it has gone. */
  relayFailures: number;
  /** When the last message was relayed, Unix milliseconds. */
  relayedAt?: number;
}

export function emptyTally(): Tally {
  return {
    peersJoined: 0,
    peersResumed: 0,
    peersLeft: 0,
    peersEvicted: 0,
    messagesRelayed: 0,
    relayFailures: 0,
  };
}

import type { PeerInfo, ServerMessage } from '../../protocol/messages';
import type { MessageRate } from './message-rate';
import type { PeerChannel } from './peer-channel';
import type { Connection, Peer, RoomStore } from './room-store';
import { emptyTally } from './tally';

export interface Clock {
  /** Unix milliseconds. */
  now(): number;
  sleep(ms: number): Promise<void>;
}

/** All that the service stands on. */
export interface Signaling {
  store: RoomStore;
  channel: PeerChannel;
  clock: Clock;
  /** Absent: a connection may send any number of messages. */
  rate?: MessageRate;
}

/** The longest that a phase may take; past it, the handler that set it is taken for dead. */
export const PHASE_TAKES_AT_MOST_MS = 10_000;

/** How long to wait before looking again at a row that another handler is about to change. */
export const LOOK_AGAIN_MS = 50;

/**
 * The handling of one event: the one place that reads a room and the one that reaches a peer. Connections
 * that turn out dead on the way are gathered in `dead`, to be ended when the event's own work is done.
 */
export class Operation {
  readonly dead = new Set<string>();
  readonly tally = emptyTally();
  /** How long it has waited for what other handlers were about to do. */
  waitedMs = 0;
  readonly store: RoomStore;
  readonly clock: Clock;
  private readonly channel: PeerChannel;

  constructor(
    signaling: Signaling,
    readonly connection: Connection,
  ) {
    this.store = signaling.store;
    const { clock } = signaling;
    this.clock = {
      now: () => clock.now(),
      sleep: (ms) => {
        this.waitedMs += ms;
        return clock.sleep(ms);
      },
    };
    this.channel = signaling.channel;
  }

  /** The room's rows, oldest first, without those whose time to live is over. */
  async readRoom(roomId: string): Promise<Peer[]> {
    const rows = await this.store.readRoom(roomId);
    for (const row of rows) if (this.isExpired(row)) this.dead.add(row.connectionId);
    return rows
      .filter((row) => !this.isExpired(row))
      .sort((a, b) => a.timestamp - b.timestamp || (a.connectionId < b.connectionId ? -1 : 1));
  }

  /** A peer of the room, once it can be seen there. */
  async findPeer(roomId: string, connectionId: string): Promise<Peer | undefined> {
    const row = await this.store.getPeer(roomId, connectionId);
    return row && isVisible(row) && !this.isExpired(row) ? row : undefined;
  }

  /** Posts one message to each; who took it. A peer that does not never keeps it from another. */
  async post(connectionIds: string[], message: ServerMessage): Promise<string[]> {
    const frame = JSON.stringify(message);
    const outcomes = await Promise.all(
      connectionIds.map(async (id) => ({ id, posted: await this.channel.post(id, frame) })),
    );
    for (const { id, posted } of outcomes) if (posted === 'gone') this.dead.add(id);
    return outcomes.filter(({ posted }) => posted === 'delivered').map(({ id }) => id);
  }

  /** Answers the connection whose event this is. */
  async reply(message: ServerMessage): Promise<void> {
    await this.post([this.connection.connectionId], message);
  }

  /** Ends a connection that is of no more use. */
  async close(connectionId: string): Promise<void> {
    if ((await this.channel.close(connectionId)) === 'gone') this.dead.add(connectionId);
  }

  private isExpired(row: Peer) {
    return row.expiresAt * 1000 <= this.clock.now();
  }
}

export function isVisible(peer: Peer): boolean {
  return peer.phase !== 'reserved' && peer.phase !== 'leaving';
}

/** Whether the handler that set the row's phase has died over it. */
export function isAbandoned({ phaseUntil }: Peer, now: number): boolean {
  return phaseUntil !== undefined && phaseUntil < now;
}

/** A row as the others of its room see it. */
export function peerInfo({ connectionId, timestamp, ...row }: Peer): PeerInfo {
  const { metadata, userId, replaces, resumeHash, resumes, publish } = row;
  return {
    peerId: connectionId,
    metadata,
    userId,
    joinedAt: timestamp,
    replaces,
    resumeHash,
    resumes,
    publish,
  };
}

// The ways out of a room. Whoever's delete returned the row announces it, or the `leave` that marked it first: so it
// is announced once.
import type { LeaveMessage, LeaveReason } from '../../protocol/messages';
import { requirePeer } from './membership';
import {
  isAbandoned,
  isVisible,
  LOOK_AGAIN_MS,
  Operation,
  PHASE_TAKES_AT_MOST_MS,
  type Signaling,
} from './operation';
import type { Connection } from './room-store';
import type { Tally } from './tally';

/** The client's `leave`. */
export async function leave(operation: Operation, { roomId, requestId }: LeaveMessage): Promise<void> {
  const { clock, connection, store } = operation;
  const { connectionId } = connection;
  for (;;) {
    await requirePeer(operation, roomId);
    const now = clock.now();
    if (await store.startLeaving(roomId, connectionId, now, now + PHASE_TAKES_AT_MOST_MS)) {
      await store.dropRoom(connectionId, roomId);
      await announceLeft(operation, roomId, connectionId, 'left');
      await operation.reply({ type: 'left', roomId, requestId });
      // Last: while the row is there the same connection cannot register anew, and its `peer-left` cannot
      // come after the `peer-joined` of that.
      await store.removePeer(roomId, connectionId, clock.now());
      return;
    }
    await clock.sleep(LOOK_AGAIN_MS);
  }
}

/** What the end of a connection came to, for the log. */
export interface Disconnected {
  tally: Tally;
  /** What the service failed over. */
  failure?: unknown;
}

/** API Gateway's `$disconnect`, whoever closed the connection. */
export async function disconnect(signaling: Signaling, connection: Connection): Promise<Disconnected> {
  const operation = new Operation(signaling, connection);
  const { tally } = operation;
  try {
    await endConnection(operation, connection.connectionId, 'disconnected');
    await endDeadConnections(operation);
    return { tally };
  } catch (failure) {
    return { tally, failure };
  }
}

/**
 * Ends a connection in every room: by the rooms that its own row notes, read back as the row is deleted, and
 * by the index, which knows what a handler that died half-way did not note.
 */
async function endConnection(operation: Operation, connectionId: string, reason: LeaveReason): Promise<void> {
  const noted = await operation.store.deleteConnection(connectionId);
  const indexed = await operation.store.findRooms(connectionId);
  const rooms = new Set([...noted, ...indexed]);
  await Promise.all([...rooms].map((roomId) => removePeer(operation, roomId, connectionId, reason)));
}

/** Ends the connections that an operation found dead, and those found dead while telling of them. */
export async function endDeadConnections(operation: Operation): Promise<void> {
  const ended = new Set<string>();
  for (;;) {
    const dead = [...operation.dead].filter((connectionId) => !ended.has(connectionId));
    if (dead.length === 0) return;
    for (const connectionId of dead) ended.add(connectionId);
    await Promise.all(dead.map((connectionId) => endConnection(operation, connectionId, 'gone')));
  }
}

/** Removes a peer from one room and tells the others; nothing where it is not there. */
export async function removePeer(
  operation: Operation,
  roomId: string,
  connectionId: string,
  reason: LeaveReason,
): Promise<void> {
  for (;;) {
    const now = operation.clock.now();
    const removal = await operation.store.removePeer(roomId, connectionId, now);
    if (removal === 'absent') return;
    if (removal !== 'announcing') {
      const announcedByItsLeave = removal.phase === 'leaving' && !isAbandoned(removal, now);
      if (removal.phase === 'reserved' || announcedByItsLeave) return;
      return announceLeft(operation, roomId, connectionId, reason);
    }
    // Its `peer-joined` is on the way: `peer-left` must not overtake it.
    await operation.clock.sleep(LOOK_AGAIN_MS);
  }
}

export async function announceLeft(
  operation: Operation,
  roomId: string,
  connectionId: string,
  reason: LeaveReason,
): Promise<void> {
  operation.tally[reason === 'gone' ? 'peersEvicted' : 'peersLeft'] += 1;
  const told = new Set([connectionId]);
  for (;;) {
    const peers = (await operation.readRoom(roomId)).filter(
      (peer) => isVisible(peer) && !told.has(peer.connectionId),
    );
    // A peer that is still being told its roster may find the one that left in it: it hears of the roster first.
    const ready = peers.filter((peer) => !peer.phase || isAbandoned(peer, operation.clock.now()));
    for (const peer of ready) told.add(peer.connectionId);
    await operation.post(
      ready.map((peer) => peer.connectionId),
      { type: 'peer-left', roomId, peerId: connectionId, reason },
    );
    if (ready.length === peers.length) return;
    await operation.clock.sleep(LOOK_AGAIN_MS);
  }
}

// A peer's way into a room. Its row is put `reserved`, where it counts for the room's size and nobody sees it;
// then `announcing`, where it is a peer, and is told of the others as they are of it; then it is settled.
import type { RegisterMessage } from '../../protocol/messages';
import { removePeer } from './depart';
import { expiresAt } from './expiry';
import {
  isAbandoned,
  isVisible,
  LOOK_AGAIN_MS,
  peerInfo,
  PHASE_TAKES_AT_MOST_MS,
  type Operation,
} from './operation';
import { ProtocolError } from './protocol-error';
import {
  clearPlace,
  findFormer,
  hashOf,
  isLater,
  isToken,
  isTwin,
  losePlace,
  newToken,
  takePlace,
} from './resume';
import type { Peer } from './room-store';
import type { Settings } from './settings';

/** How long a registration waits for others that stand in its way. */
const WAITS_AT_MOST_MS = 5_000;

export async function join(
  operation: Operation,
  settings: Settings,
  message: RegisterMessage,
): Promise<void> {
  const { connection, clock, store } = operation;
  const { roomId, metadata, requestId } = message;
  const resume = message.resume !== undefined && isToken(message.resume) ? message.resume : undefined;
  const giveUpAt = clock.now() + WAITS_AT_MOST_MS;
  while (clock.now() <= giveUpAt) {
    const now = clock.now();
    const phaseUntil = now + PHASE_TAKES_AT_MOST_MS;
    const former = resume ? await findFormer(operation, roomId, resume) : undefined;
    const token = newToken(connection.connectionId);
    const peer: Peer = {
      roomId,
      connectionId: connection.connectionId,
      timestamp: former?.timestamp ?? now,
      metadata,
      userId: connection.userId,
      publish: connection.grant?.publish === false ? false : undefined,
      resumeHash: hashOf(token),
      resumes: resume && hashOf(resume),
      connectedAt: connection.connectedAt,
      replaces: former?.connectionId,
      expiresAt: expiresAt(connection.connectedAt),
      phase: 'reserved',
      phaseUntil,
    };
    if (await store.reservePeer(peer)) {
      if (await enter(operation, settings, peer, { token, requestId })) return;
      continue;
    }
    const present = await store.refreshPeer(roomId, peer.connectionId, metadata, phaseUntil);
    if (present) return welcome(operation, settings, present, { requestId });

    // The same connection is just registering here, or leaving; what a handler died over is cleared away.
    const other = await store.getPeer(roomId, peer.connectionId);
    if (other && isAbandoned(other, now)) await removePeer(operation, roomId, peer.connectionId, 'left');
    else await clock.sleep(LOOK_AGAIN_MS);
  }
  throw new ProtocolError('internal', 'another register of this connection in this room did not finish');
}

interface Joining {
  /** Of a peer that is new, or whose place is new to it. */
  token?: string;
  requestId?: string;
}

/** From `reserved` to settled; false where the row was taken away meanwhile. */
async function enter(
  operation: Operation,
  settings: Settings,
  peer: Peer,
  joining: Joining,
): Promise<boolean> {
  const { store } = operation;
  const { roomId, connectionId } = peer;
  let taken: string | undefined;
  try {
    // The row before the note: a connection that ends from here on finds the row by the note, and one that
    // ended before has no row left to note it in.
    const rooms = await store.noteRoom(connectionId, roomId);
    if (rooms === undefined) throw new ProtocolError('connection-ended', 'open a new connection');
    if (rooms > settings.maxRoomsPerConnection) {
      throw new ProtocolError(
        'too-many-rooms',
        `at most ${settings.maxRoomsPerConnection} rooms a connection`,
      );
    }
    taken = await claimPlace(operation, settings, peer);
    const isShown = await store.showPeer(peer);
    if (isShown) operation.tally[taken ? 'peersResumed' : 'peersJoined'] += 1;
    if (isShown) await welcome(operation, settings, peer, joining);
    if (taken) await (isShown ? clearPlace : losePlace)(operation, roomId, taken);
    return isShown;
  } catch (error) {
    await retreat(operation, peer).catch(() => undefined);
    if (taken) await losePlace(operation, roomId, taken).catch(() => undefined);
    throw error;
  }
}

/** Finds the peer a place: a former one, whose `connectionId` is returned, or one of its own. */
async function claimPlace(operation: Operation, settings: Settings, peer: Peer): Promise<string | undefined> {
  const { clock } = operation;
  const { roomId } = peer;
  const giveUpAt = clock.now() + WAITS_AT_MOST_MS;
  for (;;) {
    const twins = (await findPlace(operation, settings, peer)).filter((row) => isTwin(peer, row));
    if (twins.some((twin) => isLater(twin, peer))) {
      throw new ProtocolError('connection-ended', 'a later connection came with the same resume token');
    }
    const unseen = twins.filter((twin) => !isVisible(twin));
    if (unseen.length === 0) {
      const former = peer.replaces ? { connectionId: peer.replaces, resumeHash: peer.resumes } : twins[0];
      if (former && (await takePlace(operation, roomId, former))) {
        peer.replaces = former.connectionId;
        return peer.replaces;
      }
      // An ordinary join, which needs a place of its own.
      peer.replaces = undefined;
      if (!former) return undefined;
    } else if (clock.now() <= giveUpAt) {
      // It may hold the place already, which this one takes from it then.
      await clock.sleep(LOOK_AGAIN_MS);
    } else {
      await Promise.all(unseen.map((twin) => removePeer(operation, roomId, twin.connectionId, 'gone')));
    }
  }
}

/**
 * The room's rows, as long as it holds this peer too. All count, also those that are only reserved, and each handler
 * counts after it has put its own: so of the peers admitted, the last to count saw all the others. Where that
 * is too many, those that reserved first wait for the rest to give way.
 */
async function findPlace(operation: Operation, { maxPeersPerRoom }: Settings, peer: Peer): Promise<Peer[]> {
  const { clock } = operation;
  const giveUpAt = clock.now() + WAITS_AT_MOST_MS;
  while (clock.now() <= giveUpAt) {
    const all = (await operation.readRoom(peer.roomId)).filter((row) => row.phase !== 'leaving');
    const rows = withoutTakers(all);
    if (rows.length <= maxPeersPerRoom || !rows.some((row) => row.connectionId === peer.connectionId))
      return all;

    const now = clock.now();
    const abandoned = rows.filter((row) => !isVisible(row) && isAbandoned(row, now));
    if (abandoned.length > 0) {
      await Promise.all(abandoned.map((row) => removePeer(operation, row.roomId, row.connectionId, 'gone')));
      continue;
    }
    const reserved = rows.filter((row) => !isVisible(row));
    const ahead = reserved.findIndex((row) => row.connectionId === peer.connectionId);
    if (rows.length - reserved.length + ahead >= maxPeersPerRoom) break;
    await clock.sleep(LOOK_AGAIN_MS);
  }
  throw new ProtocolError('room-full', `at most ${maxPeersPerRoom} peers a room`);
}

/** Who is about to take a place that is not free yet needs none of its own. */
function withoutTakers(rows: Peer[]): Peer[] {
  const takeable = new Set(rows.map((row) => row.resumeHash));
  const isTaker = (row: Peer) =>
    (row.replaces !== undefined && takeable.has(row.resumes)) ||
    rows.some((other) => isTwin(row, other) && isLater(row, other));
  return rows.filter((row) => isVisible(row) || !isTaker(row));
}

/** Tells a visible peer of the others, the others of it where it is new to them, and settles it. */
async function welcome(
  operation: Operation,
  { iceServersFor }: Settings,
  peer: Peer,
  { token, requestId }: Joining,
): Promise<void> {
  const { roomId, connectionId } = peer;
  const iceServers = iceServersFor(operation.connection, operation.clock.now());
  try {
    const others = (await operation.readRoom(roomId)).filter(
      (row) => isVisible(row) && row.connectionId !== connectionId,
    );
    const announced =
      token &&
      operation.post(
        others.map((other) => other.connectionId),
        { type: 'peer-joined', roomId, ...peerInfo(peer) },
      );
    // They know by then who it is that speaks to them under a new name.
    if (peer.replaces) await announced;
    await operation.reply({
      type: 'registered',
      roomId,
      peerId: connectionId,
      peers: others.map(peerInfo),
      ...(await iceServers),
      resume: token,
      publish: peer.publish,
      requestId,
    });
    await announced;
  } finally {
    await operation.store.settlePeer(roomId, connectionId, peer.phaseUntil!);
  }
}

/** Leaves no trace of a registration that failed. */
async function retreat(operation: Operation, { roomId, connectionId }: Peer): Promise<void> {
  await operation.store.dropRoom(connectionId, roomId);
  await removePeer(operation, roomId, connectionId, 'left');
}

// Taking a former peer's place from another connection, by the token that it was given. Only the token's hash is
// kept, and told to the others: whoever comes with the token proves by it to be who had that hash.
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { announceLeft } from './depart';
import { isAbandoned, LOOK_AGAIN_MS, type Operation, PHASE_TAKES_AT_MOST_MS } from './operation';
import type { Peer } from './room-store';

const RANDOM_BYTES = 24;

/** `<random>.<peerId>`: who holds it can be found by one key. */
export function newToken(peerId: string): string {
  return `${randomBytes(RANDOM_BYTES).toString('base64url')}.${peerId}`;
}

/** Not what a client may send for want of one: by `"undefined"` nobody is known. */
export function isToken(text: string): boolean {
  return /^[\w-]{32}\../.test(text);
}

export function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('base64url');
}

/** Whose place the token takes, if it does; of the same user only. */
export async function findFormer(
  operation: Operation,
  roomId: string,
  token: string,
): Promise<Peer | undefined> {
  const formerId = token.slice(token.indexOf('.') + 1);
  if (formerId === '' || formerId === operation.connection.connectionId) return undefined;
  const former = await operation.findPeer(roomId, formerId);
  if (!former?.resumeHash || former.userId !== operation.connection.userId) return undefined;
  const [kept, given] = [Buffer.from(former.resumeHash), Buffer.from(hashOf(token))];
  return kept.length === given.length && timingSafeEqual(kept, given) ? former : undefined;
}

/**
 * The same client over another connection: it came with the same token. Where a connection is lost as it registers, the
 * client does not know that it is in the room, nor the token that it has there.
 */
export function isTwin(peer: Peer, other: Peer): boolean {
  return (
    peer.resumes !== undefined &&
    peer.resumes === other.resumes &&
    peer.userId === other.userId &&
    peer.connectionId !== other.connectionId
  );
}

/** Which of two twins the client is at now, whichever of them is handled first. */
export function isLater(peer: Peer, twin: Peer): boolean {
  // A row that an earlier version wrote does not say.
  const by = peer.connectedAt - (twin.connectedAt ?? 0);
  return by > 0 || (by === 0 && peer.connectionId > twin.connectionId);
}

/**
 * Takes a former place, once nobody is being told a roster that holds who had it: from then on that one is seen by
 * nobody. False where it was gone, or taken, already.
 */
export async function takePlace(
  operation: Operation,
  roomId: string,
  { connectionId, resumeHash }: Pick<Peer, 'connectionId' | 'resumeHash'>,
): Promise<boolean> {
  const { clock, store } = operation;
  for (;;) {
    const now = clock.now();
    if (await store.startLeaving(roomId, connectionId, now, now + PHASE_TAKES_AT_MOST_MS, resumeHash)) break;
    const former = await store.getPeer(roomId, connectionId);
    if (former?.resumeHash !== resumeHash || former?.phase === 'leaving') return false;
    // It is just being told something.
    await clock.sleep(LOOK_AGAIN_MS);
  }
  const told = (await operation.readRoom(roomId)).filter((row) => row.phase === 'announcing');
  await Promise.all(told.map((peer) => settled(operation, peer)));
  return true;
}

/** Resolves as the announcing that this row tells of is over. */
async function settled(
  { clock, store }: Operation,
  { roomId, connectionId, phaseUntil }: Peer,
): Promise<void> {
  for (;;) {
    const row = await store.getPeer(roomId, connectionId);
    if (!row || row.phaseUntil !== phaseUntil || isAbandoned(row, clock.now())) return;
    await clock.sleep(LOOK_AGAIN_MS);
  }
}

/** The others know: nothing is left of who had the place. */
export async function clearPlace(operation: Operation, roomId: string, formerId: string): Promise<void> {
  const [, rooms] = await Promise.all([
    operation.store.removePeer(roomId, formerId, operation.clock.now()),
    operation.store.dropRoom(formerId, roomId),
  ]);
  // Its other rooms may yet be taken over one by one.
  if (!rooms) await operation.close(formerId);
}

/** The place was taken, and the taker did not get there. */
export async function losePlace(operation: Operation, roomId: string, formerId: string): Promise<void> {
  await announceLeft(operation, roomId, formerId, 'disconnected');
  await clearPlace(operation, roomId, formerId);
}

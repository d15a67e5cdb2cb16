// What a token gives: who its bearer is, which rooms they may join, and whether they may publish or only listen.
import { MOST_USER_ID_BYTES, userIdBytes } from '../user-id';

export interface Grant {
  userId: string;
  /** Names of rooms; one that ends in `*` is a prefix. Undefined: every room. */
  rooms?: string[];
  /** Undefined: yes. */
  publish?: boolean;
  /** For a token that opens one connection only. */
  singleUse?: { tokenId: string; expiresAt: number };
}

/** The token is none that counts here: 401. `reason` goes to the log, so it never has a part of the token in it. */
export class NotAuthentic extends Error {
  constructor(readonly reason: string) {
    super(reason);
  }
}

/** The token counts, but what it gives is nothing, or cannot be made out: 403. `reason` as in `NotAuthentic`. */
export class GivesNothing extends Error {
  constructor(readonly reason: string) {
    super(reason);
  }
}

const MOST_CHARACTERS = 256;

/** @throws GivesNothing */
export function userIdFrom(claim: unknown): string {
  const userId = shortText(claim, 'no user id');
  if (userIdBytes(userId) <= MOST_USER_ID_BYTES) return userId;
  throw new GivesNothing(`a user id of more than ${MOST_USER_ID_BYTES} bytes`);
}

/** @throws GivesNothing */
export function shortText(claim: unknown, reason: string): string {
  if (typeof claim === 'string' && claim !== '' && claim.length <= MOST_CHARACTERS) return claim;
  throw new GivesNothing(reason);
}

/** @throws GivesNothing */
export function roomsFrom(claim: unknown): string[] {
  const isRooms = (value: unknown): value is string[] =>
    Array.isArray(value) &&
    value.length > 0 &&
    value.every((room) => typeof room === 'string' && room !== '');
  if (isRooms(claim)) return claim;
  throw new GivesNothing('no rooms');
}

// Credentials of the TURN REST API, which coturn checks with `use-auth-secret`:
// https://datatracker.ietf.org/doc/html/draft-uberti-behave-turn-rest-00
import { createHash, createHmac } from 'node:crypto';

export interface TurnCredentials {
  username: string;
  credential: string;
}

/** Names that coturn takes: it refuses spaces, quotes and backslashes, and what is longer than 512 bytes. */
const TAKEN = /^[\w.@:+=/|-]{1,128}$/;

/**
 * @param name who uses them: coturn counts its quota of allocations by it
 * @param expiresAt Unix seconds
 */
export function turnCredentials(secret: string, name: string, expiresAt: number): TurnCredentials {
  const user = TAKEN.test(name) ? name : createHash('sha256').update(name).digest('base64url');
  const username = `${expiresAt}:${user}`;
  return { username, credential: createHmac('sha1', secret).update(username).digest('base64') };
}

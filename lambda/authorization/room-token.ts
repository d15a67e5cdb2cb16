// A room token: a JWT (HS256) that the user's own backend mints. Its claims are in docs/authorization.md.
import { errors, type JWTPayload, jwtVerify } from 'jose';
import type { SecretVersion } from '../aws/secrets';
import { GivesNothing, type Grant, NotAuthentic, roomsFrom, shortText, userIdFrom } from './grant';

/** RFC 7518, 3.2: as long as the hash at least. */
const LEAST_KEY_BYTES = 32;
/** Whoever sends forged tokens can have the secret read that often, and no more. */
const READS_EARLY_EVERY_MS = 10_000;

export interface TokenKeys {
  /** @param youngerThanMs reads it anew where it was read longer ago */
  read: (version: SecretVersion, youngerThanMs?: number) => Promise<string | undefined>;
  now: () => number;
  singleUseOnly: boolean;
}

export function roomTokens({ read, now, singleUseOnly }: TokenKeys): (token: string) => Promise<Grant> {
  let readEarlyAt = -Infinity;

  async function verify(token: string, youngerThanMs?: number): Promise<JWTPayload | undefined> {
    // A key that was just replaced still counts, until the next rotation: tokens that it signed are on their way.
    return (
      (await signedBy(await read('AWSCURRENT', youngerThanMs), token)) ??
      (await signedBy(await read('AWSPREVIOUS', youngerThanMs), token))
    );
  }

  return async (token) => {
    let claims = await verify(token);
    if (!claims && now() - readEarlyAt >= READS_EARLY_EVERY_MS) {
      // It may be signed by a key that is newer than what is held here.
      readEarlyAt = now();
      claims = await verify(token, 0);
    }
    if (!claims) throw new NotAuthentic('signature');
    return grantFrom(claims, singleUseOnly);
  };
}

/**
 * The claims, or undefined where the token is signed by another key.
 *
 * @throws NotAuthentic where no key can make the token count
 */
async function signedBy(secret: string | undefined, token: string): Promise<JWTPayload | undefined> {
  if (secret === undefined) return undefined;
  const key = new TextEncoder().encode(secret);
  if (key.length < LEAST_KEY_BYTES) {
    throw new Error(`the token secret has ${key.length} bytes, expected at least ${LEAST_KEY_BYTES}`);
  }
  try {
    const options = { algorithms: ['HS256'], requiredClaims: ['exp'] };
    return (await jwtVerify(token, key, options)).payload;
  } catch (error) {
    if (error instanceof errors.JWSSignatureVerificationFailed) return undefined;
    throw new NotAuthentic(reasonOf(error));
  }
}

/** Of a claim also its name, which the library has from a list. */
function reasonOf(error: unknown): string {
  if (error instanceof errors.JWTClaimValidationFailed) return `${error.code} ${error.claim}`;
  return error instanceof errors.JOSEError ? error.code : 'malformed';
}

function grantFrom({ sub, rooms, publish, jti, exp }: JWTPayload, singleUseOnly: boolean): Grant {
  // JSON has numbers that are beyond all numbers here: 1e999.
  if (!Number.isFinite(exp)) throw new NotAuthentic('exp');
  if (publish !== undefined && typeof publish !== 'boolean') throw new GivesNothing('publish is no boolean');
  const isForOneUse = singleUseOnly || jti !== undefined;
  return {
    userId: userIdFrom(sub),
    rooms: roomsFrom(rooms),
    publish,
    singleUse: isForOneUse ? { tokenId: shortText(jti, 'no jti'), expiresAt: Math.ceil(exp!) } : undefined,
  };
}

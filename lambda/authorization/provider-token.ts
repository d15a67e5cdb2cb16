// A token of an OpenID Connect provider, or of a Cognito user pool. The provider's keys are held by the verifier, so that
// only a token under a key that it does not know yet has them fetched, and that every ten seconds at most.
import { JwtVerifier } from 'aws-jwt-verify';
import { validateCognitoJwtFields } from 'aws-jwt-verify/cognito-verifier';
import { JwksValidationError, JwkValidationError } from 'aws-jwt-verify/error';
import { SimpleJwksCache } from 'aws-jwt-verify/jwk';
import type { JwtPayload } from 'aws-jwt-verify/jwt-model';
import { type Grant, NotAuthentic, roomsFrom, userIdFrom } from './grant';
import { discoverKeys, fetcher, ProviderFailed } from './provider';

export interface ProviderTokenSettings {
  /** One, or those that a user pool may call itself. */
  issuers: string[];
  /** What the token must be for: of a provider its audience, of a user pool the app client. */
  check:
    | { kind: 'audience'; audience: string[]; jwksUri?: string }
    | { kind: 'cognito'; clients: string[]; tokenUse: 'access' | 'id' };
  userIdClaim: string;
  roomsClaim?: string;
  publishClaim?: string;
}

type Verify = (token: string) => Promise<JwtPayload>;

export function providerTokens(settings: ProviderTokenSettings): (token: string) => Promise<Grant> {
  let verifier: Promise<Verify> | undefined;

  return async (token) => {
    verifier ??= verifierFor(settings).catch((error: unknown) => {
      // What failed is not kept: the next one asks again.
      verifier = undefined;
      throw error;
    });
    const verify = await verifier;
    let claims: JwtPayload;
    try {
      claims = await verify(token);
    } catch (error) {
      if (isOfTheProvider(error)) throw error;
      throw new NotAuthentic(error instanceof Error ? error.name : 'malformed');
    }
    // The library takes a token without end, and one whose end is 1e999.
    if (!Number.isFinite(claims.exp)) throw new NotAuthentic('no exp');
    return grantFrom(claims, settings);
  };
}

async function verifierFor({ issuers, check }: ProviderTokenSettings): Promise<Verify> {
  const cache = new SimpleJwksCache({ fetcher });
  if (check.kind === 'cognito') {
    const verifier = JwtVerifier.create(
      issuers.map((issuer) => ({ issuer, audience: null })),
      { jwksCache: cache },
    );
    return async (token) => {
      const claims = await verifier.verify(token);
      validateCognitoJwtFields(claims, { clientId: check.clients, tokenUse: check.tokenUse });
      return claims;
    };
  }
  const [issuer] = issuers;
  const jwksUri = check.jwksUri ?? (await discoverKeys(issuer));
  const verifier = JwtVerifier.create({ issuer, audience: check.audience, jwksUri }, { jwksCache: cache });
  return (token) => verifier.verify(token);
}

function isOfTheProvider(error: unknown): boolean {
  return [ProviderFailed, JwksValidationError, JwkValidationError].some((each) => error instanceof each);
}

function grantFrom(claims: JwtPayload, settings: ProviderTokenSettings): Grant {
  const { userIdClaim, roomsClaim, publishClaim } = settings;
  return {
    userId: userIdFrom(claims[userIdClaim]),
    rooms: roomsClaim === undefined ? undefined : roomsFrom(listFrom(claims[roomsClaim])),
    publish: publishClaim === undefined ? undefined : isTrue(claims[publishClaim]),
  };
}

/** An array, or what a provider that has only strings can say: `a b c`, like `scope`. */
function listFrom(claim: unknown): unknown {
  return typeof claim === 'string' ? claim.split(' ').filter((entry) => entry !== '') : claim;
}

/** Whoever was not told that they may publish only listens. */
function isTrue(claim: unknown): boolean {
  return claim === true || claim === 'true';
}

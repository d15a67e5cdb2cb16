// An OpenID Connect provider on this machine: its configuration, its keys, and tokens signed with them.
import { exportJWK, generateKeyPair, type JWTHeaderParameters, type JWTPayload, SignJWT } from 'jose';
import { answering, type Loopback } from './loopback';

export interface SigningKey {
  kid: string;
  alg: string;
  privateKey: CryptoKey;
  publicJwk: Record<string, unknown>;
}

export async function signingKey(kid: string, alg = 'RS256'): Promise<SigningKey> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  return { kid, alg, privateKey, publicJwk: { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' } };
}

export interface OidcProvider extends Loopback {
  /** Those that it publishes; the first one signs. */
  keys: SigningKey[];
  /** What its configuration says beside, or instead. */
  configuration: Record<string, unknown>;
  isDown: boolean;
  /** @param claims over those of a good token: `undefined` leaves one out */
  token(claims?: JWTPayload, header?: Partial<JWTHeaderParameters>, key?: SigningKey): Promise<string>;
}

export async function startOidcProvider(): Promise<OidcProvider> {
  const keys = [await signingKey('first')];
  const server = await answering(({ url: path }, _, url) => {
    if (provider.isDown) return { status: 503, body: '' };
    const jwks_uri = `${url}/keys`;
    const configuration = { issuer: url, jwks_uri, ...provider.configuration };
    if (path!.endsWith('/.well-known/openid-configuration')) return { body: configuration };
    const isKeys = path === '/keys' || path!.endsWith('/.well-known/jwks.json');
    return isKeys ? { body: { keys: provider.keys.map(({ publicJwk }) => publicJwk) } } : undefined;
  });
  const provider: OidcProvider = Object.assign(server, {
    keys,
    configuration: {},
    isDown: false,
    async token(claims: JWTPayload = {}, header: Partial<JWTHeaderParameters> = {}, key?: SigningKey) {
      const { privateKey, alg, kid } = key ?? provider.keys[0];
      const now = Math.floor(Date.now() / 1000);
      const payload = { iss: server.url, aud: 'calls', sub: 'ada', iat: now, exp: now + 300, ...claims };
      return new SignJWT(payload).setProtectedHeader({ alg, kid, ...header }).sign(privateKey);
    },
  });
  return provider;
}

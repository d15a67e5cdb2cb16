// Tokens of a provider that do not count here, signatures that do not hold, and pages that may not connect.
import { KeyObject, type JsonWebKey, createPublicKey } from 'node:crypto';
import type { JWTPayload } from 'jose';
import { signUrl } from 'webrtc-signaling-client/iam';
import { signingKey } from '../../support/oidc-provider';
import { type Attack, refused } from './attack';
import { forge, hmac } from './tokens';
import { ALLOWED_ORIGIN, AUDIENCE, COGNITO_CLIENT, knock, now, withToken, type World } from './world';

type Make = (world: World) => string | Promise<string>;

function provided(service: 'provider' | 'cognito', status: number, cases: Record<string, Make>): Attack[] {
  return refused(
    status,
    service,
    Object.fromEntries(
      Object.entries(cases).map(([name, make]) => [
        `${service}: ${name}`,
        async (world: World): Promise<Parameters<typeof knock>> => [
          withToken(world.url[service], await make(world)),
        ],
      ]),
    ),
  );
}

const publicKey = ({ provider }: World) =>
  createPublicKey({ key: provider.keys[0].publicJwk as JsonWebKey, format: 'jwk' });
const pem = (key: KeyObject) => key.export({ type: 'spki', format: 'pem' }) as string;
const confused = (world: World, key: string | Buffer) =>
  forge(
    { alg: 'HS256', kid: world.provider.keys[0].kid },
    { iss: world.issuer.provider, aud: AUDIENCE, sub: 'mallory', exp: now() + 300 },
    hmac(key),
  );

/** An access token of the user pool. */
const access = (world: World, claims: JWTPayload = {}) =>
  world.provider.token({
    iss: world.issuer.cognito,
    aud: undefined,
    client_id: COGNITO_CLIENT,
    token_use: 'access',
    ...claims,
  });

const PROVIDED: Attack[] = [
  ...provided('provider', 401, {
    'another issuer': ({ provider }) => provider.token({ iss: 'https://login.evil.example' }),
    'an issuer that begins like it': ({ provider, issuer }) =>
      provider.token({ iss: `${issuer.provider}.evil.example` }),
    'an issuer with a slash more': ({ provider, issuer }) => provider.token({ iss: `${issuer.provider}/` }),
    'no issuer': ({ provider }) => provider.token({ iss: undefined }),
    'another audience': ({ provider }) => provider.token({ aud: 'mail' }),
    'an audience that begins like it': ({ provider }) => provider.token({ aud: `${AUDIENCE}-admin` }),
    'no audience': ({ provider }) => provider.token({ aud: undefined }),
    'audiences of which none is it': ({ provider }) => provider.token({ aud: ['mail', 'drive'] }),
    expired: ({ provider }) => provider.token({ exp: now() - 60 }),
    'without end': ({ provider }) => provider.token({ exp: undefined }),
    'not valid yet': ({ provider }) => provider.token({ nbf: now() + 120 }),
    'alg none': (world) =>
      forge(
        { alg: 'none', kid: world.provider.keys[0].kid },
        { iss: world.issuer.provider, aud: AUDIENCE, sub: 'mallory', exp: now() + 300 },
      ),
    'HS256 by the public key as PEM': (world) => confused(world, pem(publicKey(world))),
    'HS256 by the public key as PEM, without its last line end': (world) =>
      confused(world, pem(publicKey(world)).trim()),
    'HS256 by the public key as DER': (world) =>
      confused(world, publicKey(world).export({ type: 'spki', format: 'der' })),
    'HS256 by the public key as JWK': (world) =>
      confused(world, JSON.stringify(world.provider.keys[0].publicJwk)),
    'HS256 by the modulus': (world) =>
      confused(world, Buffer.from(world.provider.keys[0].publicJwk.n as string, 'base64url')),
    'a kid that the provider does not have': async ({ provider }) =>
      provider.token({}, {}, await signingKey('unknown')),
    'the kid of the provider on a key of the attacker': async ({ provider }) =>
      provider.token({}, {}, await signingKey(provider.keys[0].kid)),
    'the kid of the provider on a key of another kind': async ({ provider }) =>
      provider.token({}, {}, await signingKey(provider.keys[0].kid, 'ES256')),
    'no kid': ({ provider }) => provider.token({}, { kid: undefined }),
    'a header that points to keys of the attacker': async ({ provider }) =>
      provider.token({}, { jku: 'https://evil.example/keys' }, await signingKey(provider.keys[0].kid)),
    'a header that carries the key of the attacker': async ({ provider }) => {
      const key = await signingKey(provider.keys[0].kid);
      return provider.token({}, { jwk: key.publicJwk }, key);
    },
    'another user written in': async ({ provider }) => {
      const [header, , signature] = (await provider.token()).split('.');
      const claims = { iss: provider.url, aud: AUDIENCE, sub: 'admin', exp: now() + 300 };
      return [header, Buffer.from(JSON.stringify(claims)).toString('base64url'), signature].join('.');
    },
  }),
  ...provided('provider', 403, {
    'for nobody': ({ provider }) => provider.token({ sub: undefined }),
  }),
  ...provided('cognito', 401, {
    'the ID token where the access token is asked for': (world) =>
      access(world, { token_use: 'id', aud: COGNITO_CLIENT, client_id: undefined }),
    'the app client of another app': (world) => access(world, { client_id: 'client2' }),
    'another pool of the same region': (world) =>
      access(world, { iss: world.issuer.cognito.replace('Attacked1', 'Attackers') }),
    'a token of another provider': ({ provider }) => provider.token(),
    expired: (world) => access(world, { exp: now() - 60 }),
  }),
];

const AS_LOCAL = {
  accessKeyId: 'AKIALOCALLOCALLOCALX',
  secretAccessKey: 'local/secret/access/key/which/is/no/secret',
};

const REGION = 'us-east-1';
const signed = ({ url }: World, more: Partial<Parameters<typeof signUrl>[1]> = {}) =>
  signUrl(url.iam, { credentials: AS_LOCAL, region: REGION, ...more });

const SIGNED: Attack[] = refused(403, 'iam', {
  'signed URL: no signature': ({ url }) => [url.iam],
  'signed URL: a token instead': ({ url }) => [withToken(url.iam, 'let-me-in')],
  'signed URL: an unknown key': async (world) => [
    await signed(world, { credentials: { ...AS_LOCAL, accessKeyId: 'AKIAUNKNOWNUNKNOWNXX' } }),
  ],
  'signed URL: another secret': async (world) => [
    await signed(world, { credentials: { ...AS_LOCAL, secretAccessKey: 'guessed' } }),
  ],
  'signed URL: for another region': async (world) => [await signed(world, { region: 'eu-west-1' })],
  'signed URL: for another stage': async (world) => [
    (
      await signUrl(world.url.iam.replace(/prod$/, 'test'), { credentials: AS_LOCAL, region: REGION })
    ).replace('/test?', '/prod?'),
  ],
  'signed URL: for another host': async (world) => [
    (
      await signUrl(world.url.iam.replace('127.0.0.1', '127.0.0.2'), {
        credentials: AS_LOCAL,
        region: REGION,
      })
    ).replace('127.0.0.2', '127.0.0.1'),
  ],
  'signed URL: another signature': async (world) => [
    (await signed(world)).replace(
      /(X-Amz-Signature=)(.)/,
      (_match: string, name: string, first: string) => name + (first === '0' ? '1' : '0'),
    ),
  ],
  'signed URL: a parameter written in afterwards': async (world) => [`${await signed(world)}&user=admin`],
  'signed URL: a later end written in': async (world) => [
    (await signed(world)).replace(/(X-Amz-Expires=)\d+/, '$1604800'),
  ],
  'signed URL: another day written in': async (world) => [
    (await signed(world)).replace(/(X-Amz-Date=)\d{8}/, '$120200101'),
  ],
  'signed URL: a session token written in': async (world) => [
    `${await signed(world)}&X-Amz-Security-Token=another`,
  ],
});

const from = (origin: string | string[]): Record<string, string | string[]> => ({ Origin: origin });

const ORIGINS: Attack[] = refused(
  403,
  'origins',
  Object.fromEntries(
    Object.entries({
      'of another site': 'https://evil.example',
      'that begins like an allowed one': `${ALLOWED_ORIGIN}.evil.example`,
      'that ends like an allowed one': 'https://evilapp.example.com',
      'that ends like an allowed domain': 'https://evilcalls.example.com',
      'of the domain whose subdomains are allowed': 'https://calls.example.com',
      'without encryption': 'http://app.example.com',
      'of another port': `${ALLOWED_ORIGIN}:8443`,
      'with a user before the host': 'https://app.example.com@evil.example',
      'with a path': `${ALLOWED_ORIGIN}/evil`,
      'of a page without one': 'null',
      'with another after a comma': `https://evil.example, ${ALLOWED_ORIGIN}`,
      'two of them': ['https://evil.example', ALLOWED_ORIGIN],
      'with the wildcard itself': 'https://*.calls.example.com',
      'with a host that is only a dot before an allowed one': 'https://.calls.example.com',
      empty: '',
    }).map(([name, origin]) => [
      `origin: ${name}`,
      ({ url }: World): Parameters<typeof knock> => [
        url.origins,
        { headers: from(origin) as Record<string, string> },
      ],
    ]),
  ),
).concat(refused(403, 'origins', { 'origin: none at all': ({ url }) => [url.origins] }));

export const HANDSHAKES: Attack[] = [...PROVIDED, ...SIGNED, ...ORIGINS];

/** Those who may come: where one is refused, an attack that is refused shows nothing. */
export const WELCOME: Record<
  string,
  (world: World) => Promise<Parameters<typeof knock>> | Parameters<typeof knock>
> = {
  provider: async (world) => [withToken(world.url.provider, await world.provider.token())],
  cognito: async (world) => [withToken(world.url.cognito, await access(world))],
  iam: async (world) => [await signed(world)],
  'an origin': ({ url }) => [url.origins, { headers: { Origin: ALLOWED_ORIGIN } }],
  'a subdomain': ({ url }) => [url.origins, { headers: { Origin: 'https://eu.calls.example.com' } }],
};

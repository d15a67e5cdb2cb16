// Tokens of an OpenID Connect provider and of a user pool, against the handler, with real keys and a provider on this
// machine.
import { type JWTPayload, SignJWT, UnsecuredJWT } from 'jose';
import { type OidcProvider, signingKey, startOidcProvider } from '../support/oidc-provider';
import { type Environment, environment } from './support';

const now = () => Math.floor(Date.now() / 1000);
const CONFIGURATION = '/.well-known/openid-configuration';

let provider: OidcProvider;
beforeEach(async () => {
  provider = await startOidcProvider();
});
afterEach(() => provider.close());

const ofProvider = (variables: Record<string, string> = {}): Promise<Environment> =>
  environment('authorize-jwt', {
    JWT_ISSUERS: JSON.stringify([provider.url]),
    JWT_AUDIENCE: '["calls","more"]',
    USER_ID_CLAIM: 'sub',
    ...variables,
  });

describe('a token of a provider', () => {
  test('says who its bearer is', async () => {
    const { ask } = await ofProvider();
    expect(await ask(await provider.token())).toEqual({ userId: 'ada' });
  });

  test('may be for one of several audiences', async () => {
    const { ask } = await ofProvider();
    expect(await ask(await provider.token({ aud: ['others', 'more'] }))).toEqual({ userId: 'ada' });
  });

  test.each(['RS512', 'PS256', 'ES256', 'ES384', 'EdDSA'])('signed with %s', async (alg) => {
    provider.keys = [await signingKey('other', alg)];
    const { ask } = await ofProvider();
    // RSASSA-PSS is the one that the verifier has not.
    expect(await ask(await provider.token())).toEqual(alg === 'PS256' ? 401 : { userId: 'ada' });
  });

  test('names user, rooms and the right to publish in the claims of the settings', async () => {
    const { ask } = await ofProvider({
      USER_ID_CLAIM: 'email',
      ROOMS_CLAIM: 'rooms',
      PUBLISH_CLAIM: 'talks',
    });
    const claims = { email: 'ada@example.com', rooms: ['lobby'], talks: true };
    expect(await ask(await provider.token(claims))).toEqual({
      userId: 'ada@example.com',
      rooms: '["lobby"]',
      publish: 'true',
    });
    expect(
      await ask(await provider.token({ ...claims, rooms: 'lobby  team-*', talks: 'true' })),
    ).toMatchObject({
      rooms: '["lobby","team-*"]',
      publish: 'true',
    });
  });

  test.each([undefined, false, 'false', 'yes', 1])(
    'lets only listen where its claim for publishing is %s',
    async (talks) => {
      const { ask } = await ofProvider({ PUBLISH_CLAIM: 'talks' });
      expect(await ask(await provider.token({ talks }))).toEqual({ userId: 'ada', publish: 'false' });
    },
  );

  test.each<[string, JWTPayload]>([
    ['user', { email: undefined }],
    ['user that is text', { email: 7 }],
    ['rooms', { rooms: undefined }],
    ['rooms in the list', { rooms: [] }],
    ['rooms in the text', { rooms: ' ' }],
  ])('gives nothing without %s where the settings ask for it: 403', async (_, claims) => {
    const { ask } = await ofProvider({ USER_ID_CLAIM: 'email', ROOMS_CLAIM: 'rooms' });
    expect(await ask(await provider.token({ email: 'ada@example.com', rooms: ['lobby'], ...claims }))).toBe(
      403,
    );
  });

  test.each<[string, () => Promise<string> | string]>([
    ['that expired', () => provider.token({ exp: now() - 1 })],
    ['without exp', () => provider.token({ exp: undefined })],
    ['that is not valid yet', () => provider.token({ nbf: now() + 30 })],
    ['of another issuer', () => provider.token({ iss: 'https://other.example.com' })],
    ['without issuer', () => provider.token({ iss: undefined })],
    ['for another audience', () => provider.token({ aud: 'others' })],
    ['without audience', () => provider.token({ aud: undefined })],
    ['under a kid that the provider has not', () => provider.token({}, { kid: 'unknown' })],
    ['without kid', () => provider.token({}, { kid: undefined })],
    ['of another key under the same kid', async () => provider.token({}, {}, await signingKey('first'))],
    [
      'of another kind of key under the same kid',
      async () => provider.token({}, {}, await signingKey('first', 'ES256')),
    ],
    [
      'without signature',
      () => new UnsecuredJWT({ iss: provider.url, aud: 'calls', sub: 'ada', exp: now() + 60 }).encode(),
    ],
    [
      'signed by the public key as if it were a secret',
      () => {
        const secret = new TextEncoder().encode(JSON.stringify(provider.keys[0].publicJwk));
        const claims = { iss: provider.url, aud: 'calls', sub: 'ada', exp: now() + 60 };
        return new SignJWT(claims).setProtectedHeader({ alg: 'HS256', kid: 'first' }).sign(secret);
      },
    ],
    [
      'whose claims were changed',
      async () => {
        const [header, , signature] = (await provider.token()).split('.');
        const claims = { iss: provider.url, aud: 'calls', sub: 'eve', exp: now() + 60 };
        return [header, Buffer.from(JSON.stringify(claims)).toString('base64url'), signature].join('.');
      },
    ],
    ['with a short signature', async () => (await provider.token()).slice(0, -20)],
    ['that is no token', () => 'nonsense'],
    ['whose header is not JSON', () => `${Buffer.from('{not json').toString('base64url')}.e30.c2ln`],
  ])('%s is 401', async (_, make) => {
    const { ask } = await ofProvider();
    expect(await ask(await make())).toBe(401);
  });
});

describe("the provider's keys", () => {
  test('are found by its configuration, and asked for once, however many tokens come', async () => {
    const { ask } = await ofProvider();
    for (let i = 0; i < 5; i += 1)
      expect(await ask(await provider.token({ sub: `user-${i}` }))).toHaveProperty('userId');
    expect(provider.asked).toEqual([CONFIGURATION, '/keys']);
  });

  test('are read where the settings say, if they do', async () => {
    const { ask } = await ofProvider({ JWKS_URI: `${provider.url}/keys` });
    expect(await ask(await provider.token())).toEqual({ userId: 'ada' });
    expect(provider.asked).toEqual(['/keys']);
  });

  test('may be replaced while it runs', async () => {
    const { ask } = await ofProvider();
    expect(await ask(await provider.token())).toEqual({ userId: 'ada' });
    provider.keys = [await signingKey('second', 'ES256'), ...provider.keys];
    expect(await ask(await provider.token())).toEqual({ userId: 'ada' });
    expect(provider.asked).toEqual([CONFIGURATION, '/keys', '/keys']);
  });

  test('are not asked for again for every unknown kid', async () => {
    const { ask } = await ofProvider();
    await ask(await provider.token());
    for (let i = 0; i < 5; i += 1)
      expect(await ask(await provider.token({}, { kid: `made-up-${i}` }))).toBe(401);
    expect(provider.asked).toEqual([CONFIGURATION, '/keys', '/keys']);
    expect(await ask(await provider.token())).toEqual({ userId: 'ada' });
  });

  test('that cannot be had are 500, and asked for again for the next token', async () => {
    const { ask } = await ofProvider();
    provider.isDown = true;
    expect(await ask(await provider.token())).toBe(500);
    provider.isDown = false;
    expect(await ask(await provider.token())).toEqual({ userId: 'ada' });
  });

  test.each<[string, Record<string, unknown>, string]>([
    ['of another issuer', { issuer: 'https://other.example.com' }, 'has another issuer'],
    ['without address of the keys', { jwks_uri: undefined }, 'has no jwks_uri of the same scheme'],
    [
      'with an address of another scheme',
      { jwks_uri: 'ftp://127.0.0.1/keys' },
      'has no jwks_uri of the same scheme',
    ],
  ])('are not looked for by a configuration %s', async (_, configuration, words) => {
    provider.configuration = configuration;
    const { ask, logged } = await ofProvider();
    expect(await ask(await provider.token())).toBe(500);
    expect(logged()).toContain(words);
    expect(provider.asked).toEqual([CONFIGURATION]);
  });
});

describe('a token of a user pool', () => {
  const ofPool = (variables: Record<string, string> = {}): Promise<Environment> =>
    environment('authorize-jwt', {
      JWT_ISSUERS: JSON.stringify([`${provider.url}/pool`, `${provider.url}/global/pool`]),
      COGNITO_CLIENTS: '["page","phone"]',
      COGNITO_TOKEN_USE: 'access',
      USER_ID_CLAIM: 'sub',
      ...variables,
    });
  const poolToken = (claims: JWTPayload = {}) =>
    provider.token({
      iss: `${provider.url}/pool`,
      aud: undefined,
      client_id: 'phone',
      token_use: 'access',
      ...claims,
    });

  test('says who its bearer is, and asks the pool for its keys once', async () => {
    const { ask } = await ofPool();
    expect(await ask(await poolToken())).toEqual({ userId: 'ada' });
    expect(await ask(await poolToken({ client_id: 'page', sub: 'eve' }))).toEqual({ userId: 'eve' });
    expect(provider.asked).toEqual(['/pool/.well-known/jwks.json']);
  });

  test('may be of either of the names that a pool has', async () => {
    const { ask } = await ofPool();
    expect(await ask(await poolToken({ iss: `${provider.url}/global/pool` }))).toEqual({ userId: 'ada' });
  });

  test('gives the rooms that are named after the groups', async () => {
    const { ask } = await ofPool({ ROOMS_CLAIM: 'cognito:groups' });
    expect(await ask(await poolToken({ 'cognito:groups': ['sales', 'all-*'] }))).toEqual({
      userId: 'ada',
      rooms: '["sales","all-*"]',
    });
    expect(await ask(await poolToken())).toBe(403);
  });

  test('is an ID token where the settings ask for one', async () => {
    const { ask } = await ofPool({ COGNITO_TOKEN_USE: 'id' });
    expect(await ask(await poolToken({ token_use: 'id', aud: 'page', client_id: undefined }))).toEqual({
      userId: 'ada',
    });
    expect(await ask(await poolToken())).toBe(401);
  });

  test.each<[string, JWTPayload]>([
    ['for another client', { client_id: 'others' }],
    ['without client', { client_id: undefined }],
    ['of the other use', { token_use: 'id', aud: 'page' }],
    ['of another pool', { iss: 'https://cognito-idp.us-east-1.amazonaws.com/other' }],
    ['that expired', { exp: now() - 1 }],
  ])('%s is 401', async (_, claims) => {
    const { ask } = await ofPool();
    expect(await ask(await poolToken(claims))).toBe(401);
  });
});

test('no line of the log has a token or a part of one in it', async () => {
  const { ask, logged } = await ofProvider();
  const tokens = [
    await provider.token(),
    await provider.token({ exp: now() - 1 }),
    await provider.token({ aud: 'secret-audience' }),
    await provider.token({}, { kid: 'secret-kid' }),
    `${Buffer.from('{"alg":"RS256","secret-part').toString('base64url')}.e30.c2ln`,
  ];
  for (const each of tokens) await ask(each);
  const text = logged();
  expect(text.trim().split('\n')).toHaveLength(tokens.length);
  for (const part of [...tokens.flatMap((each) => each.split('.')), 'secret-', 'ada']) {
    expect(text).not.toContain(part);
  }
});

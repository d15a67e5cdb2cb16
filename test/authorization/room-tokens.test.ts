// Room tokens, against the handler with a real key, and a stand-in for the one call that it makes.
import { type JWTPayload, SignJWT, UnsecuredJWT } from 'jose';
import { type SecretsManager, startSecretsManager } from '../support/secrets-manager';
import { type Environment, environment, event, METHOD_ARN } from './support';

const KEY = 'k'.repeat(64);
const FORMER_KEY = 'f'.repeat(64);
const NEXT_KEY = 'n'.repeat(64);

const now = () => Math.floor(Date.now() / 1000);
const key = (secret: string) => new TextEncoder().encode(secret);

/** @param claims over those of a good token: `undefined` leaves one out */
function token(claims: JWTPayload = {}, secret = KEY, alg = 'HS256'): Promise<string> {
  const payload = { sub: 'ada', rooms: ['lobby', 'team-*'], exp: now() + 60, ...claims };
  return new SignJWT(payload).setProtectedHeader({ alg }).sign(key(secret));
}

let secrets: SecretsManager;
beforeEach(async () => {
  secrets = await startSecretsManager();
  secrets.versions = { AWSCURRENT: KEY, AWSPREVIOUS: FORMER_KEY };
});
afterEach(() => secrets.close());

const start = (variables: Record<string, string> = {}): Promise<Environment> =>
  environment('authorize-room-token', {
    TOKEN_SECRET_ARN: 'arn:aws:secretsmanager:us-east-1:123456789012:secret:TokenSecret-a1b2c3',
    AWS_ENDPOINT_URL_SECRETS_MANAGER: secrets.url,
    ...variables,
  });

test('a token says who its bearer is and which rooms they may join', async () => {
  const { ask } = await start();
  expect(await ask(await token())).toEqual({ userId: 'ada', rooms: '["lobby","team-*"]' });
});

test('the policy allows the one $connect that was asked about, for the user', async () => {
  const { handler } = await start();
  const result = await handler(event({ queryStringParameters: { token: await token() } }));
  expect(result).toMatchObject({
    principalId: 'ada',
    policyDocument: {
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Action: 'execute-api:Invoke', Resource: METHOD_ARN }],
    },
  });
});

test.each([true, false])('a token may say publish: %s', async (publish) => {
  const { ask } = await start();
  expect(await ask(await token({ publish }))).toMatchObject({ publish: String(publish) });
});

test('a token with jti opens one connection, until it expires', async () => {
  const { ask } = await start();
  const exp = now() + 30;
  expect(await ask(await token({ jti: 'once', exp }))).toMatchObject({
    tokenId: 'once',
    tokenExpiresAt: String(exp),
  });
});

test('where only single use counts, a token without jti gives nothing', async () => {
  const { ask } = await start({ TOKEN_SINGLE_USE: 'true' });
  expect(await ask(await token())).toBe(403);
  expect(await ask(await token({ jti: 'once' }))).toMatchObject({ tokenId: 'once' });
});

test.each<[string, () => Promise<string> | string]>([
  ['that expired', () => token({ exp: now() - 1 })],
  ['without exp', () => token({ exp: undefined })],
  ['whose exp is no number', () => token({ exp: '2100-01-01' as never })],
  ['that is not valid yet', () => token({ nbf: now() + 30 })],
  ['of another key', () => token({}, 'x'.repeat(64))],
  ['signed with HS512', () => token({}, KEY, 'HS512')],
  ['without signature', () => new UnsecuredJWT({ sub: 'ada', rooms: ['*'], exp: now() + 60 }).encode()],
  [
    'whose claims were changed',
    async () => {
      const [header, , signature] = (await token()).split('.');
      const claims = Buffer.from(JSON.stringify({ sub: 'eve', rooms: ['*'], exp: now() + 60 }));
      return [header, claims.toString('base64url'), signature].join('.');
    },
  ],
  ['that is no token', () => 'nonsense'],
  ['whose header is not JSON', () => `${Buffer.from('{not json').toString('base64url')}.e30.c2ln`],
])('a token %s is 401', async (_, make) => {
  const { ask } = await start();
  expect(await ask(await make())).toBe(401);
});

test.each<[string, JWTPayload]>([
  ['no sub', { sub: undefined }],
  ['an empty sub', { sub: '' }],
  ['a sub of more than 128 bytes', { sub: 'x'.repeat(129) }],
  ['a sub of fewer characters and more bytes', { sub: 'ä'.repeat(65) }],
  ['no rooms', { rooms: undefined }],
  ['an empty list of rooms', { rooms: [] }],
  ['a room that is no text', { rooms: ['lobby', 7] }],
  ['a room without name', { rooms: [''] }],
  ['rooms that are no list', { rooms: 'lobby' }],
  ['a publish that is no boolean', { publish: 'false' }],
  ['a jti that is no text', { jti: 7 as never }],
  ['more rooms than API Gateway takes', { rooms: Array.from({ length: 900 }, (_, i) => `room-${i}`) }],
])('a good token with %s gives nothing: 403', async (_, claims) => {
  const { ask } = await start();
  expect(await ask(await token(claims))).toBe(403);
});

test('a sub may have 128 bytes', async () => {
  const { ask } = await start();
  const sub = 'ä'.repeat(64);
  expect(await ask(await token({ sub }))).toMatchObject({ userId: sub });
});

describe('the key', () => {
  test('is read once, however many tokens come', async () => {
    const { ask } = await start();
    for (let i = 0; i < 5; i += 1)
      expect(await ask(await token({ sub: `user-${i}` }))).toHaveProperty('userId');
    expect(secrets.asked).toHaveLength(1);
  });

  test('before the current one counts too', async () => {
    const { ask } = await start();
    expect(await ask(await token({}, FORMER_KEY))).toMatchObject({ userId: 'ada' });
  });

  test('counts as soon as it is rotated in, and the one that it replaces goes on counting', async () => {
    const { ask } = await start();
    expect(await ask(await token())).toMatchObject({ userId: 'ada' });
    secrets.versions = { AWSCURRENT: NEXT_KEY, AWSPREVIOUS: KEY };
    expect(await ask(await token({}, NEXT_KEY))).toMatchObject({ userId: 'ada' });
    expect(await ask(await token({}, KEY))).toMatchObject({ userId: 'ada' });
    expect(await ask(await token({}, FORMER_KEY))).toBe(401);
  });

  test('is not read again for every forged token', async () => {
    const { ask } = await start();
    for (let i = 0; i < 5; i += 1) expect(await ask(await token({}, 'x'.repeat(64)))).toBe(401);
    // Both versions, and both once more since they may have been rotated.
    expect(secrets.asked).toHaveLength(4);
  });

  test('without a version before it works alone', async () => {
    secrets.versions = { AWSCURRENT: KEY };
    const { ask } = await start();
    expect(await ask(await token())).toMatchObject({ userId: 'ada' });
    expect(await ask(await token({}, FORMER_KEY))).toBe(401);
  });

  test('that is shorter than 32 bytes is refused, whatever it signed', async () => {
    secrets.versions = { AWSCURRENT: 'short' };
    const { ask, logged } = await start();
    expect(await ask(await token({}, 'short'))).toBe(500);
    expect(logged()).toContain('the token secret has 5 bytes, expected at least 32');
  });

  test('that cannot be read is 500, and read again for the next token', async () => {
    const { ask } = await start();
    secrets.isDown = true;
    expect(await ask(await token())).toBe(500);
    secrets.isDown = false;
    expect(await ask(await token())).toMatchObject({ userId: 'ada' });
  });

  test('goes on counting where a forged token has it read again in vain', async () => {
    const { ask } = await start();
    expect(await ask(await token({}, FORMER_KEY))).toMatchObject({ userId: 'ada' });
    secrets.isDown = true;
    expect(await ask(await token({}, 'x'.repeat(64)))).toBe(500);
    expect(await ask(await token())).toMatchObject({ userId: 'ada' });
  });
});

test('no line of the log has a token, a part of one or a key in it', async () => {
  const { ask, logged } = await start();
  const tokens = [
    await token(),
    await token({ exp: now() - 1 }),
    await token({}, 'x'.repeat(64)),
    await token({ rooms: [] }),
    `${Buffer.from('{"alg":"HS256","secret-part').toString('base64url')}.e30.c2ln`,
  ];
  for (const each of tokens) await ask(each);
  secrets.versions = {};
  const broken = await start();
  await broken.ask(tokens[0]);
  const text = logged() + broken.logged();
  expect(text.trim().split('\n')).toHaveLength(tokens.length + 1);
  for (const part of [...tokens.flatMap((each) => each.split('.')), KEY, 'secret-part', 'ada']) {
    expect(text).not.toContain(part);
  }
});

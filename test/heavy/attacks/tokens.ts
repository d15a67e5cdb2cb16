// Room tokens that do not count, or not for this.
import { createHmac, generateKeyPairSync } from 'node:crypto';
import { SignJWT } from 'jose';
import { Wire } from '../../support/wire';
import { type Attack, refused } from './attack';
import { attacker, knock, mint, now, withToken, type World } from './world';

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

/** A token put together by hand, which no library would make. */
export function forge(
  header: Record<string, unknown>,
  claims: unknown,
  sign: (signed: string) => string = () => '',
): string {
  const signed = `${encode(header)}.${encode(claims)}`;
  return `${signed}.${sign(signed)}`;
}

export const hmac =
  (key: string | Buffer, hash = 'sha256') =>
  (signed: string) =>
    createHmac(hash, key).update(signed).digest('base64url');

type Make = (world: World) => string | Promise<string>;

function tokens(status: number, cases: Record<string, Make>): Attack[] {
  return refused(
    status,
    'tokens',
    Object.fromEntries(
      Object.entries(cases).map(([name, make]) => [
        `room token: ${name}`,
        async (world: World): Promise<Parameters<typeof knock>> => [
          withToken(world.url.tokens, await make(world)),
        ],
      ]),
    ),
  );
}

const good = ({ secret }: World, claims?: Record<string, unknown>) => mint(secret.tokens, attacker(claims));
const secretOf = ({ secret }: World) => secret.tokens.export();

/** A good token with one of its three parts replaced. */
async function altered(world: World, part: 0 | 1 | 2, alter: (part: string) => string): Promise<string> {
  const parts = (await good(world)).split('.');
  parts[part] = alter(parts[part]);
  return parts.join('.');
}

const elsewhere = generateKeyPairSync('rsa', { modulusLength: 2048 });

export const TOKENS: Attack[] = [
  ...refused(401, 'tokens', {
    'room token: none': ({ url }) => [url.tokens],
    'room token: in a header that no browser sends': async (world) => [
      world.url.tokens,
      { headers: { Authorization: `Bearer ${await good(world)}` } },
    ],
    'room token: two different ones in the query': async (world) => [
      `${withToken(world.url.tokens, await good(world))}&token=${await good(world, { sub: 'other' })}`,
    ],
    'room token: one in the query and another as a subprotocol': async (world) => [
      withToken(world.url.tokens, await good(world)),
      { protocols: ['webrtc-signaling', `token.${await good(world, { sub: 'other' })}`] },
    ],
    'room token: a bad one as a subprotocol': async (world) => [
      world.url.tokens,
      { protocols: ['webrtc-signaling', `token.${await altered(world, 2, () => 'AAAA')}`] },
    ],
    'room token: under another name in the query': async (world) => [
      `${world.url.tokens}?Token=${await good(world)}`,
    ],
  }),
  ...tokens(401, {
    empty: () => '',
    garbage: () => 'let me in',
    'two of three parts': async (world) => (await good(world)).split('.').slice(0, 2).join('.'),
    'no signature': (world) => altered(world, 2, () => ''),
    'four parts': async (world) => `${await good(world)}.AAAA`,
    'alg none': () => forge({ alg: 'none' }, attacker()),
    'alg None': () => forge({ alg: 'None' }, attacker()),
    'alg none, with the signature of HS256': (world) =>
      forge({ alg: 'none' }, attacker(), hmac(secretOf(world))),
    'no alg': (world) => forge({ typ: 'JWT' }, attacker(), hmac(secretOf(world))),
    'alg that is a list': (world) => forge({ alg: ['HS256'] }, attacker(), hmac(secretOf(world))),
    'signed with another secret': () => mint(Buffer.alloc(64, 7)),
    'signed with an empty secret': () => forge({ alg: 'HS256' }, attacker(), hmac('')),
    'signed with the name of the algorithm': () => forge({ alg: 'HS256' }, attacker(), hmac('HS256')),
    'signed with the secret of another service': ({ secret }) => mint(secret.singleUse),
    'HS512 by the right secret': (world) =>
      forge({ alg: 'HS512' }, attacker(), hmac(secretOf(world), 'sha512')),
    'HS384 by the right secret': (world) =>
      forge({ alg: 'HS384' }, attacker(), hmac(secretOf(world), 'sha384')),
    'RS256 by a key of the attacker': () =>
      new SignJWT(attacker()).setProtectedHeader({ alg: 'RS256' }).sign(elsewhere.privateKey),
    'RS256 by a key of the attacker, which the header carries': () =>
      new SignJWT(attacker())
        .setProtectedHeader({ alg: 'RS256', jwk: elsewhere.publicKey.export({ format: 'jwk' }) })
        .sign(elsewhere.privateKey),
    'a header that points to a key elsewhere': () =>
      mint(Buffer.alloc(64, 7), attacker(), { jku: 'https://evil.example.com/keys', kid: '../../dev/null' }),
    'an extension that must be understood': ({ secret }) =>
      forge({ alg: 'HS256', crit: ['exp2'], exp2: 1 }, attacker(), hmac(secret.tokens.export())),
    'other rooms written in': (world) => altered(world, 1, () => encode(attacker({ rooms: ['bystanders'] }))),
    'another user written in': (world) => altered(world, 1, () => encode(attacker({ sub: 'bystander' }))),
    'another signature': (world) =>
      altered(world, 2, (part) => (part.startsWith('A') ? 'B' : 'A') + part.slice(1)),
    expired: (world) => good(world, { exp: now() - 60 }),
    'expired this second': (world) => good(world, { exp: now() }),
    'not valid yet': (world) => good(world, { nbf: now() + 120 }),
    'without end': (world) => good(world, { exp: undefined }),
    'an end that is text': ({ secret }) =>
      forge({ alg: 'HS256' }, { ...attacker(), exp: '9999999999' }, hmac(secret.tokens.export())),
    'an end beyond all numbers': ({ secret }) =>
      `${Buffer.from('{"alg":"HS256"}').toString('base64url')}.${Buffer.from('{"sub":"mallory","rooms":["*"],"exp":1e999}').toString('base64url')}`.replace(
        /.*/,
        (signed) => `${signed}.${hmac(secret.tokens.export())(signed)}`,
      ),
    'claims that are a list': ({ secret }) =>
      forge({ alg: 'HS256' }, [attacker()], hmac(secret.tokens.export())),
  }),
  ...tokens(403, {
    'for nobody': (world) => good(world, { sub: undefined }),
    'for an empty user': (world) => good(world, { sub: '' }),
    'for a user that is a number': ({ secret }) =>
      forge({ alg: 'HS256' }, { ...attacker(), sub: 1 }, hmac(secret.tokens.export())),
    'for a user with a name too long for a roster': (world) => good(world, { sub: 'u'.repeat(200) }),
    'for no room': (world) => good(world, { rooms: [] }),
    'rooms left out': (world) => good(world, { rooms: undefined }),
    'rooms that are text': (world) => good(world, { rooms: '*' }),
    'rooms that are true': (world) => good(world, { rooms: true }),
    'rooms with a list among them': (world) => good(world, { rooms: [['*']] }),
    'publish that is text': (world) => good(world, { publish: 'true' }),
    'publish that is 1': (world) => good(world, { publish: 1 }),
  }),
  ...refused(401, 'singleUse', {
    'single use: the secret of another service': async ({ url, secret }) => [
      withToken(url.singleUse, await mint(secret.tokens, attacker({ jti: 'a' }))),
    ],
  }),
  ...refused(403, 'singleUse', {
    'single use: no jti where each must have one': async ({ url, secret }) => [
      withToken(url.singleUse, await mint(secret.singleUse)),
    ],
  }),
  {
    name: 'single use: the same token again',
    async run({ url, secret }) {
      const again = withToken(url.singleUse, await mint(secret.singleUse, attacker({ jti: 'again' })));
      const came = [await knock(again), await knock(again), await knock(again)];
      return came.join() === 'open,403,403' ? undefined : came.join();
    },
  },
  {
    name: 'single use: the same token ten times at once',
    async run({ url, secret }) {
      const again = withToken(url.singleUse, await mint(secret.singleUse, attacker({ jti: 'at once' })));
      const came = await Promise.all(Array.from({ length: 10 }, () => knock(again)));
      return came.filter((each) => each === 'open').length === 1 ? undefined : came.join();
    },
  },
  {
    name: 'single use: a token that is only said to be another',
    async run({ url, secret }) {
      const token = await mint(secret.singleUse, attacker({ jti: 'padded' }));
      const came = [
        await knock(withToken(url.singleUse, token)),
        await knock(withToken(url.singleUse, `${token}=`)),
      ];
      return came[0] === 'open' && came[1] !== 'open' ? undefined : came.join();
    },
  },
  {
    name: 'a token is said back in the handshake',
    async run({ url, secret }) {
      const token = await mint(secret.tokens);
      const wire = await Wire.open(url.tokens, { protocols: ['webrtc-signaling', `token.${token}`] });
      const { protocol } = wire.socket;
      await wire.close();
      return protocol === 'webrtc-signaling' ? undefined : protocol;
    },
  },
  {
    name: 'one user connects without end',
    async run({ url, secret }) {
      const own = withToken(url.perUser, await mint(secret.perUser, attacker({ sub: 'many' })));
      const came: ('open' | number)[] = [];
      // Should a minute end meanwhile, ten come in two of them.
      for (let i = 0; i < 12; i += 1) came.push(await knock(own));
      const other = await knock(
        withToken(url.perUser, await mint(secret.perUser, attacker({ sub: 'other' }))),
      );
      return came.includes(429) && came.filter((each) => each === 'open').length <= 10 && other === 'open'
        ? undefined
        : `${came.join()}; another user: ${other}`;
    },
  },
];

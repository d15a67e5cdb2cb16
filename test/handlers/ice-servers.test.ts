// What each source gives, with stand-ins for Secrets Manager and for Cloudflare that answer as they do.
import { createHash, createHmac } from 'node:crypto';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { iceServersFrom as from } from '../../lambda/ice/ice-servers';
import type { IceSource } from '../../lambda/ice/source';

const NOW = Date.UTC(2030, 0, 1);
const SECONDS = NOW / 1000;
const peer = { connectionId: 'Kb3TwdE3IAMCFfA=', connectedAt: NOW };
const ann = { ...peer, userId: 'ann@example.com' };
const urls = ['turn:turn.example.com'];
let coturn: Extract<IceSource, { kind: 'coturn' }>;

/** Text of each secret, by its ARN up to a `#`: each test has ARNs of its own, since what was read is kept. */
const secrets: Record<string, string> = {};
const arn = (name: string) => `${name}#${expect.getState().currentTestName}`;
let secretsRead: string[];
let secretsServer: Server;

let cloudflareServer: Server;
let cloudflare: Extract<IceSource, { kind: 'cloudflare' }>;
let asked: { method?: string; url?: string; authorization?: string; body: string }[];
/** undefined: it takes the request and never answers. */
let answer: { status: number; body: string } | undefined;

let logged: string[];

async function listen(
  handle: (request: IncomingMessage, body: string) => { status: number; body: string } | undefined,
) {
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      const answer = handle(request, body);
      if (answer) response.writeHead(answer.status, { 'content-type': 'application/json' }).end(answer.body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

const addressOf = (server: Server) => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

beforeAll(async () => {
  secretsServer = await listen((_, body) => {
    const { SecretId } = JSON.parse(body) as { SecretId: string };
    const [name] = SecretId.split('#');
    secretsRead.push(name);
    return name in secrets
      ? { status: 200, body: JSON.stringify({ ARN: SecretId, SecretString: secrets[name] }) }
      : { status: 400, body: JSON.stringify({ __type: 'ResourceNotFoundException', message: 'not found' }) };
  });
  cloudflareServer = await listen(({ method, url, headers: { authorization } }, body) => {
    asked.push({ method, url, authorization, body });
    return answer;
  });
  Object.assign(process.env, {
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    AWS_ENDPOINT_URL_SECRETS_MANAGER: addressOf(secretsServer),
  });
});

beforeEach(() => {
  coturn = { kind: 'coturn', urls, secretArn: arn('coturn'), ttlSeconds: 7200 };
  cloudflare = {
    kind: 'cloudflare',
    url: `${addressOf(cloudflareServer)}/v1/turn/keys/key/credentials/generate-ice-servers`,
    secretArn: arn('cloudflare'),
    ttlSeconds: 3600,
  };
  Object.assign(secrets, { coturn: 'the shared secret', turn: 'password', cloudflare: 'api-token' });
  secretsRead = [];
  asked = [];
  logged = [];
  answer = {
    status: 201,
    // As https://developers.cloudflare.com/realtime/turn/generate-credentials/ shows it.
    body: JSON.stringify({
      iceServers: [
        { urls: ['stun:stun.cloudflare.com:3478', 'stun:stun.cloudflare.com:53'] },
        {
          urls: [
            'turn:turn.cloudflare.com:3478?transport=udp',
            'turn:turn.cloudflare.com:53?transport=udp',
            'turns:turn.cloudflare.com:5349?transport=tcp',
          ],
          username: 'user',
          credential: 'credential',
        },
      ],
    }),
  };
  jest.spyOn(process.stdout, 'write').mockImplementation((line) => logged.push(String(line)) > 0);
});

afterEach(() => jest.restoreAllMocks());

afterAll(() => {
  for (const server of [secretsServer, cloudflareServer]) {
    server.closeAllConnections();
    server.close();
  }
});

/** Nothing that is logged tells a secret. */
function warnings(): object[] {
  for (const text of Object.values(secrets)) expect(logged.join('')).not.toContain(text);
  return logged.map((line) => JSON.parse(line) as object);
}

it('what needs no credentials is given as it is, without an end, and reads no secret', async () => {
  const iceServers = [{ urls: ['stun:stun.example.com'] }];
  expect(await from([{ kind: 'static', iceServers }])(peer, NOW)).toEqual({ iceServers });
  expect(await from([])(peer, NOW)).toEqual({ iceServers: [] });
  expect(secretsRead).toEqual([]);
});

it('a TURN password is the text of its secret, or a field of it, and does not end', async () => {
  secrets.json = '{"password":"in a field"}';
  const turn = { kind: 'turn', urls, username: 'caller' } as const;
  expect(
    await from([
      { ...turn, secretArn: arn('turn') },
      { ...turn, secretArn: arn('json'), secretField: 'password' },
    ])(peer, NOW),
  ).toEqual({
    iceServers: [
      { urls, username: 'caller', credential: 'password' },
      { urls, username: 'caller', credential: 'in a field' },
    ],
  });
});

it.each([
  ['the user, where there is one', ann, 'ann@example.com'],
  ['the peer, where there is none', peer, 'Kb3TwdE3IAMCFfA='],
  [
    'the hash of a user whose name coturn would refuse',
    { ...peer, userId: 'Ann "the one" O\'Hara' },
    createHash('sha256').update('Ann "the one" O\'Hara').digest('base64url'),
  ],
  [
    'the hash of a user whose name is too long',
    { ...peer, userId: 'a'.repeat(129) },
    createHash('sha256').update('a'.repeat(129)).digest('base64url'),
  ],
])('credentials for coturn are signed, and name their end and %s', async (_, connection, name) => {
  const { iceServers, expiresAt } = await from([coturn])(connection, NOW);
  const username = `${SECONDS + 7200}:${name}`;
  expect(expiresAt).toBe(SECONDS + 7200);
  expect(iceServers).toEqual([
    { urls, username, credential: createHmac('sha1', 'the shared secret').update(username).digest('base64') },
  ]);
});

it('the signature is the one that the TURN REST API is known by', async () => {
  // `echo -n 1893463200:ann@example.com | openssl dgst -sha1 -hmac 'the shared secret' -binary | base64`
  const { iceServers } = await from([coturn])(ann, NOW);
  expect(iceServers[0]).toMatchObject({
    username: '1893463200:ann@example.com',
    credential: 'hQQIQVLO/t6+Kn+3H+3dCFdZB2U=',
  });
});

it('a secret is read once, by however many ask at once', async () => {
  const give = from([coturn, { ...coturn, ttlSeconds: 300 }]);
  await Promise.all([give(peer, NOW), give(ann, NOW)]);
  await give(ann, NOW + 1000);
  expect(secretsRead).toEqual(['coturn']);
});

it('Cloudflare is asked for credentials, and what it gives goes to the client without the ports that browsers block', async () => {
  expect(await from([cloudflare])(peer, NOW)).toEqual({
    iceServers: [
      { urls: ['stun:stun.cloudflare.com:3478'] },
      {
        urls: ['turn:turn.cloudflare.com:3478?transport=udp', 'turns:turn.cloudflare.com:5349?transport=tcp'],
        username: 'user',
        credential: 'credential',
      },
    ],
    expiresAt: SECONDS + 3600,
  });
  expect(asked).toEqual([
    {
      method: 'POST',
      url: '/v1/turn/keys/key/credentials/generate-ice-servers',
      authorization: 'Bearer api-token',
      body: '{"ttl":3600}',
    },
  ]);
});

it('of several, the servers come in order, and the end is the earliest', async () => {
  const stun: IceSource = { kind: 'static', iceServers: [{ urls: ['stun:stun.example.com'] }] };
  const { iceServers, expiresAt } = await from([coturn, stun, cloudflare])(peer, NOW);
  expect(iceServers.map(({ urls }) => urls[0])).toEqual([
    'turn:turn.example.com',
    'stun:stun.example.com',
    'stun:stun.cloudflare.com:3478',
    'turn:turn.cloudflare.com:3478?transport=udp',
  ]);
  expect(expiresAt).toBe(SECONDS + 3600);
});

describe('a source that cannot be had leaves the others, and has the client ask again in a minute', () => {
  const given = (sources: IceSource[]) => from([coturn, ...sources])(ann, NOW);
  const coturnAlone = { iceServers: [expect.objectContaining({ urls })], expiresAt: SECONDS + 60 };

  it.each([
    ['refuses', { status: 403, body: '{"error":"api-token is wrong"}' }, 'answered 403'],
    ['is broken', { status: 500, body: 'oops' }, 'answered 500'],
    [
      'answers what is no JSON',
      { status: 201, body: '<api-token>' },
      'answered with something other than ICE servers',
    ],
    [
      'answers other JSON',
      { status: 201, body: '{"iceServers":{"urls":"turn:x"}}' },
      'answered with something other than ICE servers',
    ],
    [
      'answers servers of another shape',
      { status: 201, body: '{"iceServers":[{"urls":[1]}]}' },
      'answered with something other than ICE servers',
    ],
    ['does not answer', undefined, 'no answer within 3000 ms'],
  ])('where Cloudflare %s', async (_, cloudflareAnswers, reason) => {
    answer = cloudflareAnswers;
    expect(await given([cloudflare])).toEqual(coturnAlone);
    expect(warnings()).toEqual([
      { level: 'warn', event: 'ice-servers-unavailable', source: 'cloudflare', reason },
    ]);
  });

  it('where Cloudflare cannot be reached', async () => {
    expect(await given([{ ...cloudflare, url: 'http://127.0.0.1:1/' }])).toEqual(coturnAlone);
    expect(warnings()).toMatchObject([{ source: 'cloudflare', reason: 'TypeError' }]);
  });

  it.each([
    ['has a line break', 'api-\ntoken', 'the API token has characters that none has'],
    ['is not there', undefined, 'ResourceNotFoundException'],
    ['is empty', '', 'the secret has no text'],
  ])('where the API token %s', async (_, token, reason) => {
    if (token === undefined) delete secrets.cloudflare;
    else secrets.cloudflare = token;
    expect(await given([cloudflare])).toEqual(coturnAlone);
    if (token === '') delete secrets.cloudflare;
    expect(warnings()).toMatchObject([{ source: 'cloudflare', reason }]);
  });

  it.each([
    ['is no JSON', 'hush hush', 'the secret is no JSON object'],
    ['is JSON null', 'null', 'the secret has no field password'],
    ['lacks the field', '{"other":"hush"}', 'the secret has no field password'],
    ['has something else there', '{"password":7}', 'the secret has no field password'],
  ])('where the secret of a password %s', async (_, text, reason) => {
    secrets.turn = text;
    const turn: IceSource = {
      kind: 'turn',
      urls: ['turn:other.example.com'],
      username: 'caller',
      secretArn: arn('turn'),
      secretField: 'password',
    };
    expect(await given([turn])).toEqual(coturnAlone);
    if (text === 'null') delete secrets.turn;
    expect(warnings()).toMatchObject([{ source: 'turn', reason }]);
  });
});

it('what failed is read again by the next', async () => {
  delete secrets.coturn;
  const give = from([coturn]);
  expect((await give(ann, NOW)).iceServers).toEqual([]);
  secrets.coturn = 'here now';
  expect((await give(ann, NOW)).iceServers).toHaveLength(1);
});

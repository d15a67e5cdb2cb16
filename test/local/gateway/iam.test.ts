// $connect with AWS_IAM: URLs signed by aws4fetch, which knows nothing of the gateway.
import { AwsClient } from 'aws4fetch';
import { Guard } from '../../../local/src/iam/guard';
import type { ApiCall } from '../../../local/src/iam/api-call';
import type { ClientCredentials } from '../../../local/src/iam/principal';
import { ManualClock } from '../../support/manual-clock';
import { open, play, refusal, stopAll } from './harness';

afterEach(stopAll);

const alice: ClientCredentials = {
  accessKeyId: 'AKIAALICEALICEALICEX',
  secretAccessKey: 'the/secret+of/alice',
  userArn: 'arn:aws:iam::000000000000:user/alice',
};
const session: ClientCredentials = {
  accessKeyId: 'ASIASESSIONSESSIONXX',
  secretAccessKey: 'secret',
  sessionToken: 'a token+with/characters=',
  userArn: 'arn:aws:sts::000000000000:assumed-role/Caller/browser',
};

const clock = new ManualClock();
const asDate = (ms: number) => new Date(ms).toISOString().replace(/[-:]|\.\d{3}/g, '');

interface Signing {
  at?: number;
  expires?: number;
  region?: string;
  service?: string;
  query?: Record<string, string>;
}

async function sign(url: string, credentials: Partial<ClientCredentials>, signing: Signing = {}) {
  const { at = clock.now(), expires, region = 'us-east-1', service = 'execute-api', query = {} } = signing;
  const client = new AwsClient({ ...(credentials as ClientCredentials), region, service });
  const target = new URL(url.replace(/^ws/, 'http'));
  for (const [name, value] of Object.entries(query)) target.searchParams.set(name, value);
  if (expires !== undefined) target.searchParams.set('X-Amz-Expires', String(expires));
  const { url: signed } = await client.sign(target.href, { aws: { signQuery: true, datetime: asDate(at) } });
  return signed.replace(/^http/, 'ws');
}

const protectedApi = (more: object = {}) =>
  play({
    routes: { $connect: { wantsSignature: true } },
    clientCredentials: [alice, session],
    clock,
    ...more,
  });

const edit = (url: string, change: (parameters: URLSearchParams) => void) => {
  const edited = new URL(url);
  change(edited.searchParams);
  return edited.href;
};

it.each([
  ['a user', alice, /^AIDA[0-9A-F]{17}$/],
  ['a session of a role', session, /^AROA[0-9A-F]{17}:browser$/],
])('a URL that %s signed opens the connection, and every event says whose it is', async (_, by, caller) => {
  const { url, events } = await protectedApi();
  const client = await open(await sign(url, by, { query: { room: "it's a room/1 (*)" } }));
  client.ws.send('{}');
  client.ws.close();
  const all = await events.take(3);
  expect(all.map(({ requestContext }) => requestContext.eventType).sort()).toEqual([
    'CONNECT',
    'DISCONNECT',
    'MESSAGE',
  ]);
  for (const { requestContext } of all) {
    expect(requestContext.identity).toEqual({
      sourceIp: '127.0.0.1',
      userArn: by.userArn,
      accessKey: by.accessKeyId,
      accountId: '000000000000',
      caller: expect.stringMatching(caller),
      user: requestContext.identity.caller,
    });
    expect(requestContext.authorizer).toBeUndefined();
  }
});

it('a handshake may be signed by its header instead', async () => {
  const { url } = await protectedApi();
  const client = new AwsClient({ ...session, region: 'us-east-1', service: 'execute-api' });
  const { headers } = await client.sign(url.replace(/^ws/, 'http'), {
    aws: { datetime: asDate(clock.now()) },
  });
  const sent = Object.fromEntries(headers);
  await open(url, [], { headers: sent });
  expect(await refusal(url, { headers: { ...sent, 'x-amz-date': asDate(clock.now() + 1000) } })).toBe(403);
});

it.each<[string, (url: string) => string | Promise<string>]>([
  ['without a signature', (url) => url],
  [
    'signed with a secret that is not the key’s',
    (url) => sign(url, { ...alice, secretAccessKey: 'guessed' }),
  ],
  ['signed with a key that nobody has', (url) => sign(url, { ...alice, accessKeyId: 'AKIANOBODY' })],
  ['without the token of a session', (url) => sign(url, { ...session, sessionToken: undefined })],
  ['with the token of another session', (url) => sign(url, { ...session, sessionToken: 'another' })],
  ['with a token where there is no session', (url) => sign(url, { ...alice, sessionToken: 'token' })],
  ['signed for another region', (url) => sign(url, alice, { region: 'eu-west-1' })],
  ['signed for another service', (url) => sign(url, alice, { service: 's3' })],
  ['signed for another host', (url) => sign(url.replace('127.0.0.1', 'localhost'), alice).then(backTo(url))],
  [
    'signed for another stage',
    (url) => sign(url.replace('prod', 'dev'), alice).then((signed) => signed.replace('/dev', '/prod')),
  ],
  ['signed ten minutes ahead', (url) => sign(url, alice, { at: clock.now() + 600_000 })],
  ['signed too long ago', (url) => sign(url, alice, { at: clock.now() - 300_000 })],
  ['that has expired', (url) => sign(url, alice, { at: clock.now() - 60_000, expires: 60 })],
  ['that holds for no time', (url) => sign(url, alice, { expires: 0 })],
  ['that would hold for more than a week', (url) => sign(url, alice, { expires: 604_801 })],
  [
    'with a parameter changed',
    (url) =>
      sign(url, alice, { query: { room: 'a' } }).then((signed) => edit(signed, (p) => p.set('room', 'b'))),
  ],
  [
    'with a parameter added',
    (url) => sign(url, alice).then((signed) => edit(signed, (p) => p.append('room', 'b'))),
  ],
  [
    'with its expiry raised',
    (url) =>
      sign(url, alice, { expires: 60 }).then((signed) => edit(signed, (p) => p.set('X-Amz-Expires', '600'))),
  ],
  [
    'without a signed host',
    (url) => sign(url, alice).then((signed) => edit(signed, (p) => p.set('X-Amz-SignedHeaders', 'origin'))),
  ],
  [
    'with an algorithm of its own',
    (url) => sign(url, alice).then((signed) => edit(signed, (p) => p.set('X-Amz-Algorithm', 'none'))),
  ],
  [
    'with an empty signature',
    (url) => sign(url, alice).then((signed) => edit(signed, (p) => p.set('X-Amz-Signature', ''))),
  ],
])('a URL %s is refused with 403, and no function runs', async (_, make) => {
  const { url, events, log } = await protectedApi();
  expect(await refusal(await make(url))).toBe(403);
  expect(events.all).toEqual([]);
  expect(log).toEqual([expect.objectContaining({ status: 403, error: expect.any(String) })]);
  expect(JSON.stringify(log)).not.toContain(alice.secretAccessKey);
});

const backTo = (url: string) => (signed: string) => signed.replace('localhost', new URL(url).hostname);

it('a URL holds for as long as it says', async () => {
  const { url } = await protectedApi();
  await open(await sign(url, alice, { at: clock.now() - 3_599_000, expires: 3_600 }));
});

it('whoever has policies is put to the judge, the others may connect', async () => {
  const calls: ApiCall[] = [];
  const policies = [{ name: 'p', document: {} }];
  const { url } = await protectedApi({
    clientCredentials: [{ ...alice, policies }, session],
    guard: new Guard(new Map(), (call) => calls.push(call) > 1, clock),
  });
  expect(await refusal(await sign(url, alice))).toBe(403);
  await open(await sign(url, alice));
  await open(await sign(url, session));
  expect(calls).toHaveLength(2);
  expect(calls[0]).toMatchObject({
    principalArn: alice.userArn,
    action: 'execute-api:Invoke',
    resource: 'arn:aws:execute-api:us-east-1:000000000000:a1b2c3d4e5/prod/$connect',
    context: { 'aws:PrincipalType': 'User' },
    policies,
  });
});

// @connections, mostly through the client of the AWS SDK that handlers use.
import {
  DeleteConnectionCommand,
  GetConnectionCommand,
  GoneException,
  LimitExceededException,
  PayloadTooLargeException,
  PostToConnectionCommand,
} from '@aws-sdk/client-apigatewaymanagementapi';
import { ManualClock } from '../../support/manual-clock';
import { deferred, idOf, isEvent, managementClient, open, play, stopAll, type Played } from './harness';

afterEach(stopAll);

const UNKNOWN = 'AAAAAAAAAAAAAAA=';

const post = (played: Played, Data: string | Uint8Array, ConnectionId = idOf(played)) =>
  managementClient(played).send(new PostToConnectionCommand({ ConnectionId, Data }));

const failed = (sent: Promise<unknown>): Promise<any> =>
  sent.then(
    () => Promise.reject(new Error('the call succeeded')),
    (error: unknown) => error,
  );

test('what is posted arrives as text frames, in the order of the posts', async () => {
  const played = await play();
  const client = await open(played.url);
  const binary: boolean[] = [];
  client.ws.on('message', (_, isBinary) => binary.push(isBinary));
  for (const text of ['one', 'zwö', '']) await post(played, text);
  await post(played, Buffer.from('four'));
  expect(await client.messages.take(4)).toEqual(['one', 'zwö', '', 'four']);
  expect(binary).toEqual([false, false, false, false]);
});

test('a post succeeds with 200 and no content', async () => {
  const played = await play();
  await open(played.url);
  const response = await fetch(
    `${played.gateway.callbackUrl('prod')}/@connections/${encodeURIComponent(idOf(played))}`,
    { method: 'POST', body: 'hello' },
  );
  expect([response.status, await response.text()]).toEqual([200, '']);
});

test('the first answer may follow the first message of a client', async () => {
  const played: Played = await play({
    functions: { $default: () => post(played, 'welcome').then(() => undefined) },
  });
  const client = await open(played.url);
  client.ws.send('hello');
  expect(await client.messages.first()).toBe('welcome');
});

test('ids are found whatever characters they have', async () => {
  const played = await play();
  const clients = await Promise.all(Array.from({ length: 40 }, () => open(played.url)));
  const ids = played.events.all.map(({ requestContext }) => requestContext.connectionId);
  await Promise.all(ids.map((id) => post(played, id, id)));
  const received = await Promise.all(clients.map(({ messages }) => messages.first()));
  expect(received.sort()).toEqual(ids.sort());
});

test('GET tells since when a connection stands, whose it is, and when it was last active', async () => {
  const clock = new ManualClock(Date.UTC(2024, 1, 19, 7, 0, 0));
  const played = await play({ clock });
  const client = await open(played.url, [], { headers: { 'User-Agent': 'a browser' } });
  clock.advance(60_000);
  client.ws.send('hello');
  await played.events.first(isEvent('MESSAGE'));
  clock.advance(1_000);
  const command = new GetConnectionCommand({ ConnectionId: idOf(played) });
  const { $metadata: _metadata, ...answer } = await managementClient(played).send(command);
  expect(answer).toEqual({
    ConnectedAt: new Date('2024-02-19T07:00:00Z'),
    LastActiveAt: new Date('2024-02-19T07:01:00Z'),
    Identity: { SourceIp: '127.0.0.1', UserAgent: 'a browser' },
  });
});

test.each([
  ['POST', new PostToConnectionCommand({ ConnectionId: UNKNOWN, Data: 'x' })],
  ['GET', new GetConnectionCommand({ ConnectionId: UNKNOWN })],
  ['DELETE', new DeleteConnectionCommand({ ConnectionId: UNKNOWN })],
])('%s of an unknown connection is a GoneException', async (_, command) => {
  const played = await play();
  const error = await failed(managementClient(played).send(command as PostToConnectionCommand));
  expect(error).toBeInstanceOf(GoneException);
  expect(error.name).toBe('GoneException');
  expect(error.$metadata.httpStatusCode).toBe(410);
});

test('a connection that has ended is gone', async () => {
  const disconnecting = deferred();
  const played = await play({ functions: { $disconnect: () => disconnecting.promise } });
  const client = await open(played.url);
  client.ws.close();
  await played.events.first(isEvent('DISCONNECT'));
  expect(await failed(post(played, 'x'))).toBeInstanceOf(GoneException);
  disconnecting.resolve();
});

test('a connection is gone as soon as DELETE has answered, though its client has not closed yet', async () => {
  const played = await play();
  const client = await open(played.url);
  client.ws.pause();
  const command = new DeleteConnectionCommand({ ConnectionId: idOf(played) });
  const { $metadata } = await managementClient(played).send(command);
  expect($metadata.httpStatusCode).toBe(204);
  expect(await failed(post(played, 'x'))).toBeInstanceOf(GoneException);
  client.ws.resume();
  expect((await client.closed).code).toBe(1000);
  expect(client.messages.all).toEqual([]);
});

test("a connection is not found through another stage's address", async () => {
  const stages = [
    { stageName: 'prod', variables: {} },
    { stageName: 'beta', variables: {} },
  ];
  const played = await play({ api: { stages } });
  await open(played.url);
  const command = new PostToConnectionCommand({ ConnectionId: idOf(played), Data: 'x' });
  expect(await failed(managementClient(played, 'beta').send(command))).toBeInstanceOf(GoneException);
});

test.each(['x', 'not-a-connection', 'AAAAAAAAAAAAAAAA', 'AAA/AAA', '%'])(
  'the malformed id %p is a BadRequestException',
  async (id) => {
    const played = await play();
    const error = await failed(post(played, 'x', id));
    expect([error.name, error.$metadata.httpStatusCode]).toEqual(['BadRequestException', 400]);
  },
);

test('128 KB can be posted, and one byte more is a PayloadTooLargeException', async () => {
  const played = await play();
  const client = await open(played.url);
  await post(played, 'x'.repeat(128 * 1024));
  expect(await failed(post(played, 'x'.repeat(128 * 1024 + 1)))).toBeInstanceOf(PayloadTooLargeException);
  await post(played, 'after');
  const [whole, after] = await client.messages.take(2);
  expect([whole.length, after]).toEqual([128 * 1024, 'after']);
});

test('a client that does not read fills its buffer: LimitExceededException, and nothing accepted is lost', async () => {
  const played = await play();
  const client = await open(played.url);
  client.ws.pause();
  let accepted = 0;
  let error: unknown;
  // What the two kernels buffer comes on top of the gateway's own.
  while (!error && accepted < 1_000) {
    const sent = post(played, `${accepted} ${'x'.repeat(100_000)}`);
    error = await sent.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    if (!error) accepted += 1;
  }
  expect(error).toBeInstanceOf(LimitExceededException);
  client.ws.resume();
  const received = await client.messages.take(accepted);
  expect(received.map((text) => parseInt(text))).toEqual(
    Array.from({ length: accepted }, (_, index) => index),
  );
  await post(played, 'after');
  expect(await client.messages.first((text) => text === 'after')).toBe('after');
});

test('another method is forbidden', async () => {
  const played = await play();
  await open(played.url);
  const url = `${played.gateway.callbackUrl('prod')}/@connections/${encodeURIComponent(idOf(played))}`;
  const response = await fetch(url, { method: 'PUT', body: 'x' });
  expect([response.status, response.headers.get('x-amzn-errortype')]).toEqual([403, 'ForbiddenException']);
});

// Everything that the handlers do, once: what none of it needs, no role needs.
import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import type { Playing } from '../../local/src';
import type { StackModel } from '../../local/src/template/read-template';
import type { IceServer } from '../../protocol/messages';
import { type Frame, Wire } from '../support/wire';
import type { Door } from './door';

/** A connection that has ended, of which `$disconnect` was lost. */
const GHOST = 'AAAAAAAAAAAAAAA=';

export async function runScenario(playing: Playing, model: StackModel, door: Door): Promise<void> {
  const options = { origin: door.origin };
  const open = async (who?: Parameters<Door['url']>[0]) => Wire.open(await door.url(who), options);
  const [a, b] = [await open({ userId: 'ann' }), await open({ userId: 'bob' })];
  const variables = Object.assign({}, ...model.functions.map(({ environment }) => environment)) as Record<
    string,
    string | undefined
  >;

  // Join, join anew with other metadata, relay to one and to all.
  const { peerId: aId } = await a.join('room', { metadata: { name: 'a' } });
  const { peerId: bId, resume } = await b.join('room');
  await a.next('peer-joined');
  await a.join('room', { metadata: { name: 'still a' } });
  a.send({ type: 'signal', roomId: 'room', to: bId, data: 1 });
  b.send({ type: 'signal', roomId: 'room', data: 2 });
  await Promise.all([b.next('signal'), a.next('signal')]);
  const { iceServers } = expectAnswer(await a.ask({ type: 'ice-servers' }), 'ice-servers');
  const sources = JSON.parse(variables.ICE_SERVERS!) as { kind: string }[];
  const withCredentials = (iceServers as IceServer[]).filter(({ credential }) => credential);
  const expected = sources.filter(({ kind }) => kind !== 'static');
  if (withCredentials.length !== expected.length) {
    throw new Error(`${withCredentials.length} of ${expected.length} ICE servers have credentials`);
  }

  // A place taken over while its former holder is still connected, who is closed.
  const c = await open({ userId: 'bob' });
  const { peerId: cId } = await c.join('room', { resume });
  while (!b.closed) await b.next(() => false).catch(() => undefined);

  // Somebody whose connection is gone, found by a message to all.
  await putGhost(playing);
  a.send({ type: 'signal', roomId: 'room', data: 3 });
  await c.next(({ type, peerId }) => type === 'peer-left' && peerId === GHOST);

  // Leave, come back, and end without a word.
  expectAnswer(await c.ask({ type: 'leave', roomId: 'room' }), 'left');
  await c.join('room');
  a.cut();
  await c.next(({ type, peerId }) => type === 'peer-left' && peerId === aId);
  if (cId === aId) throw new Error('two peers of one id');
  await c.close();

  // A full room; who goes on sending regardless is disconnected.
  const three = [await open(), await open(), await open()];
  for (const wire of three) await wire.join('full');
  const fourth = await open();
  const refused = await fourth.ask({ type: 'register', roomId: 'full' });
  if (refused.code !== 'room-full') throw new Error(`expected room-full: ${JSON.stringify(refused)}`);
  while (!fourth.closed) await fourth.ask({ type: 'ping' }).catch(() => undefined);
  await Promise.all(three.map((wire) => wire.close()));

  if (door.knowsListeners) {
    const listener = await open({ publish: false });
    const { publish } = await listener.join('room');
    const said = await listener.ask({ type: 'signal', roomId: 'room', data: 1 });
    if (publish !== false || said.code !== 'forbidden') throw new Error('a listener may publish');
    await listener.close();
  }
  if (door.isSingleUse) {
    const url = await door.url();
    await (await Wire.open(url, options)).close();
    await expectStatus(Wire.open(url, options), 403);
  }
  if (variables.MAX_CONNECTIONS_PER_USER_PER_MINUTE) {
    const userId = 'carol';
    const most = Number(variables.MAX_CONNECTIONS_PER_USER_PER_MINUTE);
    for (let i = 0; i < most; i++) await (await open({ userId })).close();
    await expectStatus(open({ userId }), 429);
  }
}

async function expectStatus(opening: Promise<Wire>, status: number) {
  const refusal = await opening.then(
    () => 'it was let in',
    (error: Error) => error.message,
  );
  if (!refusal.includes(String(status))) throw new Error(`expected ${status}: ${refusal}`);
}

function expectAnswer(answer: Frame, expected: string): Frame {
  if (answer.type !== expected) throw new Error(`expected ${expected}: ${JSON.stringify(answer)}`);
  return answer;
}

async function putGhost({ dynamodb }: Playing) {
  const client = new DynamoDBClient({
    endpoint: dynamodb.endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
  const tableOf = (pattern: RegExp) =>
    Object.entries(dynamodb.tables).find(([id]) => pattern.test(id))?.[1] ?? String(pattern);
  const expiresAt = { N: String(Math.floor(Date.now() / 1000) + 3600) };
  const timestamp = { N: String(Date.now()) };
  const connectionId = { S: GHOST };
  await client.send(
    new PutItemCommand({
      TableName: tableOf(/Connections/),
      Item: { connectionId, timestamp, expiresAt, rooms: { SS: ['room'] } },
    }),
  );
  await client.send(
    new PutItemCommand({
      TableName: tableOf(/Rooms/),
      Item: { roomId: { S: 'room' }, connectionId, timestamp, expiresAt },
    }),
  );
  client.destroy();
}

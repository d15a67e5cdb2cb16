// Everything that the handlers do, once: what none of it needs, no role needs.
import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import type { Playing } from '../../local/src';
import { Wire } from '../support/wire';

/** A connection that has ended, of which `$disconnect` was lost. */
const GHOST = 'AAAAAAAAAAAAAAA=';

export interface Entry {
  /** Address of a new connection, with what lets it in. */
  url: () => Promise<string>;
}

export async function runScenario(playing: Playing, { url }: Entry): Promise<void> {
  const open = async () => Wire.open(await url());
  const [a, b] = [await open(), await open()];

  // Join, join anew with other metadata, relay to one and to all.
  const { peerId: aId } = await a.join('room', { metadata: { name: 'a' } });
  const { peerId: bId, resume } = await b.join('room');
  await a.next('peer-joined');
  await a.join('room', { metadata: { name: 'still a' } });
  a.send({ type: 'signal', roomId: 'room', to: bId, data: 1 });
  b.send({ type: 'signal', roomId: 'room', data: 2 });
  await Promise.all([b.next('signal'), a.next('signal')]);
  expectAnswer(await a.ask({ type: 'ice-servers', roomId: 'room' }), 'ice-servers');

  // A place taken over while its former holder is still connected, who is closed.
  const c = await open();
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
}

function expectAnswer({ type, ...answer }: Record<string, unknown>, expected: string) {
  if (type !== expected) throw new Error(`expected ${expected}: ${JSON.stringify({ type, ...answer })}`);
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

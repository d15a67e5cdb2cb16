// `npm run bench:units`: what one operation of the service consumes, in DynamoDB units and posts, for small and
// large rooms and tables. The units are DynamoDB's own count (`ReturnConsumedCapacity`) on the embedded one.
// Fails where a disconnect, a directed message or an eviction grows with the table, or a directed message with
// its room.
import { BatchWriteCommand } from '@aws-sdk/lib-dynamodb';
import type { ConsumedCapacity } from '@aws-sdk/client-dynamodb';
import type { Signaling } from '../lambda/signaling/operation';
import type { Connection } from '../lambda/signaling/room-store';
import { startTables } from '../test/support/tables';

const ROOM_SIZES = [2, 10, 90];
const TABLE_ROWS = [1_000, 100_000];
const OPERATIONS = ['join', 'directed message', 'broadcast', 'leave', 'disconnect', 'eviction'] as const;
type OperationName = (typeof OPERATIONS)[number];
type Units = { reads: number; writes: number; posts: number };

async function main() {
  const tables = await startTables();
  Object.assign(process.env, tables.environment, {
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    AWS_ENDPOINT_URL_DYNAMODB: tables.endpoint,
  });
  const { documents } = await import('../lambda/aws/dynamodb');
  const { dynamoDbRoomStore } = await import('../lambda/aws/dynamodb-room-store');
  const { countMessages, putConnection } = await import('../lambda/aws/connections-table');
  const { SharedMessageRate } = await import('../lambda/signaling/message-rate');
  const { receive } = await import('../lambda/signaling/receive');
  const { disconnect } = await import('../lambda/signaling/depart');

  const units: Units = { reads: 0, writes: 0, posts: 0 };
  documents.middlewareStack.add(
    (next, context) => async (args) => {
      const result = await next({
        ...args,
        input: { ...args.input, ReturnConsumedCapacity: 'TOTAL' },
      });
      const { ConsumedCapacity: consumed } = result.output as { ConsumedCapacity?: ConsumedCapacity };
      const reads = /^(Get|Query|Scan)/.test(context.commandName as string);
      units[reads ? 'reads' : 'writes'] += consumed?.CapacityUnits ?? 0;
      return result;
    },
    { step: 'initialize', name: 'countUnits' },
  );

  const gone = new Set<string>();
  const signaling: Signaling = {
    store: dynamoDbRoomStore,
    channel: {
      post: async (connectionId) => {
        units.posts += 1;
        return gone.has(connectionId) ? 'gone' : 'delivered';
      },
      close: async () => 'closed',
    },
    clock: {
      now: () => Date.now(),
      sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    },
    rate: new SharedMessageRate(50, { add: countMessages }),
  };
  const settings = {
    iceServersFor: async () => ({ iceServers: [] }),
    maxPeersPerRoom: 91,
    maxRoomsPerConnection: 10,
  };
  const send = async (connection: Connection, message: object) => {
    const { code, failure } = await receive(signaling, settings, connection, JSON.stringify(message));
    if (code && code !== 'peer-not-found') throw new Error(`refused: ${code}`, { cause: failure });
  };
  const end = async (connection: Connection) => {
    const { failure } = await disconnect(signaling, connection);
    if (failure) throw new Error('not disconnected', { cause: failure });
  };
  let named = 0;
  const connect = async () => {
    const connection = { connectionId: `peer-${(named += 1)}`, connectedAt: Date.now() };
    await putConnection(connection);
    return connection;
  };

  /** Each operation in a room of that many peers, itself among them. */
  async function measure(roomSize: number): Promise<Record<OperationName, Units>> {
    const roomId = `room-${(named += 1)}`;
    const members: Connection[] = [];
    for (let i = 0; i < roomSize - 1; i += 1) {
      members.push(await connect());
      await send(members[i], { type: 'register', roomId, metadata: { name: 'somebody' } });
    }
    const count = async (work: () => Promise<void>): Promise<Units> => {
      Object.assign(units, { reads: 0, writes: 0, posts: 0 });
      await work();
      return { ...units };
    };
    const register = { type: 'register', roomId, metadata: { name: 'somebody' } };
    const signal = { type: 'signal', roomId, data: 'x'.repeat(200) };
    const peer = await connect();
    const join = await count(() => send(peer, register));
    const directed = await count(() => send(peer, { ...signal, to: members[0].connectionId }));
    const broadcast = await count(() => send(peer, signal));
    const leave = await count(() => send(peer, { type: 'leave', roomId }));
    await send(peer, register);
    const disconnected = await count(() => end(peer));
    const [dead, other] = [await connect(), members[0]];
    await send(dead, register);
    gone.add(dead.connectionId);
    const eviction = await count(() => send(other, { ...signal, to: dead.connectionId }));
    for (const member of members) await end(member);
    return { join, 'directed message': directed, broadcast, leave, disconnect: disconnected, eviction };
  }

  async function fill(rows: number) {
    const { CONNECTIONS_TABLE, ROOMS_TABLE } = tables.environment;
    const expiresAt = Math.ceil(Date.now() / 1000) + 7200;
    const present = await tables.countRows();
    for (let i = present / 2; i < rows; i += 25) {
      const items = Array.from({ length: 25 }, (_, k) => {
        const connectionId = `filler-${i + k}`;
        return {
          connection: { connectionId, timestamp: 1, expiresAt },
          peer: { roomId: `filler-${Math.floor((i + k) / 4)}`, connectionId, timestamp: 1, expiresAt },
        };
      });
      const puts = (Items: object[]) => Items.map((Item) => ({ PutRequest: { Item } }));
      await Promise.all([
        documents.send(
          new BatchWriteCommand({
            RequestItems: { [CONNECTIONS_TABLE]: puts(items.map((i) => i.connection)) },
          }),
        ),
        documents.send(
          new BatchWriteCommand({ RequestItems: { [ROOMS_TABLE]: puts(items.map((i) => i.peer)) } }),
        ),
      ]);
    }
  }

  const measured: { operation: OperationName; peers: number; rows: number; units: Units }[] = [];
  for (const rows of TABLE_ROWS) {
    await fill(rows);
    for (const peers of ROOM_SIZES) {
      const results = await measure(peers);
      for (const operation of OPERATIONS)
        measured.push({ operation, peers, rows, units: results[operation] });
    }
  }
  documents.destroy();
  await tables.close();

  console.log('units of one operation; rows: of each table; peers: of the room, the sender among them');
  // It counts no index writes.
  console.log(
    'on AWS the index adds one write to a join, a leave, and a disconnect or eviction, for each room',
  );
  console.table(
    OPERATIONS.flatMap((operation) =>
      ROOM_SIZES.map((peers) => {
        const of = (rows: number) =>
          measured.find((m) => m.operation === operation && m.peers === peers && m.rows === rows)!.units;
        const both = (unit: keyof Units) => TABLE_ROWS.map((rows) => of(rows)[unit]).join(' / ');
        const heading = (unit: string) =>
          `${unit} at ${TABLE_ROWS.map((n) => n.toLocaleString('en')).join(' / ')} rows`;
        return {
          operation,
          peers,
          [heading('reads')]: both('reads'),
          [heading('writes')]: both('writes'),
          posts: both('posts'),
        };
      }),
    ),
  );

  const differ = (picked: typeof measured) => new Set(picked.map((m) => JSON.stringify(m.units))).size > 1;
  const failures = [
    ...(['disconnect', 'directed message', 'eviction'] as const).flatMap((operation) =>
      ROOM_SIZES.filter((peers) =>
        differ(measured.filter((m) => m.operation === operation && m.peers === peers)),
      ).map((peers) => `${operation} in a room of ${peers}: grows with the table`),
    ),
    ...(differ(measured.filter((m) => m.operation === 'directed message'))
      ? ['directed message: grows with its room']
      : []),
  ];
  for (const failure of failures) console.error(failure);
  process.exitCode = failures.length > 0 ? 1 : 0;
}

void main();

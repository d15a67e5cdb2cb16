import {
  type AttributeValue,
  DynamoDBClient,
  PutItemCommand,
  QueryCommand,
  ScanCommand,
} from '@aws-sdk/client-dynamodb';
import { type DynamoDb, startDynamoDb } from '../../local/src/dynamodb/dynamodb';
import type { TableModel } from '../../local/src/model';
import { ManualClock } from '../support/manual-clock';

const rooms: TableModel = {
  tableId: 'Rooms',
  timeToLiveAttribute: 'expiresAt',
  createTable: {
    TableName: 'rooms',
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: [
      { AttributeName: 'roomId', AttributeType: 'S' },
      { AttributeName: 'peerId', AttributeType: 'S' },
    ],
    KeySchema: [
      { AttributeName: 'roomId', KeyType: 'HASH' },
      { AttributeName: 'peerId', KeyType: 'RANGE' },
    ],
    GlobalSecondaryIndexes: [
      {
        IndexName: 'byPeer',
        KeySchema: [{ AttributeName: 'peerId', KeyType: 'HASH' }],
        Projection: { ProjectionType: 'KEYS_ONLY' },
      },
    ],
  },
};

const forever: TableModel = {
  tableId: 'Forever',
  createTable: {
    TableName: 'forever',
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: [{ AttributeName: 'roomId', AttributeType: 'S' }],
    KeySchema: [{ AttributeName: 'roomId', KeyType: 'HASH' }],
  },
};

const clock = new ManualClock();
let dynamoDb: DynamoDb;
let client: DynamoDBClient;

beforeAll(async () => {
  dynamoDb = await startDynamoDb([rooms, forever], clock);
  client = new DynamoDBClient({
    endpoint: dynamoDb.endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
});
afterAll(async () => {
  client.destroy();
  await dynamoDb.close();
});

async function put(TableName: string, peerId: string, expiresAt?: AttributeValue) {
  const Item = { roomId: { S: 'r' }, peerId: { S: peerId }, ...(expiresAt && { expiresAt }) };
  await client.send(new PutItemCommand({ TableName, Item }));
}

async function peersOf(TableName: string): Promise<(string | undefined)[]> {
  const { Items = [] } = await client.send(new ScanCommand({ TableName }));
  return Items.map(({ peerId }) => peerId.S);
}

/** A sweep begins at the clock's word, and the next is planned once it is done. */
async function sweep() {
  clock.advance(60_000);
  while (clock.pending === 0) await new Promise(setImmediate);
}

it('has the tables with their indexes', async () => {
  await put('rooms', 'ann');
  const { Items } = await client.send(
    new QueryCommand({
      TableName: 'rooms',
      IndexName: 'byPeer',
      KeyConditionExpression: 'peerId = :peer',
      ExpressionAttributeValues: { ':peer': { S: 'ann' } },
    }),
  );
  expect(Items).toEqual([{ roomId: { S: 'r' }, peerId: { S: 'ann' } }]);
});

it('deletes, each minute, the rows whose time to live is past, and no others', async () => {
  const now = clock.now() / 1000;
  await put('rooms', 'past', { N: String(now + 59) });
  await put('rooms', 'present', { N: String(now + 60) });
  await put('rooms', 'no number', { S: String(now - 1) });
  await put('forever', 'past', { N: String(now - 1) });
  await sweep();
  expect(await peersOf('rooms')).toEqual(['ann', 'no number', 'present']);
  expect(await peersOf('forever')).toEqual(['past']);
  await sweep();
  expect(await peersOf('rooms')).toEqual(['ann', 'no number']);
});

it('deletes more of them than one page holds', async () => {
  const past = { N: String(clock.now() / 1000 - 1) };
  for (let i = 0; i < 4; i += 1) await put('rooms', `${i}`.padEnd(1000, 'x'), past);
  const padding = { S: 'x'.repeat(390_000) };
  for (let i = 0; i < 4; i += 1) {
    const Item = { roomId: { S: 'large' }, peerId: { S: `${i}` }, expiresAt: past, padding };
    await client.send(new PutItemCommand({ TableName: 'rooms', Item }));
  }
  await sweep();
  expect(await peersOf('rooms')).toEqual(['ann', 'no number']);
});

it('names the table that it cannot make, and why', async () => {
  const wrong = { ...forever, tableId: 'Wrong', createTable: { ...forever.createTable, TableName: 'a' } };
  await expect(startDynamoDb([forever, wrong], clock)).rejects.toThrow(
    /^Wrong: cannot play this table: TableName must be at least 3 characters long/,
  );
});

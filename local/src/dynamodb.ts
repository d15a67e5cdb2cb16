// DynamoDB: dynalite in memory, with the template's tables, and time to live, which dynalite lacks.
import { once } from 'node:events';
import { request } from 'node:http';
import type { AddressInfo } from 'node:net';
import dynalite from 'dynalite';
import { REGION } from './gateway/aws-names';
import type { Clock, TableModel } from './model';

/** DynamoDB itself takes up to some days; a row that is past its time shows sooner here. */
const SWEEP_EVERY_MS = 60_000;

export interface DynamoDb {
  /** `http://127.0.0.1:PORT` */
  endpoint: string;
  close(): Promise<void>;
}

export async function startDynamoDb(tables: TableModel[], clock: Clock): Promise<DynamoDb> {
  const server = dynalite({ createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  for (const { createTable } of tables) await call(port, 'CreateTable', createTable);

  let cancel: (() => void) | undefined;
  let sweeping: Promise<unknown> = Promise.resolve();
  const sweepLater = () => {
    cancel = clock.after(SWEEP_EVERY_MS, () => {
      sweeping = Promise.all(tables.map((table) => sweep(port, table, clock.now()))).finally(() => {
        if (cancel) sweepLater();
      });
    });
  };
  sweepLater();

  return {
    endpoint: `http://127.0.0.1:${port}`,
    async close() {
      cancel?.();
      cancel = undefined;
      await sweeping;
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

type Item = Record<string, { S?: string; N?: string }>;

/** Deletes the rows whose time to live is past. */
async function sweep(port: number, { createTable, timeToLiveAttribute }: TableModel, now: number) {
  if (timeToLiveAttribute === undefined) return;
  const { TableName, KeySchema } = createTable;
  const keys = (KeySchema as { AttributeName: string }[]).map(({ AttributeName }) => AttributeName);
  const filter = {
    FilterExpression: '#ttl < :now',
    ExpressionAttributeNames: { '#ttl': timeToLiveAttribute },
    ExpressionAttributeValues: { ':now': { N: String(Math.floor(now / 1000)) } },
  };
  const { Items } = (await call(port, 'Scan', { TableName, ...filter })) as { Items: Item[] };
  for (const item of Items) {
    const Key = Object.fromEntries(keys.map((key) => [key, item[key]]));
    await call(port, 'DeleteItem', { TableName, Key });
  }
}

/** One request of DynamoDB's own protocol; the SDK would be all for these three. */
async function call(port: number, operation: string, body: object): Promise<unknown> {
  const outgoing = request({
    host: '127.0.0.1',
    port,
    method: 'POST',
    headers: {
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-target': `DynamoDB_20120810.${operation}`,
      'x-amz-date': '20260101T000000Z',
      authorization: `AWS4-HMAC-SHA256 Credential=local/20260101/${REGION}/dynamodb/aws4_request, SignedHeaders=host, Signature=local`,
    },
  });
  outgoing.end(JSON.stringify(body));
  const [response] = (await once(outgoing, 'response')) as [import('node:http').IncomingMessage];
  let text = '';
  for await (const chunk of response) text += String(chunk);
  if (response.statusCode !== 200) throw new Error(`DynamoDB answered ${operation} with ${text}`);
  return JSON.parse(text);
}

// The two tables in the embedded DynamoDB, for tests of what runs on them.
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CreateTableCommand, DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import dynalite from 'dynalite';

export interface Tables {
  client: DynamoDBClient;
  endpoint: string;
  /** What the construct gives the handlers, the tables' part of it. */
  environment: Record<'CONNECTIONS_TABLE' | 'ROOMS_TABLE' | 'ROOMS_BY_CONNECTION_INDEX', string>;
  /** Rows of both tables. */
  countRows(): Promise<number>;
  close(): Promise<void>;
}

export async function startTables(): Promise<Tables> {
  // Amazon's own DynamoDB Local, or any other, in place of the embedded one.
  const given = process.env.DYNAMODB_ENDPOINT;
  const server: Server | undefined = given
    ? undefined
    : dynalite({ createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 });
  if (server) await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const endpoint = given ?? `http://127.0.0.1:${(server!.address() as AddressInfo).port}`;
  const client = new DynamoDBClient({
    endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  const suffix = Math.random().toString(36).slice(2);
  const environment = {
    CONNECTIONS_TABLE: `WebRTCConnections-${suffix}`,
    ROOMS_TABLE: `WebRTCRooms-${suffix}`,
    ROOMS_BY_CONNECTION_INDEX: 'byConnection',
  };
  await client.send(
    new CreateTableCommand({
      TableName: environment.CONNECTIONS_TABLE,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [{ AttributeName: 'connectionId', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'connectionId', KeyType: 'HASH' }],
    }),
  );
  await client.send(
    new CreateTableCommand({
      TableName: environment.ROOMS_TABLE,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [
        { AttributeName: 'roomId', AttributeType: 'S' },
        { AttributeName: 'connectionId', AttributeType: 'S' },
      ],
      KeySchema: [
        { AttributeName: 'roomId', KeyType: 'HASH' },
        { AttributeName: 'connectionId', KeyType: 'RANGE' },
      ],
      GlobalSecondaryIndexes: [
        {
          IndexName: environment.ROOMS_BY_CONNECTION_INDEX,
          KeySchema: [{ AttributeName: 'connectionId', KeyType: 'HASH' }],
          Projection: { ProjectionType: 'KEYS_ONLY' },
        },
      ],
    }),
  );
  return {
    client,
    endpoint,
    environment,
    async countRows() {
      const counts = await Promise.all(
        [environment.CONNECTIONS_TABLE, environment.ROOMS_TABLE].map((TableName) =>
          client.send(new ScanCommand({ TableName, Select: 'COUNT' })),
        ),
      );
      return counts.reduce((sum, { Count = 0 }) => sum + Count, 0);
    },
    async close() {
      client.destroy();
      if (server) await new Promise((resolve) => server.close(resolve));
    },
  };
}

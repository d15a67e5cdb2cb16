// DynamoDB: dynalite in memory, with the template's tables, and time to live, which dynalite lacks.
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import dynalite from 'dynalite';
import { CannotPlay } from '../cannot-play';
import type { Clock, TableModel } from '../model';
import { type Call, callsTo, DynamoDbError } from './call';
import { startTimeToLive } from './time-to-live';

export interface DynamoDb {
  /** `http://127.0.0.1:PORT` */
  endpoint: string;
  close(): Promise<void>;
}

/** @throws CannotPlay with the tables that the embedded database refuses */
export async function startDynamoDb(tables: TableModel[], clock: Clock): Promise<DynamoDb> {
  const server = dynalite({ createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const stop = async () => {
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    await closed;
  };

  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const call = callsTo(endpoint);
  const problems = (await Promise.all(tables.map((table) => create(table, call)))).flat();
  if (problems.length > 0) {
    await stop();
    throw new CannotPlay(problems);
  }
  const timeToLive = startTimeToLive(tables, call, clock);
  return {
    endpoint,
    async close() {
      await timeToLive.stop();
      await stop();
    },
  };
}

async function create({ tableId, createTable }: TableModel, call: Call): Promise<string[]> {
  try {
    await call('CreateTable', createTable);
    return [];
  } catch (error) {
    if (!(error instanceof DynamoDbError)) throw error;
    return [`${tableId}: cannot play this table: ${error.message}`];
  }
}

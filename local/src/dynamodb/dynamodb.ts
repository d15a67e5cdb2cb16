// DynamoDB: dynalite in memory, or the database at DYNAMODB_ENDPOINT, with the template's tables, and time to live, which dynalite lacks.
import { once } from 'node:events';
import { type IncomingMessage, Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
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
  const given = process.env.DYNAMODB_ENDPOINT;
  const { endpoint, stop } = given ? lent(given, tables) : await embedded();
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

/** What it is at is soon done, unless something is wrong with it. */
const ENDS_WITHIN_MS = 10_000;

interface Database {
  endpoint: string;
  stop: () => Promise<void>;
}

async function embedded(): Promise<Database> {
  const server = dynalite({ createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 });
  const underWay = new Set<ServerResponse>();
  server.prependListener('request', (request: IncomingMessage, response: ServerResponse) => {
    request.once('end', () => underWay.add(response));
    // Not the event `close`: whoever asked may have given up, and the database is at it all the same.
    const end = response.end.bind(response) as (...all: unknown[]) => ServerResponse;
    response.end = (...all: unknown[]) => {
      underWay.delete(response);
      return end(...all);
    };
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async stop() {
      for (let waited = 0; underWay.size > 0 && waited < ENDS_WITHIN_MS; waited += 10) await delay(10);
      // Not dynalite's own `close`, which takes the database away from requests that it is still at. It is in memory, and
      // goes by itself.
      const closed = new Promise((resolve) => Server.prototype.close.call(server, resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

/** One that runs already, DynamoDB Local for one. It gets back what it was: without the tables. */
function lent(endpoint: string, tables: TableModel[]): Database {
  const call = callsTo(endpoint);
  return {
    endpoint,
    async stop() {
      await Promise.allSettled(
        tables.map(({ createTable: { TableName } }) => call('DeleteTable', { TableName })),
      );
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

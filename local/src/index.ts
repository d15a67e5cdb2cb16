// Plays a synthesized template: its WebSocket APIs, functions and tables, on this machine.
import { resolve } from 'node:path';
import { systemClock } from './clock';
import { startDynamoDb } from './dynamodb';
import { domainName } from './gateway/aws-names';
import { type Gateway, type GatewayLogEntry, startGateway } from './gateway/gateway';
import type { FunctionLogLine } from './lambda/execution-environment';
import { startFunctions } from './lambda/functions';
import type { ApiModel, Clock } from './model';
import { servePage } from './page';
import { openAssembly } from './template/assembly';
import { readTemplate } from './template/read-template';

export { CannotPlay } from './cannot-play';
export type { Clock } from './model';
export type { GatewayLogEntry } from './gateway/gateway';
export type { FunctionLogLine } from './lambda/execution-environment';

/** What happened: in a gateway, or a line that a function wrote. */
export type LogEntry = GatewayLogEntry | FunctionLogLine;

export interface PlayOptions {
  /** The folder that `cdk synth` wrote. */
  assembly: string;
  /** @default - the only stack of the assembly */
  stack?: string;
  /** @default '127.0.0.1' */
  host?: string;
  /** Of the first WebSocket API; further ones take free ports. 0 takes a free one. @default 0 */
  port?: number;
  /** A folder of files to serve beside the first API, with a `config.json` that says where it is. @default - none */
  page?: string;
  /** Resource types to leave out. @default - none: what cannot be played is an error */
  ignore?: string[];
  /** @default - the machine's own time */
  clock?: Clock;
  /** @default - nothing is logged */
  log?: (entry: LogEntry) => void;
}

export interface Playing {
  /** `ws://HOST:PORT/STAGE` of the first API. */
  url: string;
  /** Of every stage of every API. */
  urls: string[];
  /** `http://HOST:PORT/` */
  pageUrl?: string;
  dynamodb: {
    endpoint: string;
    /** Name of each table, by logical id. */
    tables: Record<string, string>;
  };
  /** Logical ids of the resources that were left out. */
  ignored: string[];
  /** Ends every connection, each `$disconnect` handled, then all the rest. */
  close(): Promise<void>;
}

/**
 * @throws CannotPlay with everything in the template that cannot be played, or with the system's own error where
 * the port cannot be had
 */
export async function play(options: PlayOptions): Promise<Playing> {
  const { host = '127.0.0.1', clock = systemClock, log = () => undefined } = options;
  const model = readTemplate(openAssembly(resolve(options.assembly), options.stack), options.ignore);
  const gateways: Gateway[] = [];
  const dynamoDb = await startDynamoDb(model.tables, clock);
  const functions = startFunctions({
    functions: model.functions,
    environmentOf: ({ environment }) => ({
      AWS_ENDPOINT_URL_DYNAMODB: dynamoDb.endpoint,
      ...toThisMachine(environment, model.apis, gateways),
    }),
    log,
  });
  const close = async () => {
    await Promise.all(gateways.map((gateway) => gateway.close()));
    await functions.close();
    await dynamoDb.close();
  };
  try {
    for (const [i, api] of model.apis.entries()) {
      const page =
        i === 0 && options.page !== undefined
          ? servePage(resolve(options.page), `/${api.stages[0]?.stageName}`)
          : undefined;
      const port = i === 0 ? (options.port ?? 0) : 0;
      gateways.push(await startGateway({ api, host, port, clock, invoke: functions.invoke, page, log }));
    }
  } catch (error) {
    await close();
    throw error;
  }
  const urls = model.apis.flatMap((api, i) => api.stages.map(({ stageName }) => gateways[i].url(stageName)));
  return {
    url: urls[0],
    urls,
    pageUrl: options.page === undefined ? undefined : new URL('/', urls[0].replace(/^ws/, 'http')).href,
    dynamodb: {
      endpoint: dynamoDb.endpoint,
      tables: Object.fromEntries(
        model.tables.map(({ tableId, createTable }) => [tableId, createTable.TableName]),
      ),
    },
    ignored: model.ignored,
    close,
  };
}

/** The APIs' host names stand for the gateways here: `https://…` for `@connections`, `wss://…` for clients. */
function toThisMachine(environment: Record<string, string>, apis: ApiModel[], gateways: Gateway[]) {
  const here = (value: string) =>
    apis.reduce((text, { apiId, stages }, i) => {
      if (stages.length === 0) return text;
      const { host } = new URL(gateways[i].url(stages[0].stageName));
      return text
        .replaceAll(`https://${domainName(apiId)}`, `http://${host}`)
        .replaceAll(`wss://${domainName(apiId)}`, `ws://${host}`);
    }, value);
  return Object.fromEntries(Object.entries(environment).map(([name, value]) => [name, here(value)]));
}

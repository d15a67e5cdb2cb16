// Plays a synthesized template: its WebSocket APIs, functions and tables, on this machine.
import { resolve } from 'node:path';
import { CannotPlay } from './cannot-play';
import { systemClock } from './clock';
import { startDynamoDb } from './dynamodb/dynamodb';
import { guardDynamoDb } from './dynamodb/guarded';
import { type Gateway, type GatewayLogEntry, startGateway } from './gateway/gateway';
import { LIFETIME_MS } from './gateway/limits';
import type { Judge } from './iam/api-call';
import { startIam } from './iam/iam';
import { type ClientCredentials, LOCAL_CREDENTIALS } from './iam/principal';
import type { FunctionLogLine } from './lambda/execution-environment';
import { startFunctions } from './lambda/functions';
import type { Clock } from './model';
import { onFreePort } from './on-free-port';
import { servePage } from './page';
import { openAssembly } from './template/assembly';
import { secretsElsewhere } from './secrets/elsewhere';
import { startSecretsManager } from './secrets/secrets-manager';
import { type IgnoredResource, readTemplate } from './template/read-template';
import { toThisMachine } from './to-this-machine';

export { CannotPlay } from './cannot-play';
export type { ApiCall, Judge, Policy } from './iam/api-call';
export type { ClientCredentials } from './iam/principal';
export type { Clock } from './model';
export type { GatewayLogEntry } from './gateway/gateway';
export type { FunctionLogLine } from './lambda/execution-environment';
export type { IgnoredResource } from './template/read-template';

/** What happened: in a gateway, or a line that a function wrote. */
export type LogEntry = GatewayLogEntry | FunctionLogLine;

export interface PlayOptions {
  /** The folder that `cdk synth` wrote. */
  assembly: string;
  /** Name or artifact id. @default - the only stack of the assembly */
  stack?: string;
  /** Address to listen on. @default '127.0.0.1' */
  host?: string;
  /** Of the first WebSocket API; further ones take the next ports that are free. 0 takes any. @default 0 */
  port?: number;
  /** A folder of files to serve beside the first API, with a `config.json` that says where it is. @default - none */
  page?: string;
  /** Resource types to leave out; `AWS::S3::*` is all of a service. @default - none: what cannot be played is an error */
  ignore?: string[];
  /**
   * After how many milliseconds a connection is ended, to see how a client bears it. Two hours are the most.
   *
   * @default - two hours, like AWS
   */
  connectionLifetimeMs?: number;
  /**
   * Addresses in the functions' environment variables, or beginnings of them, and what is put in their place: so that
   * a stand-in for another service runs on this machine while the template keeps its `https://`.
   *
   * @default - none
   */
  redirect?: Record<string, string>;
  /**
   * Secrets that the template names and does not make: their text, by name or ARN.
   *
   * @default - none
   */
  secrets?: Record<string, string>;
  /**
   * Is asked of each call that a function makes to DynamoDB, Secrets Manager and `@connections`, and of what Lambda does
   * for it with its role; what it does not allow is refused as AWS would. It is told the policies that the role has
   * in the template. An evaluator of IAM policies does not come with this package.
   *
   * @default - everything is allowed
   */
  judge?: Judge;
  /**
   * Who may sign the URL of an API whose `$connect` has the authorization AWS_IAM. Those with `policies` are put to the
   * judge, as calls of `execute-api:Invoke`.
   *
   * @default - one user, whose credentials are the same at every start
   */
  credentials?: ClientCredentials[];
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
    /** `http://127.0.0.1:PORT` */
    endpoint: string;
    /** Name of each table, by logical id. */
    tables: Record<string, string>;
  };
  /** Secrets Manager, where a test reads and rotates the template's secrets. */
  secrets: {
    /** `http://127.0.0.1:PORT` */
    endpoint: string;
    /** ARN of each secret, by logical id, or as `secrets` names it. */
    arns: Record<string, string>;
    /** Name of each secret, by logical id, or as `secrets` names it. */
    names: Record<string, string>;
  };
  /** Who may sign URLs; none where no API asks for it. */
  credentials: ClientCredentials[];
  /** What was left out, as asked for. */
  ignored: IgnoredResource[];
  /** Ends every connection, each `$disconnect` handled, then all the rest. */
  close(): Promise<void>;
}

/**
 * @throws CannotPlay with everything in the template that cannot be played, or with a lifetime that cannot be; the
 * system's own error (its `code` is `EADDRINUSE`, say) where the port cannot be had
 */
export async function play(options: PlayOptions): Promise<Playing> {
  const {
    host = '127.0.0.1',
    port = 0,
    connectionLifetimeMs = LIFETIME_MS,
    redirect = {},
    judge,
    credentials = [LOCAL_CREDENTIALS],
    clock = systemClock,
    log = () => {},
  } = options;
  // A timer takes what it cannot count, NaN or Infinity for two, as no time at all.
  if (!(connectionLifetimeMs > 0 && connectionLifetimeMs <= LIFETIME_MS)) {
    throw new CannotPlay([
      `connectionLifetimeMs ${connectionLifetimeMs}: expected more than 0, and no more than ${LIFETIME_MS}`,
    ]);
  }
  const unjudged = judge ? undefined : credentials.find(({ policies }) => policies !== undefined);
  if (unjudged) {
    throw new CannotPlay([
      `credentials of ${unjudged.userArn}: cannot tell what policies allow without a judge`,
    ]);
  }
  const model = readTemplate(
    openAssembly(resolve(options.assembly), options.stack),
    options.ignore,
    judge !== undefined,
  );
  const { apis, functions, tables, ignored } = model;
  const secrets = [...model.secrets, ...secretsElsewhere(options.secrets ?? {})];
  const { guarded, variablesOf, logOf } = startIam(functions, model.iam, { judge, clock, log });
  const gateways: Gateway[] = [];
  const dynamoDb = await startDynamoDb(tables, clock);
  const guardedDynamoDb =
    guarded && (await guardDynamoDb(dynamoDb.endpoint, tables, guarded.keys, guarded.guard));
  const secretsManager = await startSecretsManager(secrets, clock, guarded);
  const lambda = startFunctions({
    functions,
    variablesOf: ({ functionId, environment }) => ({
      ...variablesOf(functionId),
      AWS_ENDPOINT_URL_DYNAMODB: (guardedDynamoDb ?? dynamoDb).endpoint,
      AWS_ENDPOINT_URL_SECRETS_MANAGER: secretsManager.endpoint,
      ...toThisMachine(environment, apis, gateways, redirect),
    }),
    clock,
    logOf: ({ functionId }) => logOf(functionId),
  });
  const close = async () => {
    await Promise.all(gateways.map((gateway) => gateway.close()));
    await lambda.close();
    await Promise.all([guardedDynamoDb?.close(), secretsManager.close()]);
    await dynamoDb.close();
  };

  try {
    for (const [i, api] of apis.entries()) {
      const start = (port: number, page?: string) =>
        startGateway({
          api,
          host,
          port,
          clock,
          log,
          connectionLifetimeMs,
          guard: guarded?.guard,
          clientCredentials: credentials,
          invoke: lambda.invoke,
          page: page === undefined ? undefined : servePage(resolve(page), `/${api.stages[0].stageName}`),
        });
      gateways.push(
        i === 0
          ? await start(port, options.page)
          : await onFreePort(port === 0 ? 0 : gateways[i - 1].port + 1, start),
      );
    }
  } catch (error) {
    await close();
    throw error;
  }

  const urls = apis.flatMap(({ stages }, i) => stages.map(({ stageName }) => gateways[i].url(stageName)));
  return {
    url: urls[0],
    urls,
    pageUrl: options.page === undefined ? undefined : new URL('/', urls[0].replace(/^ws/, 'http')).href,
    dynamodb: {
      endpoint: dynamoDb.endpoint,
      tables: Object.fromEntries(tables.map(({ tableId, createTable }) => [tableId, createTable.TableName])),
    },
    secrets: {
      endpoint: secretsManager.endpoint,
      arns: Object.fromEntries(secrets.map(({ secretId, arn }) => [secretId, arn])),
      names: Object.fromEntries(secrets.map(({ secretId, name }) => [secretId, name])),
    },
    credentials: apis.some(({ routes }) => routes.some(({ wantsSignature }) => wantsSignature))
      ? credentials
      : [],
    ignored,
    close,
  };
}

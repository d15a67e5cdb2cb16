// A gateway on loopback whose functions are the test's own, and real clients of it.
import { ApiGatewayManagementApiClient } from '@aws-sdk/client-apigatewaymanagementapi';
import WebSocket, { type ClientOptions } from 'ws';
import {
  startGateway,
  type Gateway,
  type GatewayLogEntry,
  type GatewayOptions,
} from '../../../local/src/gateway/gateway';
import type { ApiModel, Invocation, RouteModel } from '../../../local/src/model';

/** Takes the event, returns the function's result or throws. */
export type Handler = (event: any) => unknown;

/** Things that happen, in order, to be waited for one by one. */
export class Happenings<T> {
  readonly all: T[] = [];
  private readonly waiting: { matches: (item: T) => boolean; resolve: (item: T) => void }[] = [];

  push(item: T): void {
    this.all.push(item);
    for (const waiter of this.waiting.filter(({ matches }) => matches(item))) {
      this.waiting.splice(this.waiting.indexOf(waiter), 1);
      waiter.resolve(item);
    }
  }

  /** The first that matches, past or to come. */
  first(matches: (item: T) => boolean = () => true): Promise<T> {
    const past = this.all.find(matches);
    if (past !== undefined) return Promise.resolve(past);
    return new Promise((resolve) => this.waiting.push({ matches, resolve }));
  }

  /** The first `count`, once there are so many. */
  async take(count: number): Promise<T[]> {
    while (this.all.length < count) {
      await new Promise<T>((resolve) => this.waiting.push({ matches: () => true, resolve }));
    }
    return this.all.slice(0, count);
  }
}

export interface Played {
  gateway: Gateway;
  url: string;
  /** Every event that a function got. */
  events: Happenings<any>;
  log: GatewayLogEntry[];
}

export interface PlayOptions extends Partial<Omit<GatewayOptions, 'api' | 'invoke' | 'log'>> {
  /** By function id; a function not named returns `{ statusCode: 200 }`. */
  functions?: Record<string, Handler | Invocation>;
  /** Beside, or in place of, `$connect`, `$disconnect` and `$default` with the functions of these names. */
  routes?: Record<string, Partial<RouteModel> | null>;
  api?: Partial<ApiModel>;
}

const running: Played[] = [];

export async function play({
  functions = {},
  routes = {},
  api,
  ...options
}: PlayOptions = {}): Promise<Played> {
  const events = new Happenings<any>();
  const log: GatewayLogEntry[] = [];
  const gateway = await startGateway({
    host: '127.0.0.1',
    port: 0,
    ...options,
    api: {
      apiId: 'a1b2c3d4e5',
      logicalId: 'Api',
      routeSelectionExpression: '$request.body.action',
      routes: Object.entries({ $connect: {}, $disconnect: {}, $default: {}, ...routes }).flatMap(
        ([routeKey, route]) => (route === null ? [] : [{ ...lambdaRoute(routeKey), ...route }]),
      ),
      stages: [{ stageName: 'prod', variables: {} }],
      ...api,
    },
    log: (entry) => log.push(entry),
    invoke: async (functionId, event) => {
      // Like a real function, it gets and gives JSON.
      const copy = JSON.parse(JSON.stringify(event));
      events.push(copy);
      return run(functions[functionId] ?? (() => ({ statusCode: 200 })), copy);
    },
  });
  const played = { gateway, url: gateway.url(api?.stages?.[0]?.stageName ?? 'prod'), events, log };
  running.push(played);
  return played;
}

function lambdaRoute(routeKey: string): RouteModel {
  return {
    routeKey,
    integration: { type: 'lambda', functionId: routeKey, timeoutMs: 29_000 },
    hasRouteResponse: false,
  };
}

async function run(handler: Handler | Invocation, event: unknown): Promise<Invocation> {
  if (typeof handler !== 'function') return handler;
  try {
    const payload = await handler(event);
    return {
      outcome: 'returned',
      payload: payload === undefined ? undefined : JSON.parse(JSON.stringify(payload)),
    };
  } catch (error) {
    return { outcome: 'threw', errorType: (error as Error).name, errorMessage: (error as Error).message };
  }
}

/** For `afterEach`. */
export async function stopAll(): Promise<void> {
  await Promise.all(running.splice(0).map(({ gateway }) => gateway.close()));
}

export interface Client {
  ws: WebSocket;
  messages: Happenings<string>;
  closed: Promise<{ code: number; reason: string }>;
}

/** Resolves at the 101. */
export async function open(
  url: string,
  protocols: string[] = [],
  options: ClientOptions = {},
): Promise<Client> {
  const client = start(url, protocols, options);
  await new Promise((resolve, reject) => {
    client.ws.once('open', resolve);
    client.ws.once('error', reject);
  });
  return client;
}

export function start(url: string, protocols: string[] = [], options: ClientOptions = {}): Client {
  const ws = new WebSocket(url, protocols, options);
  const messages = new Happenings<string>();
  ws.on('message', (data: Buffer) => messages.push(data.toString()));
  ws.on('error', () => {});
  const closed = new Promise<{ code: number; reason: string }>((resolve) => {
    ws.on('close', (code, reason) => resolve({ code, reason: reason.toString() }));
  });
  return { ws, messages, closed };
}

/** The status that a handshake is refused with. */
export function refusal(url: string, options: ClientOptions = {}): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const ws = new WebSocket(url, options);
    ws.on('unexpected-response', (request, response) => {
      resolve(response.statusCode);
      request.destroy();
    });
    ws.on('error', () => {});
    ws.on('open', () => reject(new Error('the handshake was accepted')));
  });
}

/** Resolves when the server has answered a protocol ping: whatever was sent before has been read. */
export function roundTrip({ ws }: Client): Promise<void> {
  return new Promise((resolve) => {
    ws.once('pong', () => resolve());
    ws.ping();
  });
}

export const isEvent = (eventType: string) => (event: any) => event.requestContext.eventType === eventType;

/** A promise to be settled from outside. */
export function deferred<T = void>() {
  let resolve!: (value: T) => void;
  const promise = new Promise<T>((settle) => (resolve = settle));
  return { promise, resolve };
}

/** Of the first connection. */
export function idOf({ events }: Played): string {
  return events.all[0].requestContext.connectionId;
}

/** The client that handlers use; it does not retry. */
export function managementClient({ gateway }: Played, stageName = 'prod'): ApiGatewayManagementApiClient {
  return new ApiGatewayManagementApiClient({
    endpoint: gateway.callbackUrl(stageName),
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    maxAttempts: 1,
  });
}

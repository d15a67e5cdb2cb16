// Plays one WebSocket API of AWS API Gateway on a port of this machine. What AWS documents, or was seen to do, is
// played; where a choice is our own, the line that makes it says so.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { systemClock } from '../clock';
import type { Guard } from '../iam/guard';
import type { ClientCredentials } from '../iam/principal';
import type { ApiModel, Clock, Invoke } from '../model';
import { checkIdentitySources } from './authorizer';
import { Clients } from './clients';
import type { GatewayContext } from './context';
import { LIFETIME_MS } from './limits';
import type { GatewayLogEntry } from './log';
import { answerCallback } from './management-api';
import { segmentsOf } from './request-path';
import { compileRouteSelection } from './route-selection';
import { Throttle } from './throttle';

export type { GatewayLogEntry } from './log';

export interface GatewayOptions {
  api: ApiModel;
  /** To listen on. */
  host: string;
  /** 0 takes a free one. */
  port: number;
  /** Runs the functions behind the routes; called for the first time after the gateway has started. */
  invoke: Invoke;
  /** @default - the machine's own time */
  clock?: Clock;
  /** Judges what functions do with `@connections`. @default - they may do everything */
  guard?: Guard;
  /** Of those who may sign a handshake. @default - nobody's */
  clientCredentials?: ClientCredentials[];
  /** After how many milliseconds a connection is ended. @default - two hours, like AWS */
  connectionLifetimeMs?: number;
  /** Answers plain HTTP outside the stages. @default - 403, like AWS */
  page?: (request: IncomingMessage, response: ServerResponse) => void;
  /** @default - nothing is logged */
  log?: (entry: GatewayLogEntry) => void;
}

export interface Gateway {
  port: number;
  /** `ws://HOST:PORT/STAGE` */
  url(stageName: string): string;
  /** `http://HOST:PORT/STAGE`, the endpoint of `@connections`. */
  callbackUrl(stageName: string): string;
  /** Ends every connection with 1001 and waits, for some seconds at most, until each `$disconnect` has run. */
  close(): Promise<void>;
}

/**
 * @throws Error where the API has something that the gateway cannot play, or with the system's own error (its
 * `code` is `EADDRINUSE`, say) where it cannot listen
 */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const { api, invoke, clock = systemClock, log = () => {}, connectionLifetimeMs = LIFETIME_MS } = options;
  checkIdentitySources(api);
  const context: GatewayContext = {
    api,
    clock,
    invoke,
    log,
    stages: new Map(
      api.stages.map((model) => [model.stageName, { model, throttle: new Throttle(model.throttle, clock) }]),
    ),
    routes: new Map(api.routes.map((route) => [route.routeKey, route])),
    connectionLifetimeMs,
    guard: options.guard,
    clientCredentials: options.clientCredentials ?? [],
    selectRoute: compileRouteSelection(api.routeSelectionExpression),
    connections: new Map(),
  };
  const clients = new Clients(context);

  // Longer than clients of `@connections` leave a connection unused: one that is closed under a request fails it.
  const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
    answerHttp(context, request, response, options.page);
  });
  server.on('upgrade', (request, socket, head) => clients.handle(request, socket as Socket, head));
  await listen(server, options.port, options.host);

  const { port } = server.address() as AddressInfo;
  const authority = `${reachable(options.host)}:${port}`;
  const stagePath = (stageName: string) => {
    if (context.stages.has(stageName)) return `/${encodeURIComponent(stageName)}`;
    throw new Error(
      `no stage ${JSON.stringify(stageName)}: expected ${[...context.stages.keys()].join(' or ')}`,
    );
  };
  let closed: Promise<void> | undefined;
  return {
    port,
    url: (stageName) => `ws://${authority}${stagePath(stageName)}`,
    callbackUrl: (stageName) => `http://${authority}${stagePath(stageName)}`,
    close: () => (closed ??= stop(clients, server)),
  };
}

function answerHttp(
  context: GatewayContext,
  request: IncomingMessage,
  response: ServerResponse,
  page: GatewayOptions['page'],
): void {
  const segments = segmentsOf(request);
  const isOfStage = context.stages.has(segments[0] ?? '');
  if (isOfStage && segments[1] === '@connections') {
    // A caller that went away in the middle of its request gets no answer.
    answerCallback(context, segments, request, response).catch(() => response.destroy());
  } else if (isOfStage) {
    answerJson(response, 426, { Upgrade: 'websocket', Connection: 'Upgrade' }, 'Upgrade Required');
  } else if (page) {
    page(request, response);
  } else {
    answerJson(response, 403, {}, 'Forbidden');
  }
}

function answerJson(
  response: ServerResponse,
  status: number,
  headers: Record<string, string>,
  message: string,
): void {
  response
    .writeHead(status, { 'content-type': 'application/json', ...headers })
    .end(JSON.stringify({ message }));
}

function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

/** A name to connect to, where the host is "every address of this machine". */
function reachable(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return host.includes(':') ? `[${host}]` : host;
}

async function stop(clients: Clients, server: Server): Promise<void> {
  // First the clients: the functions behind `$disconnect` call `@connections`, which answers to the end.
  await clients.stop();
  const closed = new Promise((resolve) => server.close(resolve));
  server.closeAllConnections();
  await closed;
}

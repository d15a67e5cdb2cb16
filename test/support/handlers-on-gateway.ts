// The three handlers, in this process, behind the gateway and on the embedded DynamoDB: for tests that need to
// look into the tables, or to lose an event.
import { once } from 'node:events';
import WebSocket, { type ClientOptions } from 'ws';
import type { Gateway } from '../../local/src/gateway/gateway';
import { startGateway } from '../../local/src/gateway/gateway';
import type { Invocation } from '../../local/src/model';
import type { IceServer } from '../../protocol/messages';
import { startTables, type Tables } from './tables';
import { Wire } from './wire';

type Handler = (event: any) => Promise<unknown>;

export interface HandlersOnGateway {
  url: string;
  tables: Tables;
  /** Every request that the handlers made of DynamoDB: its command. */
  requests: string[];
  /** Connections whose `$disconnect` is lost. */
  losesDisconnect: boolean;
  /** Resolves as the `$disconnect` of that many more connections has been handled. */
  disconnects(count: number): Promise<void>;
  /** The URL of a client of whom the authorizer says this. */
  urlFor(context: Record<string, string>): string;
  open(context?: Record<string, string>, options?: ClientOptions & { protocols?: string[] }): Promise<Wire>;
  /** The status that a handshake is refused with. */
  refused(context?: Record<string, string>, options?: ClientOptions): Promise<number>;
  close(): Promise<void>;
}

const CONNECT_VARIABLES = [
  'ALLOWED_ORIGINS',
  'ALLOW_ABSENT_ORIGIN',
  'MAX_CONNECTIONS_PER_USER_PER_MINUTE',
] as const;
const ROUTES = { $connect: 'connect', $default: 'message', $disconnect: 'disconnect' };

export async function startHandlers(settings: {
  maxPeersPerRoom?: number;
  iceServers?: IceServer[];
  maxRoomsPerConnection?: number;
  maxMessageBytes?: number;
  maxMetadataBytes?: number;
  maxMessagesPerSecond?: number;
  /** A table that is not there, to have every request of DynamoDB fail. */
  roomsTable?: string;
  /** What `$connect` is told to allow. */
  connect?: Partial<Record<(typeof CONNECT_VARIABLES)[number], string>>;
  /** Has an authorizer, which says of each client what that asks for: see `urlFor`. */
  authorizes?: boolean;
}): Promise<HandlersOnGateway> {
  const { iceServers = [{ urls: 'stun:stun.example.com' }] } = settings;
  const tables = await startTables();
  const handlers: Record<string, Handler> = {};
  const wires: Wire[] = [];
  let disconnected = 0;
  const waiting: (() => void)[] = [];
  const service = {
    tables,
    requests: [] as string[],
    losesDisconnect: false,
    async disconnects(count: number) {
      const target = disconnected + count;
      while (disconnected < target) await new Promise<void>((resolve) => waiting.push(resolve));
    },
  };

  const gateway: Gateway = await startGateway({
    api: {
      apiId: 'api',
      logicalId: 'Api',
      routeSelectionExpression: '\\$default',
      routes: Object.entries(ROUTES).map(([routeKey, functionId]) => ({
        routeKey,
        integration: { type: 'lambda', functionId, timeoutMs: 29_000 },
        hasRouteResponse: false,
        ...(settings.authorizes &&
          routeKey === '$connect' && { authorizer: { functionId: 'authorizer', identitySources: [] } }),
      })),
      stages: [{ stageName: 'prod', variables: {} }],
    },
    host: '127.0.0.1',
    port: 0,
    async invoke(functionId, event): Promise<Invocation> {
      if (functionId === 'authorizer') return { outcome: 'returned', payload: allowAsAsked(event) };
      if (functionId === 'disconnect' && service.losesDisconnect) return { outcome: 'returned', payload: {} };
      try {
        return { outcome: 'returned', payload: await handlers[functionId](event) };
      } catch (error) {
        return { outcome: 'threw', errorType: 'Error', errorMessage: String(error) };
      } finally {
        if (functionId === 'disconnect') {
          disconnected += 1;
          for (const resolve of waiting.splice(0)) resolve();
        }
      }
    },
  });

  Object.assign(process.env, tables.environment, {
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    AWS_ENDPOINT_URL_DYNAMODB: tables.endpoint,
    CALLBACK_URL: gateway.callbackUrl('prod'),
    ICE_SERVERS: JSON.stringify([{ kind: 'static', iceServers }]),
    MAX_PEERS_PER_ROOM: String(settings.maxPeersPerRoom ?? 50),
    MAX_ROOMS_PER_CONNECTION: String(settings.maxRoomsPerConnection ?? 10),
    MAX_MESSAGE_BYTES: String(settings.maxMessageBytes ?? 32 * 1024),
    MAX_METADATA_BYTES: String(settings.maxMetadataBytes ?? 1024),
    MAX_MESSAGES_PER_SECOND: String(settings.maxMessagesPerSecond ?? 50),
    ...(settings.roomsTable && { ROOMS_TABLE: settings.roomsTable }),
    ...settings.connect,
  });
  // That another set.
  for (const name of CONNECT_VARIABLES) if (!settings.connect?.[name]) delete process.env[name];
  let destroyClient: (() => void) | undefined;
  // Modules of their own, which read this environment as they load: an execution environment.
  await jest.isolateModulesAsync(async () => {
    handlers.connect = (await import('../../lambda/connect')).handler as Handler;
    handlers.message = (await import('../../lambda/message')).handler as Handler;
    handlers.disconnect = (await import('../../lambda/disconnect')).handler as Handler;
    const { documents } = await import('../../lambda/aws/dynamodb');
    documents.middlewareStack.add(
      (next, { commandName }) =>
        (args) => {
          service.requests.push(commandName as string);
          return next(args);
        },
      { step: 'initialize', name: 'noteRequests' },
    );
    destroyClient = () => documents.destroy();
  });

  const urlFor = (context: Record<string, string>) =>
    `${gateway.url('prod')}?context=${encodeURIComponent(JSON.stringify(context))}`;
  return Object.assign(service, {
    url: gateway.url('prod'),
    urlFor,
    async open(context: Record<string, string> = {}, options?: ClientOptions & { protocols?: string[] }) {
      const wire = await Wire.open(urlFor(context), options);
      wires.push(wire);
      return wire;
    },
    async refused(context: Record<string, string> = {}, options?: ClientOptions) {
      const socket = new WebSocket(urlFor(context), options);
      socket.on('error', () => undefined);
      const [request, response] = await once(socket, 'unexpected-response');
      request.destroy();
      return response.statusCode as number;
    },
    async close() {
      await Promise.all(wires.map((wire) => wire.close()));
      await gateway.close();
      destroyClient?.();
      await tables.close();
    },
  });
}

/** What an authorizer answers that lets everyone in, with the context in the query. */
function allowAsAsked(event: any) {
  const { principalId = 'somebody', ...context } = JSON.parse(event.queryStringParameters.context);
  const Statement = [{ Effect: 'Allow', Action: 'execute-api:Invoke', Resource: event.methodArn }];
  return { principalId, policyDocument: { Version: '2012-10-17', Statement }, context };
}

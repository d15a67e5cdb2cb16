// API Gateway's events, as far as the handlers read them.
import type { Grant } from './signaling/grant';
import type { Connection } from './signaling/room-store';

/** What the authorizer of `$connect` said; API Gateway hands it on with every event of the connection, as text. */
export type AuthorizerContext = Record<string, unknown>;

interface RequestContext {
  connectionId: string;
  connectedAt: number;
  eventType: 'CONNECT' | 'MESSAGE' | 'DISCONNECT';
  /** When API Gateway had the request, Unix milliseconds. */
  requestTimeEpoch?: number;
  authorizer?: AuthorizerContext | null;
  /** With `caller` where the connection was signed (AWS_IAM): the ARN of a session may be longer than a userId. */
  identity?: { caller?: string | null };
}

export interface WebSocketEvent {
  requestContext: RequestContext;
  body?: string;
  /** Of `$connect`. */
  headers?: Record<string, string>;
  multiValueHeaders?: Record<string, string[]>;
}

/** What an integration answers. Only `$connect`'s reaches the client: the handshake's status and headers. */
export interface Answer {
  statusCode: number;
  headers?: Record<string, string>;
}

export function connectionOf({ requestContext }: WebSocketEvent): Connection {
  const { connectionId, connectedAt, requestTimeEpoch, authorizer, identity } = requestContext;
  const userId = authorizer?.userId ?? authorizer?.principalId ?? identity?.caller;
  return {
    connectionId,
    connectedAt,
    receivedAt: requestTimeEpoch,
    userId: typeof userId === 'string' ? userId : undefined,
    grant: authorizer ? grantOf(authorizer) : undefined,
  };
}

/** What cannot be read allows nothing. */
function grantOf({ rooms, publish }: AuthorizerContext): Grant {
  const names = rooms === undefined ? undefined : namesIn(rooms);
  const mayPublish = publish === undefined || publish === 'true';
  return names === 'unreadable' || !(mayPublish || publish === 'false')
    ? { rooms: [], publish: false }
    : { rooms: names, publish: mayPublish };
}

function namesIn(json: unknown): string[] | 'unreadable' {
  try {
    const names: unknown = JSON.parse(json as string);
    return Array.isArray(names) && names.every((name) => typeof name === 'string') ? names : 'unreadable';
  } catch {
    return 'unreadable';
  }
}

/** Every value of a header of `$connect`, whatever case its name came in. */
export function headerOf({ headers, multiValueHeaders }: WebSocketEvent, name: string): string[] {
  const all: Record<string, string | string[]> = multiValueHeaders ?? headers ?? {};
  return Object.keys(all)
    .filter((key) => key.toLowerCase() === name)
    .flatMap((key) => all[key]);
}

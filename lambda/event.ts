// API Gateway's events, as far as the handlers read them.
import type { Connection } from './signaling/room-store';

interface RequestContext {
  connectionId: string;
  connectedAt: number;
  eventType: 'CONNECT' | 'MESSAGE' | 'DISCONNECT';
  /** What the authorizer of `$connect` said, each value a string. */
  authorizer?: { userId?: string; principalId?: string };
}

export interface WebSocketEvent {
  requestContext: RequestContext;
  body?: string;
}

/** What an integration answers. Only `$connect`'s reaches the client, as the handshake's status. */
export interface Answer {
  statusCode: number;
}

export function connectionOf({ requestContext }: WebSocketEvent): Connection {
  const { connectionId, connectedAt, authorizer } = requestContext;
  return { connectionId, connectedAt, userId: authorizer?.userId ?? authorizer?.principalId };
}

// $connect: decides whether a client gets its connection, and notes it. Nothing can be sent to it before this has answered.
import { claimToken, countConnection, putConnection } from './aws/connections-table';
import { connectionOf, headerOf, type Answer, type WebSocketEvent } from './event';
import { log } from './log';
import { isAllowedOrigin } from './origins';
import type { Connection } from './signaling/room-store';
import { MOST_USER_ID_BYTES, userIdBytes } from './user-id';

/** What a client offers, so that it can send a token along as another subprotocol, which is never said back. */
const SUBPROTOCOL = 'webrtc-signaling';
const TOKEN_ID_BYTES = 1024;

const { ALLOWED_ORIGINS, ALLOW_ABSENT_ORIGIN, MAX_CONNECTIONS_PER_USER_PER_MINUTE } = process.env;
/** Undefined: any. */
const allowedOrigins =
  ALLOWED_ORIGINS === undefined ? undefined : (JSON.parse(ALLOWED_ORIGINS) as readonly string[]);
const allowsAbsentOrigin = ALLOW_ABSENT_ORIGIN !== 'false';
const maxConnectionsPerMinute = Number(MAX_CONNECTIONS_PER_USER_PER_MINUTE ?? Infinity);

interface Refusal {
  statusCode: 403 | 429;
  /** For the log. */
  reason: string;
}

export async function handler(event: WebSocketEvent): Promise<Answer> {
  const connection = connectionOf(event);
  const { connectionId } = connection;
  // A client may name this route in a message: its row, with the rooms that it notes, must not be put anew.
  if (event.requestContext.eventType !== 'CONNECT') return { statusCode: 400 };
  try {
    const refusal = await refusalOf(event, connection);
    if (refusal) {
      log('warn', 'connect-refused', { connectionId, reason: refusal.reason }, { ConnectionsRefused: 1 });
      return { statusCode: refusal.statusCode };
    }
    await putConnection(connection);
  } catch (error) {
    log('error', 'connect', { connectionId, error }, { HandlerFailures: 1 });
    return { statusCode: 503 };
  }
  log('info', 'connect', { connectionId }, { ConnectionsOpened: 1 });
  const offered = headerOf(event, 'sec-websocket-protocol').flatMap((value) => value.split(','));
  return offered.some((protocol) => protocol.trim() === SUBPROTOCOL)
    ? { statusCode: 200, headers: { 'Sec-WebSocket-Protocol': SUBPROTOCOL } }
    : { statusCode: 200 };
}

async function refusalOf(event: WebSocketEvent, connection: Connection): Promise<Refusal | undefined> {
  const { connectionId, userId } = connection;
  if (!isFromAllowedOrigin(headerOf(event, 'origin'))) {
    return { statusCode: 403, reason: 'the origin is not allowed' };
  }
  const bytes = userId === undefined ? 0 : userIdBytes(userId);
  if (bytes > MOST_USER_ID_BYTES) {
    return {
      statusCode: 403,
      reason: `the userId has ${bytes} bytes as JSON, at most ${MOST_USER_ID_BYTES}`,
    };
  }
  const { tokenId, tokenExpiresAt } = event.requestContext.authorizer ?? {};
  if (tokenId !== undefined) {
    // First: who comes with a token that was used does not count against its user.
    const expiresAt = Number(tokenExpiresAt);
    if (
      typeof tokenId !== 'string' ||
      !hasBytes(tokenId, TOKEN_ID_BYTES) ||
      !Number.isSafeInteger(expiresAt)
    ) {
      return { statusCode: 403, reason: 'the authorizer names a token that cannot be claimed' };
    }
    if (!(await claimToken(tokenId, expiresAt, connectionId))) {
      return { statusCode: 403, reason: 'the token was used before' };
    }
  }
  if (userId !== undefined && maxConnectionsPerMinute !== Infinity) {
    const count = await countConnection(userId, connection.connectedAt);
    if (count > maxConnectionsPerMinute) {
      return {
        statusCode: 429,
        reason: `connection ${count} of its user in a minute, at most ${maxConnectionsPerMinute}`,
      };
    }
  }
  return undefined;
}

function isFromAllowedOrigin(origins: string[]): boolean {
  if (origins.length === 0) return allowsAbsentOrigin;
  if (!allowedOrigins) return true;
  // A browser sends one.
  return origins.length === 1 && isAllowedOrigin(allowedOrigins, origins[0]);
}

function hasBytes(text: string, most: number): boolean {
  return text !== '' && Buffer.byteLength(text) <= most;
}

import type { ClientMessage, ErrorCode, IceServersRequest } from '../../protocol/messages';
import { endDeadConnections, leave } from './depart';
import { checkGrant } from './grant';
import { join } from './join';
import type { RateVerdict } from './message-rate';
import { Operation, type Signaling } from './operation';
import { parseFrame, readMessage, requestIdOf } from './parse-message';
import { ProtocolError } from './protocol-error';
import { relay } from './relay';
import type { Connection } from './room-store';
import type { Settings } from './settings';
import type { Tally } from './tally';

/** What one frame came to, for the log. */
export interface Received {
  type?: ClientMessage['type'];
  /** Where it was refused. */
  code?: ErrorCode;
  /** Where it was one too many for the connection to stay. */
  closed?: true;
  /** What the service failed over; the client only hears `internal`. */
  failure?: unknown;
  tally: Tally;
}

/**
 * Handles one frame of a connection. Whatever it holds, nobody else is disturbed, and the connection stays, unless it goes on
 * sending more than it may: then it is closed, and `$disconnect` tells of it like of any other end.
 */
export async function receive(
  signaling: Signaling,
  settings: Settings,
  connection: Connection,
  body: string,
): Promise<Received> {
  const operation = new Operation(signaling, connection);
  const { connectionId, receivedAt = signaling.clock.now() } = connection;
  // By when it was sent, not by when there was time for it: else a flood that is dealt with slowly were none.
  const verdict = (await signaling.rate?.judge(connectionId, receivedAt)) ?? 'within';
  const received = await handle(operation, settings, body, verdict);
  signaling.rate?.waited(connectionId, operation.waitedMs);
  if (verdict === 'persistently-over') {
    await operation.close(connection.connectionId);
    received.closed = true;
  }
  try {
    await endDeadConnections(operation);
  } catch (failure) {
    received.failure ??= failure;
  }
  return { ...received, tally: operation.tally };
}

async function handle(
  operation: Operation,
  settings: Settings,
  body: string,
  verdict: RateVerdict,
): Promise<Omit<Received, 'tally'>> {
  let requestId: string | undefined;
  let message: ClientMessage | undefined;
  try {
    const frame = parseFrame(body, settings);
    requestId = requestIdOf(frame);
    if (verdict !== 'within') throw tooMany();
    message = readMessage(frame, settings);
    checkGrant(operation.connection.grant, message);
    await dispatch(operation, settings, message);
    return { type: message.type };
  } catch (error) {
    const refusal = verdict === 'within' ? refusalFor(error) : tooMany();
    const roomId = message && 'roomId' in message ? message.roomId : undefined;
    await operation.reply({ type: 'error', code: refusal.code, message: refusal.message, requestId, roomId });
    return {
      type: message?.type,
      code: refusal.code,
      failure: error instanceof ProtocolError ? undefined : error,
    };
  }
}

function refusalFor(error: unknown): ProtocolError {
  return error instanceof ProtocolError
    ? error
    : new ProtocolError('internal', 'the service failed; try again');
}

function tooMany(): ProtocolError {
  return new ProtocolError('rate-limited', 'more messages than a connection may send within ten seconds');
}

function dispatch(operation: Operation, settings: Settings, message: ClientMessage): Promise<void> {
  switch (message.type) {
    case 'register':
      return join(operation, settings, message);
    case 'leave':
      return leave(operation, message);
    case 'offer':
    case 'answer':
    case 'ice-candidate':
    case 'ice-candidates':
    case 'signal':
      return relay(operation, message);
    case 'ice-servers':
      return giveIceServers(operation, settings, message);
    case 'ping':
      return operation.reply({ type: 'pong', requestId: message.requestId });
  }
}

async function giveIceServers(
  operation: Operation,
  { iceServersFor }: Settings,
  { requestId }: IceServersRequest,
): Promise<void> {
  const given = await iceServersFor(operation.connection, operation.clock.now());
  await operation.reply({ type: 'ice-servers', ...given, requestId });
}

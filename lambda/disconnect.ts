// $disconnect: leaves every room for the connection that has ended. API Gateway may deliver it late or never,
// so nothing relies on it alone: see signaling/depart.ts.
import { signalingOnAws } from './aws/signaling-on-aws';
import { connectionOf, type Answer, type WebSocketEvent } from './event';
import { log } from './log';
import { disconnect } from './signaling/depart';

export async function handler(event: WebSocketEvent): Promise<Answer> {
  const connection = connectionOf(event);
  // A client may name this route in a message, which ends nothing.
  if (event.requestContext.eventType !== 'DISCONNECT') return { statusCode: 400 };
  try {
    await disconnect(signalingOnAws, connection);
    log('info', 'disconnect', { connectionId: connection.connectionId });
  } catch (error) {
    log('error', 'disconnect', { connectionId: connection.connectionId, error });
  }
  return { statusCode: 200 };
}

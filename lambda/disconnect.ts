// $disconnect: leaves every room for the connection that has ended. API Gateway may deliver it late or never,
// so nothing relies on it alone: see signaling/depart.ts.
import { signalingOnAws } from './aws/signaling-on-aws';
import { connectionOf, type Answer, type WebSocketEvent } from './event';
import { log } from './log';
import { measuresOf } from './metrics';
import { disconnect } from './signaling/depart';

export async function handler(event: WebSocketEvent): Promise<Answer> {
  const connection = connectionOf(event);
  const { connectionId, connectedAt } = connection;
  // A client may name this route in a message, which ends nothing.
  if (event.requestContext.eventType !== 'DISCONNECT') return { statusCode: 400 };
  const { failure, tally } = await disconnect(signalingOnAws, connection);
  log(
    failure === undefined ? 'info' : 'error',
    'disconnect',
    { connectionId, error: failure },
    {
      ...measuresOf(tally, failure),
      ConnectionsClosed: 1,
      ConnectionDuration: Math.max(0, Date.now() - connectedAt) / 1000,
    },
  );
  return { statusCode: 200 };
}

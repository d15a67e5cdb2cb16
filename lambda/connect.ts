// $connect: notes the connection. Nothing can be sent to it before this has answered.
import { putConnection } from './aws/connections-table';
import { connectionOf, type Answer, type WebSocketEvent } from './event';
import { log } from './log';

export async function handler(event: WebSocketEvent): Promise<Answer> {
  const connection = connectionOf(event);
  // A client may name this route in a message: its row, with the rooms that it notes, must not be put anew.
  if (event.requestContext.eventType !== 'CONNECT') return { statusCode: 400 };
  try {
    await putConnection(connection);
  } catch (error) {
    log('error', 'connect', { connectionId: connection.connectionId, error });
    return { statusCode: 503 };
  }
  log('info', 'connect', { connectionId: connection.connectionId });
  return { statusCode: 200 };
}

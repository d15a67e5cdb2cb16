// $connect: notes the connection. Nothing can be sent to it before this has answered.
import { putConnection } from './aws/connections-table';
import { connectionOf, type Answer, type WebSocketEvent } from './event';
import { log } from './log';

export async function handler(event: WebSocketEvent): Promise<Answer> {
  const connection = connectionOf(event);
  try {
    await putConnection(connection);
  } catch (error) {
    log('error', 'connect', { connectionId: connection.connectionId, error });
    return { statusCode: 503 };
  }
  log('info', 'connect', { connectionId: connection.connectionId });
  return { statusCode: 200 };
}

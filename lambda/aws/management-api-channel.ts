// The one place that reaches a peer, by API Gateway's @connections.
import {
  ApiGatewayManagementApiClient,
  DeleteConnectionCommand,
  GoneException,
  PostToConnectionCommand,
} from '@aws-sdk/client-apigatewaymanagementapi';
import { environment } from '../environment';
import { log } from '../log';
import type { PeerChannel, Posted } from '../signaling/peer-channel';
import { requestTimeouts } from './request-timeouts';

const client = new ApiGatewayManagementApiClient({
  // The stage's own address: it also holds behind a custom domain, where the event's domain does not.
  endpoint: environment('CALLBACK_URL'),
  // A peer whose buffer is full answers 429 for as long as it is full: it must not hold up the handler.
  maxAttempts: 2,
  requestHandler: { ...requestTimeouts, httpsAgent: { maxSockets: 100 } },
});

export const managementApiChannel: PeerChannel = {
  async post(ConnectionId, frame): Promise<Posted> {
    try {
      await client.send(new PostToConnectionCommand({ ConnectionId, Data: frame }));
      return 'delivered';
    } catch (error) {
      if (isGone(error)) return 'gone';
      log('warn', 'post-failed', { connectionId: ConnectionId, error });
      return 'failed';
    }
  },

  async close(ConnectionId) {
    try {
      await client.send(new DeleteConnectionCommand({ ConnectionId }));
      return 'closed';
    } catch (error) {
      if (isGone(error)) return 'gone';
      log('warn', 'close-failed', { connectionId: ConnectionId, error });
      return 'failed';
    }
  },
};

function isGone(error: unknown): boolean {
  // By status too: emulators leave out the header that names the exception.
  return (
    error instanceof GoneException ||
    (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode === 410
  );
}

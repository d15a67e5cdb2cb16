// $default: every frame of a client. The protocol is in ../protocol/messages.ts; what each message does, in
// signaling/: join.ts (register), depart.ts (leave, and connections found dead), relay.ts (all the rest).
import { countMessages } from './aws/connections-table';
import { signalingOnAws } from './aws/signaling-on-aws';
import { environment } from './environment';
import { connectionOf, type Answer, type WebSocketEvent } from './event';
import { iceServersFrom } from './ice/ice-servers';
import type { IceSource } from './ice/source';
import { log } from './log';
import { measuresOf } from './metrics';
import { SharedMessageRate } from './signaling/message-rate';
import type { Signaling } from './signaling/operation';
import { receive } from './signaling/receive';
import type { Settings } from './signaling/settings';
import type { Tally } from './signaling/tally';

const settings: Settings = {
  iceServersFor: iceServersFrom(JSON.parse(environment('ICE_SERVERS')) as IceSource[]),
  maxPeersPerRoom: Number(environment('MAX_PEERS_PER_ROOM')),
  maxRoomsPerConnection: Number(environment('MAX_ROOMS_PER_CONNECTION')),
  maxMessageBytes: Number(environment('MAX_MESSAGE_BYTES')),
  maxMetadataBytes: Number(environment('MAX_METADATA_BYTES')),
};

const signaling: Signaling = {
  ...signalingOnAws,
  rate: new SharedMessageRate(Number(environment('MAX_MESSAGES_PER_SECOND')), { add: countMessages }),
};

export async function handler(event: WebSocketEvent): Promise<Answer> {
  const connection = connectionOf(event);
  const startedAt = Date.now();
  const { failure, tally, ...received } = await receive(signaling, settings, connection, event.body ?? '');
  log(
    failure === undefined ? 'info' : 'error',
    'message',
    {
      connectionId: connection.connectionId,
      ...received,
      ms: Date.now() - startedAt,
      error: failure,
    },
    {
      ...measuresOf(tally, failure),
      RelayLatency: relayLatency(tally, event),
      // Not `internal`, which is no fault of the client's.
      MessagesRefused: Number(received.code !== undefined && received.code !== 'internal'),
    },
  );
  return { statusCode: 200 };
}

/** From API Gateway's having the message to the last peer's having it; their clocks may differ a little. */
function relayLatency({ relayedAt }: Tally, { requestContext }: WebSocketEvent): number | undefined {
  const { requestTimeEpoch } = requestContext;
  return relayedAt && requestTimeEpoch && Math.max(0, relayedAt - requestTimeEpoch);
}

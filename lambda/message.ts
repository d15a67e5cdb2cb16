// $default: every frame of a client. The protocol is in ../protocol/messages.ts; what each message does, in
// signaling/: join.ts (register), depart.ts (leave, and connections found dead), relay.ts (all the rest).
import { signalingOnAws } from './aws/signaling-on-aws';
import { environment } from './environment';
import { connectionOf, type Answer, type WebSocketEvent } from './event';
import { log } from './log';
import { receive } from './signaling/receive';
import type { Settings } from './signaling/settings';

const settings: Settings = {
  iceServers: JSON.parse(environment('ICE_SERVERS')) as Settings['iceServers'],
  maxPeersPerRoom: Number(environment('MAX_PEERS_PER_ROOM')),
  maxRoomsPerConnection: Number(environment('MAX_ROOMS_PER_CONNECTION')),
};

export async function handler(event: WebSocketEvent): Promise<Answer> {
  const connection = connectionOf(event);
  const startedAt = Date.now();
  const { failure, ...received } = await receive(signalingOnAws, settings, connection, event.body ?? '');
  log(failure === undefined ? 'info' : 'error', 'message', {
    connectionId: connection.connectionId,
    ...received,
    ms: Date.now() - startedAt,
    error: failure,
  });
  return { statusCode: 200 };
}

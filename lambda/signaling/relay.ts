// Offers, answers, candidates and signals on their way from one peer to another.
import type { DeliveredMessage, RelayedMessage } from '../../protocol/messages';
import { requirePeer } from './membership';
import { isVisible, type Operation } from './operation';
import { ProtocolError } from './protocol-error';

export async function relay(operation: Operation, message: RelayedMessage): Promise<void> {
  // Who speaks the roster says: a `userId` of the sender's own making must not be taken for it.
  const { requestId, userId: _claimed, ...sent } = message as RelayedMessage & { userId?: unknown };
  const from = operation.connection.connectionId;
  const onward: DeliveredMessage = { ...sent, from };
  const delivered =
    message.to === undefined
      ? await relayToRoom(operation, onward)
      : await relayToPeer(operation, onward, message.to);
  if (requestId !== undefined) await operation.reply({ type: 'ack', requestId, delivered });
}

async function relayToPeer(operation: Operation, message: DeliveredMessage, to: string): Promise<number> {
  const { roomId, from } = message;
  if (to === from) throw new ProtocolError('bad-message', 'to must be another peer');
  // Two keys, whatever the size of the room.
  const [, peer] = await Promise.all([requirePeer(operation, roomId), operation.findPeer(roomId, to)]);
  const taken = peer ? await pass(operation, [to], message) : 0;
  if (taken === 1) return 1;
  if (peer && !operation.dead.has(to)) {
    throw new ProtocolError('internal', 'the peer did not take the message; send it again');
  }
  throw new ProtocolError('peer-not-found', 'to is not a peer of the room');
}

async function relayToRoom(operation: Operation, message: DeliveredMessage): Promise<number> {
  const { roomId, from } = message;
  await requirePeer(operation, roomId);
  const peers = (await operation.readRoom(roomId)).filter(
    (peer) => isVisible(peer) && peer.connectionId !== from,
  );
  return pass(
    operation,
    peers.map((peer) => peer.connectionId),
    message,
  );
}

/** Posts it to each; how many took it. */
async function pass(operation: Operation, to: string[], message: DeliveredMessage): Promise<number> {
  const { clock, dead, tally } = operation;
  const taken = await operation.post(to, message);
  tally.messagesRelayed += taken.length;
  tally.relayFailures += to.filter((id) => !taken.includes(id) && !dead.has(id)).length;
  if (taken.length > 0) tally.relayedAt = clock.now();
  return taken.length;
}

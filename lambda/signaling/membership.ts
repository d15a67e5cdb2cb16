import type { Operation } from './operation';
import { ProtocolError } from './protocol-error';

/** Waits between looks, ms: 500 in all, as the protocol promises. */
const LOOKS_AFTER_MS = [25, 50, 75, 150, 200];

/**
 * Makes sure that the sender is a peer of the room. API Gateway may have its message handled before its
 * `register`, so a sender that is not there yet is looked for again.
 * @throws ProtocolError `not-in-room`
 */
export async function requirePeer(operation: Operation, roomId: string): Promise<void> {
  const { connectionId } = operation.connection;
  for (const wait of [0, ...LOOKS_AFTER_MS]) {
    if (wait > 0) await operation.clock.sleep(wait);
    if (await operation.findPeer(roomId, connectionId)) return;
  }
  throw new ProtocolError('not-in-room', 'register in the room first');
}

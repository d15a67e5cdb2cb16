import type { ErrorCode } from '../../protocol/messages';

/** Something that a client is told: `message` is a sentence for its developer and holds no internals. */
export class ProtocolError extends Error {
  constructor(
    readonly code: ErrorCode,
    message: string,
  ) {
    super(message);
  }
}

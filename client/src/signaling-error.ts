import type { ErrorCode } from '../../protocol/messages';

/**
 * Why something was refused or did not work: the protocol's code, or one of the client's own.
 *
 * - `unreachable`: the connection could not be opened
 * - `closed`: there is no connection now
 * - `timeout`: no answer in time
 * - `gateway`: API Gateway itself answered with an error; the message is its
 * - `aborted`: the `AbortSignal` given was triggered
 */
export type SignalingErrorCode = ErrorCode | 'unreachable' | 'closed' | 'timeout' | 'gateway' | 'aborted';

/** What the client's methods reject with and its `error` events carry. `message` is a sentence for a developer. */
export class SignalingError extends Error {
  override readonly name = 'SignalingError';

  constructor(
    /** Decide by this, not by `message`. */
    readonly code: SignalingErrorCode,
    message: string,
    /** The room that it is about, where it is about one. */
    readonly roomId?: string,
  ) {
    super(message);
  }
}

/** @internal */
export function notConnected(): SignalingError {
  return new SignalingError('closed', 'no connection');
}

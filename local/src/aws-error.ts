/** What a service refuses a request with: its own name for it, and the status, 400 in the JSON protocols. */
export class AwsError extends Error {
  override readonly name = 'AwsError';

  /** @param code `ResourceNotFoundException`, say */
  constructor(
    readonly code: string,
    message: string,
    readonly status = 400,
  ) {
    super(message);
  }
}

// The quotas that AWS documents for WebSocket APIs. The account's own rates, 500 new connections and 10,000 requests
// a second, are not played: they can be raised.

/** Payload bytes of one frame from a client. */
export const FRAME_BYTES = 32 * 1024;
/** Bytes of one message, from a client or to it. */
export const MESSAGE_BYTES = 128 * 1024;
/** Without a message in either direction. */
export const IDLE_MS = 10 * 60_000;
export const LIFETIME_MS = 2 * 60 * 60_000;
/** Characters of path and query. */
export const URL_LENGTH = 4096;
/** Of what an authorizer returns, as JSON. */
export const AUTHORIZER_RESULT_BYTES = 8 * 1024;
export const AUTHORIZER_TIMEOUT_MS = 29_000;
/** Bytes that wait for a slow client before a post to it is refused. AWS does not say how many: our own choice. */
export const CLIENT_BUFFER_BYTES = 1024 * 1024;

/**
 * For every client of the SDK: a request that hangs is tried again well before the integration's 29 s are over. Without
 * the last of these the SDK writes a warning, and goes on waiting.
 */
export const requestTimeouts = {
  connectionTimeout: 1_000,
  requestTimeout: 5_000,
  throwOnRequestTimeout: true,
};

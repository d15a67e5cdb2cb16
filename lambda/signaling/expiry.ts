/** API Gateway's 2 hours, and the longest that `$disconnect` may take to arrive after them. */
const CONNECTION_LIVES_AT_MOST_SECONDS = (2 * 60 + 10) * 60;

/** When no row of a connection counts any more: Unix seconds, as DynamoDB's time to live wants them. */
export function expiresAt(connectedAt: number): number {
  return Math.ceil(connectedAt / 1000) + CONNECTION_LIVES_AT_MOST_SECONDS;
}

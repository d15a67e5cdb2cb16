/** UTF-8 bytes as JSON: the roster of a room carries it once a peer, and must fit into one message. */
export const MOST_USER_ID_BYTES = 128;

export function userIdBytes(userId: string): number {
  return Buffer.byteLength(JSON.stringify(userId)) - '""'.length;
}

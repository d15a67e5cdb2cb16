/**
 * Reads the payload lengths of the WebSocket frames in a byte stream (RFC 6455, section 5.2), and nothing else.
 * It stands beside `ws`, whose `maxPayload` counts whole messages: a single frame of 33 KB passes there.
 */
export class FrameLengths {
  private header: number[] = [];
  /** Bytes of mask and payload still to come before the next header. */
  private rest = 0;

  /** The lengths of the frames whose header ends in this chunk, whether their payload is here or not. */
  read(chunk: Uint8Array): number[] {
    const lengths: number[] = [];
    let at = 0;
    while (at < chunk.length) {
      if (this.rest > 0) {
        const skipped = Math.min(this.rest, chunk.length - at);
        this.rest -= skipped;
        at += skipped;
        continue;
      }
      this.header.push(chunk[at++]);
      const length = payloadLength(this.header);
      if (length === undefined) continue;
      lengths.push(length);
      const masked = this.header[1] >= 0x80;
      this.rest = length + (masked ? 4 : 0);
      this.header = [];
    }
    return lengths;
  }
}

/** Undefined while the header is incomplete. */
function payloadLength(header: number[]): number | undefined {
  if (header.length < 2) return undefined;
  const short = header[1] & 0x7f;
  const extended = short === 126 ? 2 : short === 127 ? 8 : 0;
  if (header.length < 2 + extended) return undefined;
  return extended === 0 ? short : header.slice(2).reduce((length, byte) => length * 256 + byte, 0);
}

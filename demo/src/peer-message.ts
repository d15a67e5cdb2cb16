// What the pages of a call tell one another over their data channels.

export type PeerMessage =
  | { type: 'chat'; text: string }
  /** What it has switched on. A camera that is off sends nothing, which looks like a picture that froze. */
  | { type: 'devices'; camera: boolean; microphone: boolean };

/** Anything else that comes is taken for what someone says. */
export function parsePeerMessage(data: string | ArrayBuffer): PeerMessage {
  const text = typeof data === 'string' ? data : new TextDecoder().decode(data);
  try {
    const message = JSON.parse(text) as Partial<Record<string, unknown>> | null;
    if (message?.type === 'chat' && typeof message.text === 'string')
      return { type: 'chat', text: message.text };
    if (message?.type === 'devices') {
      return { type: 'devices', camera: message.camera === true, microphone: message.microphone === true };
    }
  } catch {
    // Plain words.
  }
  return { type: 'chat', text };
}

// A client of the bare wire: sends what it is told to, valid or not, and keeps all that it gets.
import { once } from 'node:events';
import WebSocket from 'ws';

export type Frame = Record<string, any>;

export class Wire {
  readonly frames: Frame[] = [];
  closed?: { code: number; reason: string };
  private taken = new Set<Frame>();
  private waiting: (() => void)[] = [];
  private requests = 0;

  private constructor(readonly socket: WebSocket) {
    socket.on('message', (data: Buffer) => {
      this.frames.push(JSON.parse(data.toString()) as Frame);
      this.wake();
    });
    socket.on('close', (code, reason) => {
      this.closed = { code, reason: reason.toString() };
      this.wake();
    });
    socket.on('error', () => undefined);
  }

  static async open(
    url: string,
    { protocols, ...options }: WebSocket.ClientOptions & { protocols?: string[] } = {},
  ): Promise<Wire> {
    const wire = new Wire(new WebSocket(url, protocols, options));
    await once(wire.socket, 'open');
    return wire;
  }

  send(frame: Frame): void {
    this.sendRaw(JSON.stringify(frame));
  }

  sendRaw(text: string | Buffer): void {
    this.socket.send(text);
  }

  /** The next frame, not taken before, that fits. */
  async next(fits: string | ((frame: Frame) => boolean)): Promise<Frame> {
    const matches = typeof fits === 'string' ? (frame: Frame) => frame.type === fits : fits;
    for (;;) {
      const found = this.frames.find((frame) => !this.taken.has(frame) && matches(frame));
      if (found) {
        this.taken.add(found);
        return found;
      }
      if (this.closed) throw new Error(`closed with ${this.closed.code} while waiting for ${String(fits)}`);
      await new Promise<void>((resolve) => this.waiting.push(resolve));
    }
  }

  /** Sends a request and gives its answer, whatever that is. */
  async ask(frame: Frame): Promise<Frame> {
    const requestId = `request-${(this.requests += 1)}`;
    this.send({ ...frame, requestId });
    const { requestId: _requestId, ...answer } = await this.next((answer) => answer.requestId === requestId);
    return answer;
  }

  async join(roomId: string, more: Frame = {}): Promise<Frame> {
    const answer = await this.ask({ type: 'register', roomId, ...more });
    if (answer.type !== 'registered') throw new Error(`not registered: ${JSON.stringify(answer)}`);
    return answer;
  }

  /** Frames of a type, taken or not. */
  all(type: string): Frame[] {
    return this.frames.filter((frame) => frame.type === type);
  }

  /** The closing handshake, with a code or without. */
  async close(code?: number): Promise<void> {
    if (this.closed) return;
    const closed = once(this.socket, 'close');
    if (code === undefined) this.socket.close();
    else this.socket.close(code);
    await closed;
  }

  /** The network goes away. */
  cut(): void {
    this.socket.terminate();
  }

  private wake() {
    for (const resolve of this.waiting.splice(0)) resolve();
  }
}

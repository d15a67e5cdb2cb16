// One established WebSocket: what ends it, and when something last passed through it.
import type { Socket } from 'node:net';
import type { WebSocket } from 'ws';
import type { Clock } from '../model';
import type { ConnectionEnd, ConnectionFacts } from './events';
import { FrameLengths } from './frame-lengths';
import { CLIENT_BUFFER_BYTES, FRAME_BYTES, IDLE_MS } from './limits';

const GOING_AWAY: ConnectionEnd = { code: 1001, reason: 'Going away' };

interface Listeners {
  onMessage(text: string): void;
  /** Once, when the socket has closed. */
  onEnd(end: ConnectionEnd): void;
}

export class Connection {
  /** Unix milliseconds of the last message in either direction; protocol pings do not count. */
  lastActiveAt: number;
  private readonly cancelLifetime: () => void;
  private cancelIdle: () => void;
  /** Set where the gateway ends the connection: `ws` itself reports 1006 where it gave up reading. */
  private end?: ConnectionEnd;

  constructor(
    readonly facts: ConnectionFacts,
    private readonly ws: WebSocket,
    socket: Socket,
    private readonly clock: Clock,
    lifetimeMs: number,
    listeners: Listeners,
  ) {
    this.lastActiveAt = facts.connectedAt;
    this.cancelLifetime = clock.after(lifetimeMs, () => this.close(GOING_AWAY));
    this.cancelIdle = clock.after(IDLE_MS, () => this.closeIfIdle());

    const frames = new FrameLengths();
    // Ahead of `ws`'s own listener, so that no message of an oversize frame is handled.
    socket.prependListener('data', (chunk: Buffer) => {
      if (frames.read(chunk).some((length) => length > FRAME_BYTES)) this.close({ code: 1009, reason: '' });
    });
    ws.on('message', (data: Buffer, isBinary) => {
      if (!this.isOpen) return;
      this.lastActiveAt = clock.now();
      if (isBinary) this.close({ code: 1003, reason: '' });
      else listeners.onMessage(data.toString());
    });
    ws.on('error', (error: Error & { code?: string }) => {
      if (error.code === 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH') this.end ??= { code: 1009, reason: '' };
    });
    ws.on('close', (code, reason) => {
      this.cancelLifetime();
      this.cancelIdle();
      listeners.onEnd(this.end ?? asReported(code, reason.toString()));
    });
  }

  /** Whether a message can still be sent. */
  get isOpen(): boolean {
    return this.ws.readyState === this.ws.OPEN;
  }

  /** Whether so much waits for the client already that nothing more is taken for it. */
  get isBufferFull(): boolean {
    return this.ws.bufferedAmount > CLIENT_BUFFER_BYTES;
  }

  /** As a text frame; nothing where the connection is no longer open. */
  send(text: string): void {
    if (!this.isOpen) return;
    this.lastActiveAt = this.clock.now();
    this.ws.send(text);
  }

  close(end: ConnectionEnd = GOING_AWAY): void {
    if (!this.isOpen) return;
    this.end = end;
    this.ws.close(end.code, end.reason);
  }

  /** Without waiting for the client's part. */
  terminate(): void {
    this.ws.terminate();
  }

  private closeIfIdle(): void {
    const idleMs = this.clock.now() - this.lastActiveAt;
    if (idleMs >= IDLE_MS) this.close(GOING_AWAY);
    else this.cancelIdle = this.clock.after(IDLE_MS - idleMs, () => this.closeIfIdle());
  }
}

function asReported(code: number, reason: string): ConnectionEnd {
  return code === 1005 ? { code, reason: 'Client-side close frame status not set' } : { code, reason };
}

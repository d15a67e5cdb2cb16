import type { ClientMessage, ErrorMessage, ServerMessage } from '../../protocol/messages';
import { MESSAGE_BYTES } from '../../protocol/messages';
import { notConnected, SignalingError } from './signaling-error';
import type { Socket, SocketConstructor } from './socket';

/** To open, or to answer. */
const RESPONDS_WITHIN_MS = 15_000;
/** How long a probe of a connection that may be dead waits. */
const PROBED_WITHIN_MS = 10_000;
/** API Gateway closes a connection idle for 10 minutes; a tab in the background wakes late, by up to one. */
const IDLE_MS = 8.5 * 60_000;

type Settle = (answer: ServerMessage | SignalingError) => void;

/** Who has the connection. */
export interface ConnectionOwner {
  opened(connection: Connection): void;
  /** Whatever it is. */
  received(message: Record<string, unknown>): void;
  /** What answers no request. */
  unasked(message: Record<string, unknown>): void;
  failed(error: SignalingError): void;
  /** Once, by whomever; requests were rejected with `closed`. Not where it was closed from here. */
  ended(connection: Connection): void;
}

/** One WebSocket, and what was asked over it. @internal */
export class Connection {
  isOpen = false;
  readonly #socket: Socket;
  #hasEnded = false;
  /** The one thing waited for: to be open, or to have been idle. */
  #timer: ReturnType<typeof setTimeout>;
  #requests = 0;
  readonly #pending = new Map<string, Settle>();

  constructor(
    readonly url: string,
    options: { WebSocket?: SocketConstructor; protocols?: string | string[] },
    readonly owner: ConnectionOwner,
  ) {
    const Constructor: SocketConstructor = options.WebSocket ?? globalThis.WebSocket;
    const socket = (this.#socket = new Constructor(url, options.protocols));
    this.#timer = setTimeout(() => this.#end(), RESPONDS_WITHIN_MS);
    socket.addEventListener('open', () => {
      if (this.#hasEnded) return;
      this.isOpen = true;
      this.#stayAwake();
      owner.opened(this);
    });
    socket.addEventListener('message', ({ data }) => !this.#hasEnded && this.#receive(String(data)));
    socket.addEventListener('close', () => this.#end());
    // `close` follows.
    socket.addEventListener('error', () => undefined);
  }

  /** Sends, and resolves with the answer. */
  request<Answer extends ServerMessage>(
    message: ClientMessage,
    withinMs = RESPONDS_WITHIN_MS,
  ): Promise<Answer> {
    return new Promise<Answer>((resolve, reject) => {
      const requestId = String((this.#requests += 1));
      this.post({ ...message, requestId });
      const timer = setTimeout(
        () => settle(new SignalingError('timeout', `no answer to ${message.type}`)),
        withinMs,
      );
      const settle: Settle = (answer) => {
        clearTimeout(timer);
        this.#pending.delete(requestId);
        if (answer instanceof SignalingError) reject(answer);
        else resolve(answer as Answer);
      };
      this.#pending.set(requestId, settle);
    });
  }

  post(message: ClientMessage): void {
    if (!this.isOpen) throw notConnected();
    const text = JSON.stringify(message);
    const bytes = new TextEncoder().encode(text).length;
    // API Gateway would close the connection.
    if (bytes > MESSAGE_BYTES) {
      throw new SignalingError('too-large', `${message.type}: ${bytes} bytes, at most ${MESSAGE_BYTES}`);
    }
    this.#socket.send(text);
    this.#stayAwake();
  }

  /** Without an answer it is dead, whatever the socket says. */
  probe(): void {
    if (this.isOpen) this.request({ type: 'ping' }, PROBED_WITHIN_MS).catch(() => this.#end());
  }

  close(): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.isOpen = false;
    clearTimeout(this.#timer);
    for (const settle of [...this.#pending.values()]) settle(notConnected());
    this.#socket.close();
  }

  #end(): void {
    if (this.#hasEnded) return;
    this.close();
    this.owner.ended(this);
  }

  #stayAwake(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.probe(), IDLE_MS);
  }

  #receive(text: string): void {
    this.#stayAwake();
    const message = parse(text);
    if (!message) return;
    this.owner.received(message);
    // Nothing is left to do where a listener closed.
    if (!this.isOpen) return;
    const settle = this.#pending.get(message.requestId as string);
    if (message.type === 'error') {
      const { code, message: words, roomId } = message as unknown as ErrorMessage;
      this.#fail(new SignalingError(code, words, roomId), settle);
      if (code === 'connection-ended') this.#end();
    } else if (message.type === undefined && typeof message.message === 'string') {
      // API Gateway's own {message, connectionId, requestId}. Its id is not ours: it is about a request for sure
      // only where there is just one.
      const [only] = this.#pending.values();
      this.#fail(new SignalingError('gateway', message.message), this.#pending.size === 1 ? only : undefined);
    } else if (settle) {
      settle(message as unknown as ServerMessage);
    } else {
      this.owner.unasked(message);
    }
  }

  #fail(
    error: SignalingError,
    settle: Settle = (failure) => this.owner.failed(failure as SignalingError),
  ): void {
    settle(error);
  }
}

function parse(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

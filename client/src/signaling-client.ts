import {
  type ClientMessage,
  type ErrorMessage,
  type IceServersMessage,
  LIMITS,
  type Metadata,
  type ServerMessage,
} from '../../protocol/messages';
import { backoff } from './backoff';
import { Emitter } from './emitter';
import { Room, type RoomMessage } from './room';
import { SignalingError } from './signaling-error';
import type { Socket, SocketConstructor } from './socket';

const CONNECT_TIMEOUT_MS = 15_000;
const REQUEST_TIMEOUT_MS = 15_000;
/** API Gateway closes a connection idle for 10 minutes; a tab in the background wakes late, by up to one. */
const IDLE_MS = 8.5 * 60_000;

/**
 * - `connecting`: the first connection is being opened
 * - `open`
 * - `reconnecting`: it was lost; it is opened again and the rooms are joined again, until `close()`
 * - `closed`: before `connect()`, after `close()`, and where the first connection could not be opened
 */
export type SignalingState = 'connecting' | 'open' | 'reconnecting' | 'closed';

export interface SignalingClientOptions {
  /** Default: the global one. On Node 20 there is none: pass that of the package `ws`. */
  WebSocket?: SocketConstructor;
  /** Subprotocols to offer. */
  protocols?: string | string[];
}

export interface JoinRoomOptions {
  /** What the others of the room see of this peer: a JSON object of at most 1 KiB. */
  metadata?: Metadata;
  signal?: AbortSignal;
}

export interface SignalingEvents {
  state: [state: SignalingState];
  /** What failed without anyone awaiting it. */
  error: [error: SignalingError];
  /** Every message of the server, those unknown to this version too. */
  message: [message: Record<string, unknown>];
}

interface Pending {
  resolve(message: ServerMessage): void;
  reject(error: SignalingError): void;
}

/** One connection to a signaling URL, kept open, and the rooms joined over it. */
export class SignalingClient extends Emitter<SignalingEvents> {
  #state: SignalingState = 'closed';
  #socket: Socket | undefined;
  #isOpen = false;
  #failures = 0;
  /** The one thing waited for: to be connected, to have been idle, or to try again. */
  #timer: ReturnType<typeof setTimeout> | undefined;
  #requests = 0;
  readonly #pending = new Map<string, Pending>();
  readonly #waiting = new Set<{ resolve(): void; reject(error: unknown): void }>();
  readonly #rooms = new Map<string, Room>();

  /** @param url `wss://…/stage`, as the construct's `url` says */
  constructor(
    readonly url: string,
    private readonly options: SignalingClientOptions = {},
  ) {
    super();
  }

  get state(): SignalingState {
    return this.#state;
  }

  /**
   * Resolves once connected. A first connection that cannot be opened rejects with `unreachable`; one lost
   * later is opened again.
   */
  connect({ signal }: { signal?: AbortSignal } = {}): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(aborted());
      if (this.#state === 'open') return resolve();
      const done = () => {
        this.#waiting.delete(waiter);
        signal?.removeEventListener('abort', abort);
      };
      const waiter = {
        resolve: () => (done(), resolve()),
        // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- it is one
        reject: (error: unknown) => (done(), reject(error)),
      };
      const abort = () => {
        waiter.reject(aborted());
        if (this.#state === 'connecting' && this.#waiting.size === 0) this.close();
      };
      this.#waiting.add(waiter);
      signal?.addEventListener('abort', abort);
      if (this.#state !== 'closed') return;
      try {
        this.#open();
        this.#become('connecting');
      } catch (error) {
        // Not the URL of a WebSocket, or no WebSocket here.
        waiter.reject(error);
      }
    });
  }

  /** Ends the connection, and with it every membership. Nothing stays behind; `connect()` opens anew. */
  close(): void {
    const socket = this.#socket;
    this.#failures = 0;
    for (const room of this.#rooms.values()) room.close();
    this.#rooms.clear();
    this.#detach(new SignalingError('closed', 'the client was closed'));
    this.#stopWaiting(new SignalingError('closed', 'the client was closed'));
    socket?.close();
    this.#become('closed');
  }

  /**
   * Joins a room, connecting first where that was not done. Joining one again passes on new `metadata`.
   * @throws SignalingError `room-full`, `too-many-rooms`, `forbidden`, …
   */
  async joinRoom(roomId: string, { metadata, signal }: JoinRoomOptions = {}): Promise<Room> {
    await this.connect({ signal });
    const known = this.#rooms.get(roomId);
    const room = known ?? new Room(this, roomId);
    this.#rooms.set(roomId, room);
    try {
      await abortable(room.join(metadata), signal);
      return room;
    } catch (error) {
      if (!known) {
        this.#drop(room);
        // It may have come about all the same.
        const isUnsure =
          error instanceof SignalingError && ['timeout', 'gateway', 'aborted'].includes(error.code);
        if (isUnsure && this.#isOpen) this.post({ type: 'leave', roomId });
      }
      throw error;
    }
  }

  /** STUN and TURN servers, anew: credentials may expire. */
  iceServers(): Promise<IceServersMessage> {
    return this.request({ type: 'ice-servers' });
  }

  /** @internal */
  async leaveRoom(room: Room): Promise<void> {
    if (this.#rooms.get(room.roomId) !== room) return;
    this.#drop(room);
    // Without a connection there is no membership.
    if (this.#isOpen) await this.request({ type: 'leave', roomId: room.roomId });
  }

  /** Sends, and resolves with the answer. @internal */
  request<Answer extends ServerMessage>(message: ClientMessage): Promise<Answer> {
    return new Promise<Answer>((resolve, reject) => {
      const requestId = String((this.#requests += 1));
      this.post({ ...message, requestId });
      const timer = setTimeout(
        () => pending.reject(new SignalingError('timeout', `no answer to ${message.type} in time`)),
        REQUEST_TIMEOUT_MS,
      );
      const done = () => {
        clearTimeout(timer);
        this.#pending.delete(requestId);
      };
      const pending: Pending = {
        resolve: (answer) => (done(), resolve(answer as Answer)),
        reject: (error) => (done(), reject(error)),
      };
      this.#pending.set(requestId, pending);
    });
  }

  /** @internal */
  post(message: ClientMessage): void {
    if (!this.#socket || !this.#isOpen) {
      throw new SignalingError(
        'closed',
        `${message.type} was not sent: there is no connection to ${this.url}`,
      );
    }
    const text = JSON.stringify(message);
    const bytes = new TextEncoder().encode(text).length;
    // API Gateway would close the connection.
    if (bytes > LIMITS.messageBytes) {
      throw new SignalingError(
        'too-large',
        `${message.type} is ${bytes} bytes long, expected at most ${LIMITS.messageBytes}`,
      );
    }
    this.#socket.send(text);
    this.#stayAwake();
  }

  #become(state: SignalingState): void {
    if (this.#state === state) return;
    this.#state = state;
    this.emit('state', state);
  }

  #open(): void {
    const Constructor: SocketConstructor = this.options.WebSocket ?? globalThis.WebSocket;
    const socket = new Constructor(this.url, this.options.protocols);
    const isCurrent = () => this.#socket === socket;
    this.#socket = socket;
    this.#timer = setTimeout(() => this.#lose(), CONNECT_TIMEOUT_MS);
    socket.addEventListener('open', () => isCurrent() && void this.#opened());
    socket.addEventListener('message', ({ data }) => isCurrent() && this.#receive(String(data)));
    socket.addEventListener('close', () => isCurrent() && this.#lose());
    // `close` follows.
    socket.addEventListener('error', () => undefined);
  }

  async #opened(): Promise<void> {
    const socket = this.#socket;
    this.#isOpen = true;
    this.#stayAwake();
    try {
      if (this.#state === 'reconnecting')
        await Promise.all([...this.#rooms.values()].map((room) => room.rejoin()));
    } catch (error) {
      if (this.#socket !== socket) return;
      if (error instanceof SignalingError) this.emit('error', error);
      // Full, since it is not known yet that whoever this was is gone, or throttled: later.
      return this.#lose();
    }
    if (this.#socket !== socket) return;
    this.#failures = 0;
    this.#become('open');
    for (const waiter of [...this.#waiting]) waiter.resolve();
  }

  /** The connection is of no use any more. */
  #lose(): void {
    const socket = this.#socket;
    if (this.#state === 'connecting') {
      const error = new SignalingError('unreachable', `no connection to ${this.url}`);
      this.#detach(error);
      this.#stopWaiting(error);
      this.#become('closed');
    } else {
      this.#detach(new SignalingError('closed', `the connection to ${this.url} was lost`));
      this.#timer = setTimeout(() => this.#open(), backoff(this.#failures));
      this.#failures += 1;
      this.#become('reconnecting');
    }
    socket?.close();
  }

  /** Lets go of the socket, and of what was asked over it. */
  #detach(error: SignalingError): void {
    this.#socket = undefined;
    this.#isOpen = false;
    clearTimeout(this.#timer);
    for (const pending of [...this.#pending.values()]) pending.reject(error);
  }

  #stopWaiting(error: SignalingError): void {
    for (const waiter of [...this.#waiting]) waiter.reject(error);
  }

  #stayAwake(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      // Without an answer the connection is dead, whatever the socket says.
      this.request({ type: 'ping' }).catch(() => this.#isOpen && this.#lose());
    }, IDLE_MS);
  }

  #receive(text: string): void {
    this.#stayAwake();
    const message = parse(text);
    if (!message) return;
    this.emit('message', message);
    // Nothing is left to do where a listener closed.
    if (!this.#isOpen) return;
    const pending = this.#pending.get(message.requestId as string);
    if (message.type === 'error') {
      const { code, message: words, roomId } = message as unknown as ErrorMessage;
      this.#fail(new SignalingError(code, words, roomId), pending);
      if (code === 'connection-ended' && this.#isOpen) this.#lose();
    } else if (message.type === undefined && typeof message.message === 'string') {
      // API Gateway's own {message, connectionId, requestId}. Its id is not ours: it is about a request for sure
      // only where there is just one.
      const [only] = this.#pending.values();
      this.#fail(new SignalingError('gateway', message.message), this.#pending.size === 1 ? only : undefined);
    } else if (pending) {
      pending.resolve(message as unknown as ServerMessage);
    } else if (ROOM_TYPES.has(message.type)) {
      this.#rooms.get(message.roomId as string)?.receive(message as unknown as RoomMessage);
    }
  }

  #fail(error: SignalingError, pending: Pending | undefined): void {
    if (pending) pending.reject(error);
    else this.emit('error', error);
  }

  #drop(room: Room): void {
    this.#rooms.delete(room.roomId);
    room.close();
  }
}

const ROOM_TYPES = new Set<unknown>([
  'peer-joined',
  'peer-left',
  'offer',
  'answer',
  'ice-candidate',
  'ice-candidates',
  'signal',
]);

function parse(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

function aborted(): SignalingError {
  return new SignalingError('aborted', 'aborted by the caller');
}

function abortable<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return promise;
  return new Promise((resolve, reject) => {
    const abort = () => reject(aborted());
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort);
    void promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}

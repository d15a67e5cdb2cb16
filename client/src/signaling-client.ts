import type { IceServersMessage, Metadata } from '../../protocol/messages';
import { backoff } from './backoff';
import { Connection, type ConnectionOwner } from './connection';
import { Emitter } from './emitter';
import { Room, type RoomMessage } from './room';
import { notConnected, SignalingError } from './signaling-error';
import type { SocketConstructor } from './socket';

/** API Gateway's, which nobody can have raised. */
const LIFETIME_MS = 2 * 60 * 60_000;

/**
 * - `connecting`: the first connection is being opened
 * - `open`
 * - `reconnecting`: it was lost; it is opened again and the rooms are joined again, until `close()`
 * - `closed`: before `connect()`, after `close()`, and where the first connection could not be opened
 */
export type SignalingState = 'connecting' | 'open' | 'reconnecting' | 'closed';

/** How a `SignalingClient` connects. */
export interface SignalingClientOptions {
  /** Default: the global one. On Node 20 there is none: pass that of the package `ws`. */
  WebSocket?: SocketConstructor;
  /** Subprotocols to offer. */
  protocols?: string | string[];
  /**
   * After how many milliseconds a connection is cut at the latest. The client moves to another one ahead of that.
   * Default: two hours, as API Gateway does; set it where something on the way cuts sooner.
   */
  connectionLifetimeMs?: number;
}

/** What `SignalingClient.joinRoom` takes beside the room. */
export interface JoinRoomOptions {
  /** What the others of the room see of this peer: a JSON object of at most 1 KiB. */
  metadata?: Metadata;
  /** Gives up joining. To leave later, call `leave()`. */
  signal?: AbortSignal;
}

/** What `SignalingClient.on` tells of, with the arguments of each listener. */
export interface SignalingEvents {
  /** It changed. */
  state: [state: SignalingState];
  /** What failed without anyone awaiting it. */
  error: [error: SignalingError];
  /** Every message of the server, those unknown to this version too. */
  message: [message: Record<string, unknown>];
}

/** Node has none of its methods. */
const target = globalThis as Partial<EventTarget>;

/** One connection to a signaling URL, kept open, and the rooms joined over it. */
export class SignalingClient extends Emitter<SignalingEvents> {
  #state: SignalingState = 'closed';
  #connection: Connection | undefined;
  /** That is to take its place. */
  #next: Connection | undefined;
  #retiring: Connection | undefined;
  #failures = 0;
  /** To try again, or to move to the next connection. */
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** How many wait to be connected. */
  #waiting = 0;
  #stoppedBy = notConnected();
  readonly #rooms = new Map<string, Room>();
  readonly #owner: ConnectionOwner = {
    opened: (connection) => void this.#opened(connection),
    received: (message) => this.emit('message', message),
    unasked: (message) =>
      this.#rooms.get(message.roomId as string)?.receive(message as unknown as RoomMessage),
    failed: (error) => this.emit('error', error),
    ended: (connection) => this.#ended(connection),
  };

  /** @param url `wss://…/stage`, as the construct's `url` says */
  constructor(
    readonly url: string,
    private readonly options: SignalingClientOptions = {},
  ) {
    super();
  }

  /** Of the connection to the server. */
  get state(): SignalingState {
    return this.#state;
  }

  /**
   * Resolves once connected. A first connection that cannot be opened rejects with `unreachable`; one lost
   * later is opened again.
   * @param options `signal` gives up connecting
   */
  async connect({ signal }: { signal?: AbortSignal } = {}): Promise<void> {
    if (signal?.aborted) throw aborted();
    if (this.#state === 'closed') {
      // Throws where that is not the URL of a WebSocket, or there is no WebSocket here.
      this.#open();
      target.addEventListener?.('online', this.checkConnection);
      this.#become('connecting');
    }
    if (this.#state === 'open') return;
    this.#waiting += 1;
    let stop = () => {};
    const connected = new Promise<void>((resolve, reject) => {
      stop = this.on('state', (state) => {
        if (state === 'open') resolve();
        if (state === 'closed') reject(this.#stoppedBy);
      });
    });
    try {
      await abortable(connected, signal);
    } catch (error) {
      if (signal?.aborted && this.#state === 'connecting' && this.#waiting === 1) this.close();
      throw error;
    } finally {
      stop();
      this.#waiting -= 1;
    }
  }

  /** Ends the connection, and with it every membership. Nothing stays behind; `connect()` opens anew. */
  close(): void {
    this.#failures = 0;
    for (const room of this.#rooms.values()) room.close();
    this.#rooms.clear();
    this.#stop(notConnected());
  }

  /**
   * Joins a room, connecting first where that was not done. Joining one again passes on new `metadata`.
   * @param options what the others see of this peer; `signal` gives up joining
   * @throws SignalingError `room-full`, `too-many-rooms`, `forbidden`, …
   */
  async joinRoom(roomId: string, { metadata, signal }: JoinRoomOptions = {}): Promise<Room> {
    await this.connect({ signal });
    const connection = this.#current;
    const known = this.#rooms.get(roomId);
    const room = known ?? new Room(roomId, (left) => this.#drop(left));
    this.#rooms.set(roomId, room);
    try {
      await abortable(room.join(connection, metadata), signal);
      return room;
    } catch (error) {
      if (!known) {
        this.#drop(room);
        // It may have come about all the same.
        connection.request({ type: 'leave', roomId }).catch(() => undefined);
      }
      throw error;
    }
  }

  /** STUN and TURN servers, anew: credentials may expire. */
  async iceServers(): Promise<IceServersMessage> {
    return this.#current.request({ type: 'ice-servers' });
  }

  /**
   * Finds out at once whether the connection still stands, and tries at once where one is being waited for. Done by itself
   * where the browser tells that it is online again.
   */
  readonly checkConnection = (): void => {
    if (this.#connection) this.#connection.probe();
    // Also where an attempt is under way: begun without a network, it may hang.
    else if (this.#state === 'reconnecting') this.#open();
  };

  get #current(): Connection {
    if (!this.#connection) throw notConnected();
    return this.#connection;
  }

  #become(state: SignalingState): void {
    if (this.#state === state) return;
    this.#state = state;
    this.emit('state', state);
  }

  #open(): void {
    clearTimeout(this.#timer);
    this.#next?.close();
    this.#next = new Connection(this.url, this.options, this.#owner);
  }

  async #opened(connection: Connection): Promise<void> {
    try {
      await Promise.all([...this.#rooms.values()].map((room) => room.rejoin(connection)));
    } catch (error) {
      if (this.#next !== connection) return;
      this.emit('error', error as SignalingError);
      // Full, since it is not known yet that whoever this was is gone, or throttled: later. Of several rooms some may
      // have moved: the former connection is of no use either.
      connection.close();
      this.#connection?.close();
      this.#connection = undefined;
      return this.#ended(connection);
    }
    if (this.#next !== connection) return;
    this.#next = undefined;
    // What was sent to the former one is still read. The service closes it, once no room is left to it.
    this.#retiring = this.#connection;
    if (this.#rooms.size === 0) this.#retiring?.close();
    this.#connection = connection;
    this.#failures = 0;
    // Jittered: many clients may have connected at once.
    const { connectionLifetimeMs = LIFETIME_MS } = this.options;
    this.#timer = setTimeout(() => this.#open(), connectionLifetimeMs * (0.8 + 0.1 * Math.random()));
    this.#become('open');
  }

  #ended(connection: Connection): void {
    if (connection === this.#connection) this.#connection = undefined;
    else if (connection === this.#next) this.#next = undefined;
    else return;
    for (const room of this.#rooms.values()) room.lost(connection);
    if (this.#state === 'connecting') {
      return this.#stop(new SignalingError('unreachable', `no connection to ${this.url}`));
    }
    if (!this.#next) {
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => this.#open(), backoff(this.#failures));
      this.#failures += 1;
    }
    if (!this.#connection) this.#become('reconnecting');
  }

  #stop(error: SignalingError): void {
    clearTimeout(this.#timer);
    this.#retiring?.close();
    target.removeEventListener?.('online', this.checkConnection);
    this.#connection?.close();
    this.#next?.close();
    this.#connection = this.#next = undefined;
    this.#stoppedBy = error;
    this.#become('closed');
  }

  #drop(room: Room): void {
    if (this.#rooms.get(room.roomId) === room) this.#rooms.delete(room.roomId);
    room.close();
  }
}

function aborted(): SignalingError {
  return new SignalingError('aborted', 'aborted');
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

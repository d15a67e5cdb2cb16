import type { Socket, SocketConstructor } from './socket';

/** What one connection is opened with, where that is not what it would be opened with anyway. */
export interface Handshake {
  /** A signed URL, say. */
  url?: string;
  /** Subprotocols to offer. */
  protocols?: string[];
}

/** How `authorizedSocket` makes its sockets. */
export interface AuthorizedSocketOptions {
  /** Default: the global one. On Node 20 there is none: pass that of the package `ws`. */
  WebSocket?: SocketConstructor;
}

type Event = 'message' | 'open' | 'close' | 'error';
type Listener = (event: { data: unknown }) => void;

/**
 * A class like `WebSocket`, for the option `WebSocket` of the client, that asks for what authorizes a connection as
 * each is opened: the client connects again for as long as it is in use, and tokens and signed URLs are short-lived.
 * A connection for which nothing is given does not come about, and is tried again later.
 *
 * @param authorize gets the URL of the service; returns a token, which travels as a subprotocol so that it stands in no
 * address, or the whole handshake
 */
export function authorizedSocket(
  authorize: (url: string) => string | Handshake | Promise<string | Handshake>,
  options: AuthorizedSocketOptions = {},
): SocketConstructor {
  return class implements Socket {
    #socket: Socket | undefined;
    #isClosed = false;
    readonly #listeners: [Event, Listener][] = [];

    constructor(url: string) {
      void this.#open(url);
    }

    send(data: string): void {
      this.#socket?.send(data);
    }

    close(code?: number): void {
      this.#isClosed = true;
      this.#socket?.close(code);
    }

    addEventListener(type: Event, listener: Listener): void {
      this.#listeners.push([type, listener]);
      this.#socket?.addEventListener(type as 'message', listener);
    }

    async #open(url: string): Promise<void> {
      try {
        const given = await authorize(url);
        if (this.#isClosed) return;
        const { url: address = url, protocols } = typeof given === 'string' ? withToken(given) : given;
        this.#socket = new (options.WebSocket ?? globalThis.WebSocket)(address, protocols);
        for (const [type, listener] of this.#listeners) {
          this.#socket.addEventListener(type as 'message', listener);
        }
      } catch {
        for (const [type, listener] of this.#listeners) {
          if (type === 'close') listener({ data: undefined });
        }
      }
    }
  };
}

function withToken(token: string): Handshake {
  return { protocols: ['webrtc-signaling', `token.${token}`] };
}

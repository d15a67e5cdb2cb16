/** What of `WebSocket` is used: the browser's, Node's, and that of the package `ws` fit. */
export interface Socket {
  send(data: string): void;
  close(code?: number): void;
  addEventListener(type: 'message', listener: (event: { data: unknown }) => void): void;
  addEventListener(type: 'open' | 'close' | 'error', listener: () => void): void;
}

/** A class like `WebSocket`. */
export type SocketConstructor = new (url: string, protocols?: string | string[]) => Socket;

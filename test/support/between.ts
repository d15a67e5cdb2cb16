// A connection's way to the service, on which things go wrong: frames held back, doubled or made up, sockets cut.
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import WebSocket, { WebSocketServer } from 'ws';
import type { Frame } from './wire';

export interface Passage {
  /** Sends this frame to the client, as if the service had. */
  tell(frame: unknown): void;
  /** The network goes away, and both notice. */
  cut(): void;
  /** The network goes away, and the service does not notice. */
  vanish(): void;
}

export interface Between {
  url: string;
  /** Connections made so far, oldest first. */
  passages: Passage[];
  /** Every frame of clients and service, in the order seen. */
  seen: { from: 'client' | 'service'; frame: Frame }[];
  /** What a frame of the service becomes on its way; nothing else comes through. */
  toClient: (frame: Frame) => Frame[];
  /** New connections are turned away. */
  refuses: boolean;
  close(): Promise<void>;
}

export async function between(serviceUrl: string): Promise<Between> {
  const server = new WebSocketServer({
    host: '127.0.0.1',
    port: 0,
    verifyClient: () => !way.refuses,
  });
  await once(server, 'listening');
  const services = new Set<WebSocket>();
  const way: Between = {
    url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}`,
    passages: [],
    seen: [],
    toClient: (frame) => [frame],
    refuses: false,
    async close() {
      for (const end of [...server.clients, ...services]) end.terminate();
      const closed = once(server, 'close');
      server.close();
      await closed;
    },
  };
  server.on('connection', (client) => {
    const service = new WebSocket(serviceUrl);
    const opened = new Promise<void>((resolve) => service.once('open', resolve));
    const tell = (frame: unknown) => client.send(JSON.stringify(frame));
    let hasVanished = false;
    services.add(service);
    way.passages.push({
      tell,
      cut() {
        client.terminate();
        service.terminate();
      },
      vanish() {
        hasVanished = true;
        client.terminate();
      },
    });
    client.on('message', (data: Buffer) => {
      way.seen.push({ from: 'client', frame: JSON.parse(data.toString()) as Frame });
      void opened.then(() => service.send(data.toString()));
    });
    service.on('message', (data: Buffer) => {
      const frame = JSON.parse(data.toString()) as Frame;
      way.seen.push({ from: 'service', frame });
      way.toClient(frame).forEach(tell);
    });
    client.on('close', () => void opened.then(() => hasVanished || service.close()));
    service.on('close', () => client.close());
    service.on('error', () => undefined);
    client.on('error', () => undefined);
  });
  return way;
}

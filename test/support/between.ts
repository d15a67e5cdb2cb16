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
  /** The network goes away, and the service does not notice, or only after a while. */
  vanish(noticedAfterMs?: number): void;
}

export interface Between {
  url: string;
  /** Connections made so far, oldest first. */
  passages: Passage[];
  /** Every frame of clients and service, in the order seen, over whichever of the passages; `at` in Unix milliseconds. */
  seen: { at: number; passage: number; from: 'client' | 'service'; frame: Frame }[];
  /** What a frame of the service becomes on its way; nothing else comes through. */
  toClient: (frame: Frame) => Frame[];
  /** How many milliseconds a frame takes, either way, asked for each: so they overtake one another. */
  delay?: () => number;
  /** How often a frame of the service comes; asked for each. */
  times?: () => number;
  /** Connections of clients that stand. */
  readonly open: number;
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
    get open() {
      return server.clients.size;
    },
    async close() {
      for (const end of [...server.clients, ...services]) end.terminate();
      const closed = once(server, 'close');
      server.close();
      await closed;
    },
  };
  const later = (run: () => void) => {
    if (way.delay) setTimeout(run, way.delay());
    else run();
  };
  server.on('connection', (client) => {
    const service = new WebSocket(serviceUrl);
    const opened = new Promise<void>((resolve) => service.once('open', resolve));
    const tell = (frame: unknown) => client.send(JSON.stringify(frame));
    let hasVanished = false;
    const passage = way.passages.length;
    const see = (from: 'client' | 'service', frame: Frame) =>
      way.seen.push({ at: Date.now(), passage, from, frame });
    services.add(service);
    way.passages.push({
      tell,
      cut() {
        client.terminate();
        service.terminate();
      },
      vanish(noticedAfterMs) {
        hasVanished = true;
        client.terminate();
        if (noticedAfterMs !== undefined) setTimeout(() => service.terminate(), noticedAfterMs);
      },
    });
    client.on('message', (data: Buffer) => {
      see('client', JSON.parse(data.toString()) as Frame);
      void opened.then(() =>
        later(() => service.readyState === WebSocket.OPEN && service.send(data.toString())),
      );
    });
    service.on('message', (data: Buffer) => {
      const frame = JSON.parse(data.toString()) as Frame;
      see('service', frame);
      for (const each of way.toClient(frame)) {
        for (let times = way.times?.() ?? 1; times > 0; times -= 1) later(() => tell(each));
      }
    });
    client.on('close', () => void opened.then(() => hasVanished || service.close()));
    service.on('close', () => client.close());
    service.on('error', () => undefined);
    client.on('error', () => undefined);
  });
  return way;
}

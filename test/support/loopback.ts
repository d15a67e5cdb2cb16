// A small HTTP server on this machine, for what a handler asks of others.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Answer {
  status?: number;
  headers?: Record<string, string>;
  body: unknown;
}

export interface Loopback {
  /** `http://127.0.0.1:PORT` */
  url: string;
  /** Paths asked for, in their order. */
  asked: string[];
  close(): Promise<void>;
}

export async function answering(
  answer: (request: IncomingMessage, body: string, url: string) => Answer | undefined,
): Promise<Loopback> {
  const asked: string[] = [];
  let url = '';
  const server = createServer((request, response) => void respond(request, response));
  const respond = async (request: IncomingMessage, response: ServerResponse) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    asked.push(request.url!);
    const { status = 200, headers, body: answered } = answer(request, body, url) ?? { status: 404, body: {} };
    response.writeHead(status, { 'Content-Type': 'application/json', ...headers });
    response.end(typeof answered === 'string' ? answered : JSON.stringify(answered));
  };
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    asked,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

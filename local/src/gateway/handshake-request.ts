import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/** What a handshake asked for, as `$connect`'s event tells it. */
export interface HandshakeRequest {
  headers: Record<string, string>;
  multiValueHeaders: Record<string, string[]>;
  /** Absent when empty, like the next. */
  queryStringParameters?: Record<string, string>;
  multiValueQueryStringParameters?: Record<string, string[]>;
}

/** `now`: Unix milliseconds, for the trace id. */
export function readHandshake(request: IncomingMessage, now: number): HandshakeRequest {
  const headers = new MultiMap((name) => name.toLowerCase());
  for (let i = 0; i < request.rawHeaders.length; i += 2) {
    const [name, value] = [request.rawHeaders[i], request.rawHeaders[i + 1]];
    // The hop-by-hop headers end at the gateway.
    if (!/^(connection|upgrade|x-forwarded-.*)$/i.test(name)) headers.add(name, value);
  }
  const forwardedFor = [request.headers['x-forwarded-for'] ?? [], sourceIp(request)].flat();
  headers.add('X-Forwarded-For', forwardedFor.join(', '));
  // As on AWS, where every client comes by TLS: a handler may insist on it.
  headers.add('X-Forwarded-Port', '443');
  headers.add('X-Forwarded-Proto', 'https');
  if (!headers.has('X-Amzn-Trace-Id')) headers.add('X-Amzn-Trace-Id', traceId(now));

  const query = new MultiMap();
  new URL(request.url ?? '/', 'http://gateway').searchParams.forEach((value, name) => query.add(name, value));
  return {
    headers: headers.last(),
    multiValueHeaders: headers.all(),
    ...(query.isEmpty
      ? {}
      : { queryStringParameters: query.last(), multiValueQueryStringParameters: query.all() }),
  };
}

/** Without the prefix of an IPv4 address on an IPv6 socket. */
export function sourceIp(request: IncomingMessage): string {
  return (request.socket.remoteAddress ?? '').replace(/^::ffff:/, '');
}

function traceId(now: number): string {
  const seconds = Math.floor(now / 1000).toString(16);
  return `Root=1-${seconds.padStart(8, '0')}-${randomBytes(12).toString('hex')}`;
}

/** Values by name in the order given; a name keeps the case that it was first given in. */
class MultiMap {
  private readonly entries = new Map<string, { name: string; values: string[] }>();

  constructor(private readonly keyOf = (name: string) => name) {}

  get isEmpty() {
    return this.entries.size === 0;
  }

  has(name: string) {
    return this.entries.has(this.keyOf(name));
  }

  add(name: string, value: string) {
    const entry = this.entries.get(this.keyOf(name)) ?? { name, values: [] };
    this.entries.set(this.keyOf(name), entry);
    entry.values.push(value);
  }

  last(): Record<string, string> {
    return Object.fromEntries([...this.entries.values()].map(({ name, values }) => [name, values.at(-1)!]));
  }

  all(): Record<string, string[]> {
    return Object.fromEntries([...this.entries.values()].map(({ name, values }) => [name, values]));
  }
}

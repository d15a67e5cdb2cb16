// From sources to what one connection is told. A call can do without TURN more often than not, so a join never fails
// over a source: who joins while one cannot be had gets the others', and an end soon, at which a client asks again.
import type { IceServer } from '../../protocol/messages';
import { log } from '../log';
import type { GivenIceServers, IceServersFor } from '../signaling/ice-servers';
import type { Connection } from '../signaling/room-store';
import { cloudflareIceServers } from './cloudflare';
import { secretText } from './secret-text';
import type { IceSource } from './source';
import { turnCredentials } from './turn-rest';
import { Unavailable } from './unavailable';

/** A join waits no longer for a source. */
const WAITS_AT_MOST_MS = 3_000;

const ASK_AGAIN_SECONDS = 60;

export function iceServersFrom(sources: IceSource[]): IceServersFor {
  return async (connection, now) => {
    const given = await Promise.all(sources.map((source) => give(source, connection, now)));
    const ends = given.flatMap(({ expiresAt }) => expiresAt ?? []);
    return {
      iceServers: given.flatMap(({ iceServers }) => iceServers),
      ...(ends.length > 0 && { expiresAt: Math.min(...ends) }),
    };
  };
}

async function give(source: IceSource, connection: Connection, now: number): Promise<GivenIceServers> {
  if (source.kind === 'static') return { iceServers: source.iceServers };
  const seconds = Math.floor(now / 1000);
  const abort = new AbortController();
  try {
    return await within(WAITS_AT_MOST_MS, abort, credentialsOf(source, connection, seconds, abort.signal));
  } catch (error) {
    log('warn', 'ice-servers-unavailable', { source: source.kind, reason: reasonOf(error) });
    return { iceServers: [], expiresAt: seconds + ASK_AGAIN_SECONDS };
  }
}

async function credentialsOf(
  source: Exclude<IceSource, { kind: 'static' }>,
  { connectionId, userId }: Connection,
  seconds: number,
  signal: AbortSignal,
): Promise<GivenIceServers> {
  switch (source.kind) {
    case 'turn': {
      const { urls, username, secretArn, secretField } = source;
      const credential = await secretText(secretArn, secretField);
      return { iceServers: [serverOf(urls, { username, credential })] };
    }
    case 'coturn': {
      const expiresAt = seconds + source.ttlSeconds;
      const secret = await secretText(source.secretArn);
      const credentials = turnCredentials(secret, userId ?? connectionId, expiresAt);
      return { iceServers: [serverOf(source.urls, credentials)], expiresAt };
    }
    case 'cloudflare': {
      const { url, secretArn, ttlSeconds } = source;
      const apiToken = await secretText(secretArn);
      return {
        iceServers: await cloudflareIceServers(url, apiToken, ttlSeconds, signal),
        expiresAt: seconds + ttlSeconds,
      };
    }
  }
}

const serverOf = (urls: string[], credentials: object): IceServer => ({ urls, ...credentials });

async function within<T>(ms: number, abort: AbortController, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new Unavailable(`no answer within ${ms} ms`));
      abort.abort();
    }, ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Of another's error the name alone: its message may quote a secret. */
function reasonOf(error: unknown): string {
  if (error instanceof Unavailable) return error.message;
  return (error as { name?: string } | undefined)?.name ?? 'unknown';
}

// https://developers.cloudflare.com/realtime/turn/generate-credentials/
import type { IceServer } from '../../protocol/messages';
import { Unavailable } from './unavailable';

export async function cloudflareIceServers(
  url: string,
  apiToken: string,
  ttlSeconds: number,
  signal: AbortSignal,
): Promise<IceServer[]> {
  if (!/^[\x21-\x7e]+$/.test(apiToken)) throw new Unavailable('the API token has characters that none has');
  const response = await fetch(url, {
    method: 'POST',
    headers: { authorization: `Bearer ${apiToken}`, 'content-type': 'application/json' },
    body: JSON.stringify({ ttl: ttlSeconds }),
    redirect: 'error',
    signal,
  });
  if (!response.ok) {
    await response.body?.cancel();
    throw new Unavailable(`answered ${response.status}`);
  }
  const answer = (await response.json().catch(() => undefined)) as { iceServers?: unknown } | undefined;
  const servers = answer?.iceServers;
  if (!Array.isArray(servers) || !servers.every(isIceServer)) {
    throw new Unavailable('answered with something other than ICE servers');
  }
  return servers.map(({ urls, username, credential }) => ({
    urls: [urls].flat().filter((each) => !BLOCKED.test(each)),
    username,
    credential,
  }));
}

/** Browsers refuse port 53, and a candidate by it only times out. */
const BLOCKED = /:53(?:\?|$)/;

function isIceServer(value: unknown): value is IceServer {
  const { urls, username, credential } = (value ?? {}) as Record<string, unknown>;
  return (
    [urls].flat().every((url) => typeof url === 'string') &&
    [username, credential].every((text) => text === undefined || typeof text === 'string')
  );
}

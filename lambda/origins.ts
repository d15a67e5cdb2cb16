// Which pages may connect, by the Origin that their browser tells. CORS does not apply to WebSockets.

/** Scheme, host (a name or an IPv6 address), port: as browsers write an origin, and nothing beside it. */
const ORIGIN = /^([a-z][a-z0-9+.-]*):\/\/([a-z0-9_-][a-z0-9._-]*|\[[0-9a-f:.]+\])(?::(\d{1,5}))?$/;

/** https://url.spec.whatwg.org/#special-scheme */
const DEFAULT_PORTS: Record<string, string> = { http: '80', https: '443', ws: '80', wss: '443' };

/** As browsers would write it; undefined where it is no origin: `null`, a URL with a path, nonsense. */
function normal(origin: string): { scheme: string; host: string; port: string } | undefined {
  const [, scheme, host, port] = ORIGIN.exec(origin.toLowerCase()) ?? [];
  return host === undefined ? undefined : { scheme, host, port: port ?? DEFAULT_PORTS[scheme] ?? '' };
}

/**
 * Whether an origin is one of those allowed. An entry is an origin, or one with `*.` ahead of its host, for the
 * subdomains of that at any depth.
 */
export function isAllowedOrigin(allowed: readonly string[], origin: string): boolean {
  const given = normal(origin);
  if (!given) return false;
  return allowed.some((entry) => {
    const isWildcard = entry.includes('://*.');
    const wanted = normal(entry.replace('://*.', '://'));
    return (
      wanted?.scheme === given.scheme &&
      wanted.port === given.port &&
      (isWildcard ? given.host.endsWith(`.${wanted.host}`) : given.host === wanted.host)
    );
  });
}

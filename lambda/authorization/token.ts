// Where a token travels: in the query, or as an entry of the subprotocols, since a browser can set no header of a
// WebSocket. The subprotocol stays out of the places where addresses are written down.
import type { AuthorizerEvent } from './event';

const ENTRY = 'token.';

/** The one token of a handshake. Undefined where there is none, or several: nobody could tell which of them counts. */
export function tokenOf(event: AuthorizerEvent): string | undefined {
  const tokens = new Set([...inQuery(event), ...inSubprotocols(event)]);
  const [token] = tokens;
  return tokens.size === 1 && token !== '' ? token : undefined;
}

function inQuery({ queryStringParameters, multiValueQueryStringParameters }: AuthorizerEvent): string[] {
  const last = queryStringParameters?.token;
  return multiValueQueryStringParameters?.token ?? (last === undefined ? [] : [last]);
}

function inSubprotocols({ headers, multiValueHeaders }: AuthorizerEvent): string[] {
  const values = valuesOf(multiValueHeaders) ?? valuesOf(headers) ?? [];
  return values
    .flatMap((value) => value.split(','))
    .map((entry) => entry.trim())
    .filter((entry) => entry.startsWith(ENTRY))
    .map((entry) => entry.slice(ENTRY.length));
}

/** The name of a header comes as the client wrote it. */
function valuesOf(
  headers: AuthorizerEvent['headers'] | AuthorizerEvent['multiValueHeaders'],
): string[] | undefined {
  const all = Object.entries<string | string[] | undefined>(headers ?? {});
  const found = all.filter(([name]) => name.toLowerCase() === 'sec-websocket-protocol');
  return found.length > 0 ? found.flatMap(([, value]) => value ?? []) : undefined;
}

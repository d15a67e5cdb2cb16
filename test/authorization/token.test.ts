// Where a token may travel.
import type { AuthorizerEvent } from '../../lambda/authorization/event';
import { tokenOf } from '../../lambda/authorization/token';
import { event } from './support';

const header = (name: string, ...values: string[]) => ({
  headers: { [name]: values.at(-1) },
  multiValueHeaders: { [name]: values },
});
const query = (...values: string[]) => ({
  queryStringParameters: { token: values.at(-1) },
  multiValueQueryStringParameters: { token: values },
});

test.each<[string, Partial<AuthorizerEvent>, string | undefined]>([
  ['in the query', query('a.b.c'), 'a.b.c'],
  [
    'in the query of a function that is called with the last value only',
    { queryStringParameters: { token: 'a' } },
    'a',
  ],
  ['as a subprotocol', header('Sec-WebSocket-Protocol', 'webrtc-signaling, token.a.b.c'), 'a.b.c'],
  ['as a subprotocol, whatever the case of the header', header('sec-websocket-protocol', 'token.a'), 'a'],
  [
    'as a subprotocol in a header of its own',
    header('Sec-WebSocket-Protocol', 'token.a', 'webrtc-signaling'),
    'a',
  ],
  ['in both, where it is the same', { ...query('a'), ...header('Sec-WebSocket-Protocol', 'token.a') }, 'a'],
  ['nowhere', {}, undefined],
  ['nowhere, which API Gateway may tell by null', { headers: null, queryStringParameters: null }, undefined],
  ['in the query, empty', query(''), undefined],
  ['as a subprotocol, empty', header('Sec-WebSocket-Protocol', 'token.'), undefined],
  ['among other subprotocols only', header('Sec-WebSocket-Protocol', 'webrtc-signaling, tokens'), undefined],
  ['in both, each another', { ...query('a'), ...header('Sec-WebSocket-Protocol', 'token.b') }, undefined],
  ['in the query twice', query('a', 'b'), undefined],
])('a token %s', (_, parts, token) => {
  expect(tokenOf(event(parts))).toBe(token);
});

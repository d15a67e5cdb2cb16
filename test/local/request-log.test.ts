import { requestLog } from '../../local/src/request-log';
import type { LogEntry } from '../../local/src/index';

const at = new Date(2024, 1, 19, 7, 11, 42).getTime();
const of = { at, stage: 'prod', connectionId: 'TXzPWdnOjoECGjA=' };

function linesOf(entry: LogEntry, colours = false): string[] {
  const lines: string[] = [];
  requestLog((line) => lines.push(line), colours)(entry);
  return lines;
}

it.each<[string, LogEntry, string]>([
  [
    'a connection',
    { ...of, event: 'handshake', status: 101, ms: 5.4 },
    '07:11:42  TXzPWdnO  connect      101 5 ms',
  ],
  [
    'a refusal',
    { ...of, event: 'handshake', status: 403, ms: 5, error: 'denied' },
    '07:11:42  TXzPWdnO  connect      403 5 ms denied',
  ],
  [
    'a message',
    { ...of, event: 'route', routeKey: '$default', functionId: 'Fn', outcome: 'returned', ms: 12 },
    '07:11:42  TXzPWdnO  $default     ok 12 ms',
  ],
  [
    'a message that failed',
    {
      ...of,
      event: 'route',
      routeKey: 'join',
      functionId: 'Fn',
      outcome: 'threw',
      ms: 1,
      error: 'Error: no',
    },
    '07:11:42  TXzPWdnO  join         threw 1 ms Error: no',
  ],
  [
    'a post to a client',
    { ...of, event: 'callback', method: 'POST', status: 200, bytes: 155 },
    '07:11:42  TXzPWdnO  <- 155 bytes  200',
  ],
  [
    'the end',
    { ...of, event: 'close', code: 1001, reason: 'Going away' },
    '07:11:42  TXzPWdnO  closed       1001 Going away',
  ],
  [
    'what a handler logs as JSON, without what the line of its message says',
    {
      functionId: 'Fn',
      text: JSON.stringify({
        level: 'info',
        event: 'message',
        connectionId: 'TXzPWdnOjoECGjA=',
        type: 'offer',
        delivered: 2,
        ms: 9,
      }),
    },
    '          TXzPWdnO    message type=offer delivered=2',
  ],
  [
    'what a handler logs, without the metrics in it',
    {
      functionId: 'Fn',
      text: JSON.stringify({
        level: 'info',
        event: 'message',
        connectionId: 'TXzPWdnOjoECGjA=',
        type: 'offer',
        _aws: {
          Timestamp: at,
          CloudWatchMetrics: [
            { Namespace: 'N', Dimensions: [['service']], Metrics: [{ Name: 'Relayed', Unit: 'Count' }] },
          ],
        },
        service: 'api/prod',
        Relayed: 1,
      }),
    },
    '          TXzPWdnO    message type=offer',
  ],
  [
    'a warning of a handler',
    { functionId: 'Fn', text: '{"level":"warn","event":"relay","reason":"gone"}' },
    '                      warn relay reason=gone',
  ],
  ['what a handler prints otherwise', { functionId: 'Fn', text: 'hello' }, '                      hello'],
  ['JSON that is no object', { functionId: 'Fn', text: '[1]' }, '                      [1]'],
])('shows %s', (_, entry, line) => {
  expect(linesOf(entry)).toEqual([line]);
});

it("shows a handler's error with its trace", () => {
  const error = { name: 'TypeError', message: 'no', stack: 'TypeError: no\n    at handler (index.js:1:2)' };
  const text = JSON.stringify({ level: 'error', event: 'message', error });
  expect(linesOf({ functionId: 'Fn', text })).toEqual([
    '                      error message',
    '                      TypeError: no',
    '                          at handler (index.js:1:2)',
  ]);
});

it('colours what it shows where it is told to', () => {
  const [line] = linesOf({ ...of, event: 'handshake', status: 101, ms: 5 }, true);
  expect(line).toBe(
    '\u001b[2m07:11:42\u001b[0m  \u001b[36mTXzPWdnO\u001b[0m  connect      \u001b[32m101\u001b[0m\u001b[2m 5 ms\u001b[0m',
  );
});

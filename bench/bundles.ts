// `npm run bench:bundles`: the size of each handler's bundle, and how long Node takes to import it beyond an
// empty process. Fails where one is over the aim.
import { statSync } from 'node:fs';
import { bundleOf, importTimes } from './import-times';

const HANDLERS = ['connect', 'message', 'disconnect', 'authorize-jwt', 'authorize-room-token'] as const;
const MOST_KB = 350;
const MOST_MS = 60;
const RUNS = Number(process.env.RUNS ?? 61);

const environment = {
  ...process.env,
  AWS_REGION: 'us-east-1',
  CONNECTIONS_TABLE: 'connections',
  ROOMS_TABLE: 'rooms',
  ROOMS_BY_CONNECTION_INDEX: 'index',
  CALLBACK_URL: 'https://example.com/prod',
  ICE_SERVERS: '[]',
  MAX_PEERS_PER_ROOM: '50',
  MAX_ROOMS_PER_CONNECTION: '10',
  MAX_MESSAGE_BYTES: '32768',
  MAX_METADATA_BYTES: '1024',
  MAX_MESSAGES_PER_SECOND: '50',
  TOKEN_SECRET_ARN: 'arn:aws:secretsmanager:us-east-1:123456789012:secret:token',
  JWT_ISSUERS: '["https://login.example.com"]',
  JWT_AUDIENCE: '["calls"]',
  USER_ID_CLAIM: 'sub',
  NODE_NO_WARNINGS: '1',
};

const times = importTimes(HANDLERS, RUNS, environment);
const rows = HANDLERS.map((handler) => ({
  handler,
  KB: +(statSync(bundleOf(handler)).size / 1024).toFixed(1),
  'import, ms of processor': times[handler].processor,
  'ms by the clock': times[handler].clock,
}));
console.log(`the least of ${RUNS} runs, above an empty Node ${process.version} process`);
console.table(rows);

const [connect, message, disconnect] = rows;
const failures = [
  ...rows
    .filter(({ KB }) => KB >= MOST_KB)
    .map((row) => `${row.handler}: ${row.KB} KB, expected under ${MOST_KB}`),
  // The lesser of the two: a busy machine adds to the clock, and the threads that collect garbage beside it to the other.
  ...HANDLERS.map((handler) => ({ handler, ms: Math.min(times[handler].processor, times[handler].clock) }))
    .filter(({ ms }) => ms >= MOST_MS)
    .map(({ handler, ms }) => `${handler}: ${ms} ms, expected under ${MOST_MS}`),
  ...[connect, disconnect]
    .filter(({ KB }) => KB >= message.KB)
    .map((row) => `${row.handler}: ${row.KB} KB, expected less than message's ${message.KB}`),
];
for (const failure of failures) console.error(failure);
process.exitCode = failures.length > 0 ? 1 : 0;

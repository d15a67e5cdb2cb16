// `npm run bench:bundles`: the size of each handler's bundle, and how long Node takes to import it beyond an
// empty process. Fails where one is over the aim. Times are whole processes, in turn with an empty one; the
// least of the runs is compared, since a busy machine only ever adds to it.
import { execFileSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { resolve } from 'node:path';

const HANDLERS = ['connect', 'message', 'disconnect', 'authorize-jwt', 'authorize-room-token'] as const;
const MOST_KB = 350;
const MOST_MS = 60;
const RUNS = Number(process.env.RUNS ?? 15);

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

const bundleOf = (handler: string) => resolve('lambda/dist', handler, 'index.js');

function startNode(code: string): number {
  const before = process.hrtime.bigint();
  execFileSync(process.execPath, ['-e', code], { env: environment, stdio: 'inherit' });
  return Number(process.hrtime.bigint() - before) / 1e6;
}

const programs = {
  empty: '',
  ...Object.fromEntries(HANDLERS.map((name) => [name, `require(${JSON.stringify(bundleOf(name))})`])),
};
const times = new Map<string, number[]>(Object.keys(programs).map((name) => [name, []]));
for (let run = 0; run < RUNS; run += 1) {
  for (const [name, code] of Object.entries(programs)) times.get(name)!.push(startNode(code));
}

const least = (name: string) => Math.min(...times.get(name)!);
const median = (name: string) => [...times.get(name)!].sort((a, b) => a - b)[Math.floor(RUNS / 2)];
const rows = HANDLERS.map((handler) => ({
  handler,
  KB: +(statSync(bundleOf(handler)).size / 1024).toFixed(1),
  'import, least ms above empty': +(least(handler) - least('empty')).toFixed(1),
  'median ms above empty': +(median(handler) - median('empty')).toFixed(1),
}));
console.log(`${RUNS} runs of each, in turn with an empty Node ${process.version} process`);
console.table(rows);

const [connect, message, disconnect] = rows;
const failures = [
  ...rows
    .filter(({ KB }) => KB >= MOST_KB)
    .map((row) => `${row.handler}: ${row.KB} KB, expected under ${MOST_KB}`),
  ...rows
    .filter((row) => row['import, least ms above empty'] >= MOST_MS)
    .map((row) => `${row.handler}: ${row['import, least ms above empty']} ms, expected under ${MOST_MS}`),
  ...[connect, disconnect]
    .filter(({ KB }) => KB >= message.KB)
    .map((row) => `${row.handler}: ${row.KB} KB, expected less than message's ${message.KB}`),
];
for (const failure of failures) console.error(failure);
process.exitCode = failures.length > 0 ? 1 : 0;

// `npm run bench:authorizers`: how long the authorizers take once they run (a good token, keys held), and how long Node
// takes to import them beyond an empty process. Fails where one asks Secrets Manager or the provider on the warm path.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { bundleOf, importTimes } from './import-times';

const CALLS = Number(process.env.CALLS ?? 2000);
const RUNS = Number(process.env.RUNS ?? 61);
const SECRET = 'k'.repeat(64);
const ENTRIES = ['authorize-jwt', 'authorize-room-token'] as const;

async function main() {
  const { privateKey, publicKey } = await generateKeyPair('RS256', { extractable: true });
  const jwk = { ...(await exportJWK(publicKey)), kid: 'key', alg: 'RS256', use: 'sig' };
  let asked = 0;
  const server = createServer((request, response) => {
    asked += 1;
    request.resume();
    response.setHeader('Content-Type', 'application/json');
    response.end(JSON.stringify(request.method === 'GET' ? { keys: [jwk] } : { SecretString: SECRET }));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  Object.assign(process.env, {
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    AWS_ENDPOINT_URL_SECRETS_MANAGER: url,
    NODE_NO_WARNINGS: '1',
    TOKEN_SECRET_ARN: 'arn:aws:secretsmanager:us-east-1:123456789012:secret:token',
    JWT_ISSUERS: JSON.stringify([url]),
    JWT_AUDIENCE: '["calls"]',
    JWKS_URI: `${url}/keys`,
    USER_ID_CLAIM: 'sub',
  });

  const claims = { iss: url, aud: 'calls', sub: 'ada', rooms: ['lobby'] };
  const sign = (alg: string, key: CryptoKey | Uint8Array) =>
    new SignJWT(claims).setProtectedHeader({ alg, kid: 'key' }).setExpirationTime('1 hour').sign(key);
  const tokens = {
    'authorize-jwt': await sign('RS256', privateKey),
    'authorize-room-token': await sign('HS256', new TextEncoder().encode(SECRET)),
  };

  const imports = importTimes(ENTRIES, RUNS, process.env);
  const rows = [];
  for (const entry of ENTRIES) {
    const { handler } = await import(bundleOf(entry));
    const event = {
      methodArn: 'arn:aws:execute-api:us-east-1:123456789012:api/prod/$connect',
      queryStringParameters: { token: tokens[entry] },
      requestContext: { connectionId: 'connection' },
    };
    // Its log lines are part of what is timed, but not of what is shown.
    const write = process.stdout.write.bind(process.stdout);
    process.stdout.write = () => true;
    for (let call = 0; call < 200; call += 1) await handler(event);
    const before = asked;
    const times: number[] = [];
    for (let call = 0; call < CALLS; call += 1) {
      const start = process.hrtime.bigint();
      await handler(event);
      times.push(Number(process.hrtime.bigint() - start) / 1e6);
    }
    process.stdout.write = write;
    times.sort((a, b) => a - b);
    rows.push({
      authorizer: entry,
      'warm, median ms': +times[CALLS >> 1].toFixed(3),
      'warm, 99 % under ms': +times[Math.floor(CALLS * 0.99)].toFixed(3),
      'asked of others while warm': asked - before,
      'import, ms of processor above empty': imports[entry].processor,
    });
  }
  server.closeAllConnections();
  server.close();
  console.log(`${CALLS} calls of each, ${RUNS} imports of each, Node ${process.version}`);
  console.table(rows);
  process.exitCode = rows.some((row) => row['asked of others while warm'] > 0) ? 1 : 0;
}

void main();

// Room tokens from minting to joining: the synthesized template in the runner, real sockets, the client.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import WebSocket from 'ws';
import { mintRoomToken, type RoomGrant } from '../../examples/room-tokens/mint';
import { SignalingAuthorization, WebRtcSignaling } from '../../lib';
import { authorizedSocket, SignalingClient, type SocketConstructor } from '../../client/src';
import { play, type Playing } from '../../local/src';

process.env.CDK_VALIDATION = 'false';

let folder: string;
let playing: Playing;
let secret: string;
const lines: string[] = [];
const clients: SignalingClient[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'over-sockets-'));
  const app = new App({ outdir: folder });
  new WebRtcSignaling(new Stack(app, 'Calls'), 'Signaling', {
    authorization: SignalingAuthorization.roomTokens(),
  });
  app.synth();
  playing = await play({ assembly: folder, log: (entry) => lines.push(JSON.stringify(entry)) });
  const manager = new SecretsManagerClient({
    endpoint: playing.secrets.endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  const [SecretId] = Object.values(playing.secrets.arns);
  secret = (await manager.send(new GetSecretValueCommand({ SecretId }))).SecretString!;
  manager.destroy();
}, 60_000);
afterAll(async () => {
  for (const client of clients) client.close();
  await playing.close();
  rmSync(folder, { recursive: true });
});

const mint = (grant: Partial<RoomGrant> = {}) =>
  mintRoomToken(secret, { userId: 'ada', rooms: ['lobby', 'team-*'], ...grant });

function clientWith(token: () => Promise<string>): SignalingClient {
  const options = { WebSocket: WebSocket as SocketConstructor };
  const client = new SignalingClient(playing.url, { WebSocket: authorizedSocket(token, options) });
  clients.push(client);
  return client;
}

async function status(query: string): Promise<number> {
  const socket = new WebSocket(`${playing.url}${query}`);
  return new Promise((resolve, reject) => {
    socket.on('unexpected-response', (request, response) => {
      request.destroy();
      resolve(response.statusCode!);
    });
    socket.on('open', () => {
      socket.close();
      resolve(101);
    });
    socket.on('error', reject);
  });
}

test('a client with a token joins the rooms of its grant, and no other', async () => {
  const client = clientWith(() => mint());
  await client.joinRoom('lobby');
  await client.joinRoom('team-7');
  await expect(client.joinRoom('board')).rejects.toMatchObject({ code: 'forbidden' });
});

test('the others see who it is', async () => {
  const room = await clientWith(() => mint({ userId: 'grace' })).joinRoom('team-roster');
  const joined = new Promise((resolve) => room.on('peer-joined', resolve));
  await clientWith(() => mint()).joinRoom('team-roster');
  expect(await joined).toMatchObject({ userId: 'ada' });
});

test('a token in the query counts as well', async () => {
  expect(await status(`?token=${await mint()}`)).toBe(101);
});

test('no token, a forged one and an expired one are 401, and one that gives nothing is 403', async () => {
  expect(await status('')).toBe(401);
  expect(await status(`?token=${await mintRoomToken('x'.repeat(64), { userId: 'eve', rooms: ['*'] })}`)).toBe(
    401,
  );
  expect(await status(`?token=${await mint({ lifetimeSeconds: -1 })}`)).toBe(401);
  expect(await status(`?token=${await mint({ rooms: [] })}`)).toBe(403);
});

test('a client whose token cannot be had does not connect', async () => {
  const client = clientWith(() => Promise.reject(new Error('signed out')));
  await expect(client.connect()).rejects.toMatchObject({ code: 'unreachable' });
});

test('no line that a function wrote has a token in it', async () => {
  const token = await mint();
  await status(`?token=${token}`);
  const written = lines.filter((line) => line.includes('authorize'));
  expect(written.length).toBeGreaterThan(0);
  for (const part of [...token.split('.').slice(1), secret]) expect(lines.join('\n')).not.toContain(part);
});

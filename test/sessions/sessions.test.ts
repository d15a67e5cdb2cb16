// Many sessions of every kind, through the synthesized template, its functions in environments of their own.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import fc from 'fast-check';
import { play, type Playing } from 'webrtc-signaling-local';
import { exampleApp } from '../../bin/app';
import { Wire } from '../support/wire';

const SESSIONS = Number(process.env.SESSIONS ?? 200);
const AT_ONCE = 60;
const ROOMS = 24;

let assembly: string;
let playing: Playing;
let dynamoDb: DynamoDBClient;

beforeAll(async () => {
  assembly = mkdtempSync(join(tmpdir(), 'sessions-'));
  exampleApp({ outdir: assembly, page: false }).synth();
  playing = await play({ assembly, port: 0 });
  dynamoDb = new DynamoDBClient({
    endpoint: playing.dynamodb.endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
}, 60_000);

afterAll(async () => {
  dynamoDb.destroy();
  await playing.close();
  rmSync(assembly, { recursive: true });
});

type Step = 'register' | 'register unawaited' | 'signal' | 'direct' | 'offer unawaited' | 'leave' | 'garbage';
type Session = { room: number; steps: Step[]; end: 'close' | 'cut' | 'away' };

const session: fc.Arbitrary<Session> = fc.record({
  room: fc.nat(ROOMS - 1),
  steps: fc.array(
    fc.constantFrom<Step>(
      'register',
      'register',
      'register unawaited',
      'signal',
      'direct',
      'offer unawaited',
      'leave',
      'garbage',
    ),
    { minLength: 1, maxLength: 4 },
  ),
  end: fc.constantFrom('close', 'cut', 'away'),
});

async function hold({ room, steps, end }: Session): Promise<void> {
  const wire = await Wire.open(playing.url);
  const roomId = `room-${room}`;
  let peers: string[] = [];
  for (const step of steps) {
    switch (step) {
      case 'register': {
        const answer = await wire.ask({ type: 'register', roomId });
        peers = (answer.peers ?? []).map((peer: { peerId: string }) => peer.peerId);
        break;
      }
      case 'register unawaited':
        wire.send({ type: 'register', roomId });
        break;
      case 'signal':
        await wire.ask({ type: 'signal', roomId, data: 1 });
        break;
      case 'direct':
        if (peers.length > 0) await wire.ask({ type: 'signal', roomId, data: 1, to: peers[0] });
        break;
      case 'offer unawaited':
        wire.send({ type: 'offer', roomId, offer: 'x' });
        break;
      case 'leave':
        await wire.ask({ type: 'leave', roomId });
        break;
      case 'garbage':
        wire.sendRaw('{');
        break;
    }
  }
  if (end === 'cut') wire.cut();
  else await wire.close(end === 'away' ? 1001 : undefined);
}

async function rows(): Promise<unknown[]> {
  const pages = await Promise.all(
    Object.values(playing.dynamodb.tables).map((TableName) => dynamoDb.send(new ScanCommand({ TableName }))),
  );
  return pages.flatMap(({ Items = [] }) => Items);
}

it(`after ${SESSIONS} random sessions both tables are empty`, async () => {
  const seed = Number(process.env.SEED ?? Date.now() % 2 ** 31);
  const sessions = fc.sample(session, { seed, numRuns: SESSIONS });
  let next = 0;
  let most = 0;
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      while (next < sessions.length) {
        const one = sessions[next];
        next += 1;
        await hold(one);
        if (next % 100 === 0) most = Math.max(most, (await rows()).length);
      }
    }),
  );
  // The sessions did leave rows while they went on.
  expect(most).toBeGreaterThan(AT_ONCE / 4);
  // The last of them are still being ended: all there is to wait for is the tables themselves.
  const deadline = Date.now() + 30_000;
  while ((await rows()).length > 0 && Date.now() < deadline)
    await new Promise((resolve) => setTimeout(resolve, 100));
  const left = await rows();
  if (left.length > 0) console.error(`to replay: SEED=${seed} npx jest test/sessions`);
  expect(left).toEqual([]);
}, 600_000);

import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { AwsClient } from 'aws4fetch';
import { CannotPlay, type LogEntry, play, type Playing } from 'webrtc-signaling-local';
import { lambdaFunction, removeAssemblies, webSocketApi, writeAssembly } from '../support/assembly';
import { ManualClock } from '../support/manual-clock';
import { Wire } from '../support/wire';

const ECHO = `
  const { threadId } = require('node:worker_threads');
  let count = 0;
  const does = {
    count: async () => ({}),
    slow: async () => new Promise((resolve) => setTimeout(resolve, 300, {})),
    never: () => new Promise(() => undefined),
    throw: async () => { throw new TypeError('on purpose'); },
    exit: async () => process.exit(3),
    environment: async () => ({ environment: process.env }),
    log: async () => { console.log('a line'); console.error('another'); return {}; },
    context: async (event, context) => ({
      context: { ...context, left: context.getRemainingTimeInMillis() },
    }),
  };
  exports.handler = async (event, context) => {
    count += 1;
    const n = count;
    const more = await does[JSON.parse(event.body).does](event, context);
    return { statusCode: 200, body: JSON.stringify({ thread: threadId, n, ...more }) };
  };
`;

let playing: Playing;
const clock = new ManualClock();
const log: LogEntry[] = [];
let assembly: string;
let page: string;

beforeAll(async () => {
  page = mkdtempSync(join(tmpdir(), 'page-'));
  writeFileSync(join(page, 'index.html'), '<!doctype html><title>page</title>');
  assembly = writeAssembly(
    {
      Stack: {
        Resources: {
          ...webSocketApi({ $default: 'Echo' }, { answers: true }),
          Echo: lambdaFunction('echo', {
            Timeout: 1,
            MemorySize: 256,
            Environment: {
              Variables: {
                CALLBACK: { 'Fn::Sub': 'https://${Api}.execute-api.${AWS::Region}.${AWS::URLSuffix}/dev' },
                ENDPOINT: { 'Fn::GetAtt': ['Api', 'ApiEndpoint'] },
              },
            },
          }),
          Table: {
            Type: 'AWS::DynamoDB::GlobalTable',
            Properties: {
              AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
              KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
              TimeToLiveSpecification: { AttributeName: 'until', Enabled: true },
            },
          },
        },
      },
    },
    { echo: ECHO },
  );
  playing = await play({ assembly, clock, page, log: (entry) => log.push(entry) });
});
afterAll(async () => {
  await playing.close();
  removeAssemblies();
  rmSync(page, { recursive: true });
});

async function ask(wire: Wire, does: string): Promise<Record<string, any>> {
  wire.send({ does });
  return wire.next(() => true);
}

describe('a function', () => {
  let wire: Wire;
  beforeEach(async () => {
    wire = await Wire.open(playing.url);
  });
  afterEach(() => wire.close());

  it('keeps its environment from one event to the next', async () => {
    const first = await ask(wire, 'count');
    const second = await ask(wire, 'count');
    expect(second).toEqual({ thread: first.thread, n: first.n + 1 });
  });

  it('gets another environment for an event that comes meanwhile', async () => {
    wire.send({ does: 'slow' });
    wire.send({ does: 'slow' });
    const answers = [await wire.next(() => true), await wire.next(() => true)];
    expect(answers[0].thread).not.toBe(answers[1].thread);
  });

  it('that runs past its timeout is ended, and the next event gets a fresh environment', async () => {
    const before = await ask(wire, 'count');
    expect(await ask(wire, 'never')).toMatchObject({ message: 'Internal server error' });
    expect(log).toContainEqual(
      expect.objectContaining({ event: 'route', error: expect.stringContaining('time-out') }),
    );
    expect((await ask(wire, 'count')).thread).not.toBe(before.thread);
  });

  it('that throws keeps its environment', async () => {
    const before = await ask(wire, 'count');
    expect(await ask(wire, 'throw')).toMatchObject({ message: 'Internal server error' });
    expect(await ask(wire, 'count')).toEqual({ thread: before.thread, n: before.n + 2 });
  });

  it('that ends its process loses its environment, and the next event gets another', async () => {
    const before = await ask(wire, 'count');
    expect(await ask(wire, 'exit')).toMatchObject({ message: 'Internal server error' });
    expect((await ask(wire, 'count')).thread).not.toBe(before.thread);
  });

  it('sees the variables of its template, of Lambda and no others', async () => {
    const { environment } = await ask(wire, 'environment');
    expect(Object.keys(environment).filter((name) => !/^(AWS|LAMBDA)_|^_HANDLER$/.test(name))).toEqual([
      'CALLBACK',
      'ENDPOINT',
    ]);
    expect(environment).toMatchObject({ AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '256', AWS_REGION: 'us-east-1' });
  });

  it('finds the addresses of its API on this machine', async () => {
    const { environment } = await ask(wire, 'environment');
    expect(environment.CALLBACK).toBe(playing.url.replace('ws:', 'http:'));
    expect(environment.ENDPOINT).toBe(playing.url.replace('/dev', ''));
  });

  it('is told what it runs as', async () => {
    const { context } = await ask(wire, 'context');
    expect(context).toMatchObject({ functionName: 'Echo', memoryLimitInMB: '256', left: expect.any(Number) });
    expect(context.left).toBeLessThanOrEqual(1000);
  });

  it('has its lines in the log', async () => {
    await ask(wire, 'log');
    const line = (text: string) => log.some((entry) => 'text' in entry && entry.text === text);
    while (!(line('a line') && line('another'))) await new Promise((resolve) => setImmediate(resolve));
    expect(log).toContainEqual({ functionId: 'Echo', text: 'a line' });
  });
});

it('a connection is ended at the age that is asked for, and not before', async () => {
  const clock = new ManualClock();
  const shortLived = await play({ assembly, clock, connectionLifetimeMs: 5_000 });
  const wire = await Wire.open(shortLived.url);
  clock.advance(4_999);
  await ask(wire, 'count');
  expect(wire.closed).toBeUndefined();
  const closed = once(wire.socket, 'close');
  clock.advance(1);
  await closed;
  expect(wire.closed).toEqual({ code: 1001, reason: 'Going away' });
  await shortLived.close();
});

it('an API that wants signed URLs is played with a user who may sign', async () => {
  const { Route0, ...resources } = webSocketApi({ $connect: 'Echo' });
  const signed = writeAssembly(
    {
      Stack: {
        Resources: {
          ...resources,
          Route0: { ...Route0, Properties: { ...Route0.Properties, AuthorizationType: 'AWS_IAM' } },
          Echo: lambdaFunction('accept'),
        },
      },
    },
    { accept: 'exports.handler = async () => ({ statusCode: 200 });' },
  );
  const playing = await play({ assembly: signed });
  expect(playing.credentials).toEqual([
    expect.objectContaining({ userArn: 'arn:aws:iam::000000000000:user/local' }),
  ]);
  const [{ accessKeyId, secretAccessKey }] = playing.credentials;
  const client = new AwsClient({ accessKeyId, secretAccessKey, region: 'us-east-1', service: 'execute-api' });
  const { url } = await client.sign(playing.url.replace('ws:', 'http:'), { aws: { signQuery: true } });
  await (await Wire.open(url.replace('http:', 'ws:'))).close();
  await expect(Wire.open(playing.url)).rejects.toThrow('403');
  await playing.close();
});

it('policies of those who sign are refused where nobody judges them', async () => {
  const credentials = [
    { accessKeyId: 'A', secretAccessKey: 'S', userArn: 'arn:aws:iam::000000000000:user/u', policies: [] },
  ];
  await expect(play({ assembly, credentials })).rejects.toEqual(
    new CannotPlay([
      'credentials of arn:aws:iam::000000000000:user/u: cannot tell what policies allow without a judge',
    ]),
  );
});

it.each([0, -1, NaN, Infinity, 7_200_001])(
  'no connection is played for %d ms',
  async (connectionLifetimeMs) => {
    await expect(play({ assembly, connectionLifetimeMs })).rejects.toEqual(
      new CannotPlay([
        `connectionLifetimeMs ${connectionLifetimeMs}: expected more than 0, and no more than 7200000`,
      ]),
    );
  },
);

it('a row goes when its time to live is past, and not before', async () => {
  const client = new DynamoDBClient({
    endpoint: playing.dynamodb.endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  const TableName = playing.dynamodb.tables.Table;
  const seconds = Math.floor(clock.now() / 1000);
  const put = (id: string, until: number) =>
    client.send(new PutItemCommand({ TableName, Item: { id: { S: id }, until: { N: String(until) } } }));
  await put('soon', seconds + 30);
  await put('later', seconds + 3600);
  const isThere = async (id: string) =>
    (await client.send(new GetItemCommand({ TableName, Key: { id: { S: id } } }))).Item !== undefined;
  clock.advance(61_000);
  while (await isThere('soon')) await new Promise((resolve) => setImmediate(resolve));
  expect(await isThere('later')).toBe(true);
  client.destroy();
});

describe('the page', () => {
  const get = async (path: string, init?: RequestInit) => fetch(new URL(path, playing.pageUrl), init);

  it('is served with its type', async () => {
    const response = await get('/');
    expect([response.status, response.headers.get('content-type')]).toEqual([
      200,
      'text/html; charset=utf-8',
    ]);
    expect(await response.text()).toContain('<title>page</title>');
  });

  it('learns where the signaling is from config.json', async () => {
    const response = await get('/config.json');
    expect(await response.json()).toEqual({ url: playing.url });
  });

  it.each(['/nothing.js', '/../package.json', '/%2e%2e/package.json', '/%00', '/%'])(
    'has nothing at %s',
    async (path) => {
      expect((await get(path)).status).toBe(404);
    },
  );

  it('is only read', async () => {
    expect((await get('/', { method: 'POST' })).status).toBe(405);
  });

  it('does not hide the stage, which wants a WebSocket', async () => {
    expect((await get('/dev')).status).toBe(426);
  });
});

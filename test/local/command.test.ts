// The command as a person meets it: `npm start` without its bundling.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { type AddressInfo } from 'node:net';
import { resolve } from 'node:path';
import { lambdaFunction, removeAssemblies, webSocketApi, writeAssembly } from '../support/assembly';
import { Wire } from '../support/wire';

afterAll(removeAssemblies);

const assembly = writeAssembly(
  { Stack: { Resources: { ...webSocketApi({ $default: 'Fn' }), Fn: lambdaFunction('code') } } },
  { code: 'exports.handler = async () => ({ statusCode: 200 })' },
);

function start(...args: string[]): { child: ChildProcess; output: () => string; errors: () => string } {
  const child = spawn(process.execPath, ['--import', 'tsx', 'bin/start.ts', ...args], {
    cwd: resolve(__dirname, '../..'),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const text = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream].on('data', (chunk: Buffer) => (text[stream] += chunk.toString()));
  }
  return { child, output: () => text.stdout, errors: () => text.stderr };
}

async function run(...args: string[]) {
  const { child, output, errors } = start(...args);
  const [code] = (await once(child, 'close')) as [number];
  return { code, output: output(), errors: errors() };
}

it('prints where the signaling and the page are, and ends at SIGTERM', async () => {
  const { child, output, errors } = start('--assembly', assembly, '--port', '0');
  while (!output().includes('Ctrl-C')) await once(child.stdout!, 'data');
  const lines = output().trim().split('\n');
  expect(lines).toEqual([
    expect.stringMatching(/^signaling {2}ws:\/\/127\.0\.0\.1:\d+\/dev$/),
    expect.stringMatching(/^demo page {2}http:\/\/127\.0\.0\.1:\d+\/$/),
    'Ctrl-C stops it',
  ]);
  child.kill('SIGTERM');
  expect(await once(child, 'close')).toEqual([0, null]);
  expect(errors()).toBe('');
});

it('says which options there are', async () => {
  const { code, output, errors } = await run('--help');
  expect([code, errors]).toEqual([0, '']);
  for (const option of [
    '--assembly',
    '--stack',
    '--port',
    '--host',
    '--ignore',
    '--redirect',
    '--connection-lifetime',
    '--help',
  ]) {
    expect(output).toContain(`  ${option} `);
  }
});

it.each([
  [['--prot', '1'], "unknown option '--prot' (--help lists the options)"],
  [['--port', 'http'], '--port http: expected a whole number from 0 to 65535'],
  [['--connection-lifetime', '0'], '--connection-lifetime 0: expected whole seconds from 1 to 7200'],
  [['--connection-lifetime', '7201'], '--connection-lifetime 7201: expected whole seconds from 1 to 7200'],
  [['--connection-lifetime', '2h'], '--connection-lifetime 2h: expected whole seconds from 1 to 7200'],
  [['--redirect', 'https://a.example.com'], '--redirect https://a.example.com: expected ADDRESS=ADDRESS'],
  [['--port', '70000'], '--port 70000: expected a whole number from 0 to 65535'],
  [
    ['--assembly', '/no/such'],
    'no cloud assembly in /no/such: expected the folder that `cdk synth` writes (cdk.out)',
  ],
  [['--assembly', assembly, '--stack', 'Other'], `no stack Other in ${assembly}: expected one of Stack`],
])('%j is answered with one line, and ends with 1', async (args, line) => {
  expect(await run(...args)).toEqual({ code: 1, output: '', errors: `${line}\n` });
});

it('ends a connection after the seconds that --connection-lifetime gives', async () => {
  const { child, output } = start('--assembly', assembly, '--port', '0', '--connection-lifetime', '1');
  while (!output().includes('Ctrl-C')) await once(child.stdout!, 'data');
  const [url] = /ws:\S+/.exec(output())!;
  const wire = await Wire.open(url);
  await once(wire.socket, 'close');
  expect(wire.closed).toEqual({ code: 1001, reason: 'Going away' });
  child.kill('SIGTERM');
  await once(child, 'close');
});

it('prints what it leaves out', async () => {
  const queue = { Type: 'AWS::SQS::Queue' };
  const withQueue = writeAssembly(
    {
      Stack: { Resources: { ...webSocketApi({ $default: 'Fn' }), Fn: lambdaFunction('code'), Queue: queue } },
    },
    { code: 'exports.handler = async () => ({ statusCode: 200 })' },
  );
  const { child, output } = start('--assembly', withQueue, '--port', '0', '--ignore', 'AWS::SQS::Queue');
  while (!output().includes('Ctrl-C')) await once(child.stdout!, 'data');
  expect(output()).toContain('left out   Queue (AWS::SQS::Queue)\n');
  child.kill('SIGINT');
  expect(await once(child, 'close')).toEqual([0, null]);
});

it('names what it cannot play, and ends with 1', async () => {
  const unplayable = writeAssembly({ Stack: { Resources: { Queue: { Type: 'AWS::SQS::Queue' } } } });
  expect(await run('--assembly', unplayable)).toEqual({
    code: 1,
    output: '',
    errors: 'Queue: cannot play AWS::SQS::Queue (to leave such resources out: --ignore AWS::SQS::Queue)\n',
  });
});

it('says that a port is in use, and ends with 1', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const errors = `port ${port} of 127.0.0.1 is in use: choose another with --port, or 0 for a free one\n`;
  expect(await run('--assembly', assembly, '--port', String(port))).toEqual({ code: 1, output: '', errors });
  server.close();
});

// From an empty account to an empty account, by the CDK's own command. Each test goes on from the one before.
// The page's stack is left out: the emulator has no Python SDK, nor the AWS CLI, which copy the page into its bucket.
// `npm run test:deploy` starts the emulator that this runs on.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Wire } from '../support/wire';
import { eventIds, inventory, physicalIds } from './account';
import { EXPECTED_DEVIATIONS } from './expected-deviations';

jest.setTimeout(600_000);

const STACK = 'WebRtcSignalingExample';
const repo = resolve(__dirname, '../..');
const folder = mkdtempSync(join(tmpdir(), 'deploy-'));
const print = (line: string) => process.stdout.write(`${line}\n`);
let before: Record<string, string[]>;
let ann: Wire;

function run(command: string, args: string[], env: NodeJS.ProcessEnv = {}) {
  const options = { cwd: repo, env: { ...process.env, ...env }, encoding: 'utf8' as const };
  const { status, stdout, stderr } = spawnSync('npx', ['--no-install', command, ...args], options);
  return { status, output: `${stdout}${stderr}` };
}

function cdk(...args: string[]): string {
  const { status, output } = run('cdk', [...args, '--no-notices', '--output', join(folder, 'cdk.out')]);
  if (status !== 0) throw new Error(`cdk ${args.join(' ')}: exit code ${status}\n${output}`);
  return output;
}

function deploy(...args: string[]): string {
  return cdk('deploy', '--require-approval', 'never', '--outputs-file', outputsFile, ...args);
}

const outputsFile = join(folder, 'outputs.json');

/** Where the emulator serves what the stack's output says. */
function deployedUrl(): string {
  const { Url } = JSON.parse(readFileSync(outputsFile, 'utf8'))[STACK];
  const [, apiId, stage] = /^wss:\/\/(\w+)\.execute-api\.us-east-1\.amazonaws\.com\/(\w+)$/.exec(Url)!;
  const { host } = new URL(process.env.AWS_ENDPOINT_URL!);
  return `ws://${host}/_aws/execute-api/${apiId}/${stage}`;
}

beforeAll(async () => {
  cdk('bootstrap', 'aws://000000000000/us-east-1');
  before = await inventory();
});

afterAll(async () => {
  ann?.cut();
  rmSync(folder, { recursive: true, force: true });
});

test('the example is deployed, and prints its URL', async () => {
  deploy(STACK);
  expect(deployedUrl()).toMatch(/^ws:/);
  const { tables, functions, apis } = await inventory();
  expect([tables, functions, apis].map(({ length }) => length)).toEqual([2, 3, 1]);
});

test('the protocol suite and real calls pass against it, but for what the emulator is known to do unlike AWS', () => {
  const report = join(folder, 'report.json');
  const suites = ['test/protocol/protocol.test.ts', 'test/webrtc'];
  const options = ['--ci', '--runInBand', '--testTimeout', '15000', '--json', '--outputFile', report];
  const { output } = run('jest', [...suites, ...options], { SIGNALING_URL: deployedUrl() });
  const { testResults } = JSON.parse(readFileSync(report, 'utf8'));
  const cases: { fullName: string; status: string }[] = testResults.flatMap(
    (suite: any) => suite.assertionResults,
  );
  const passed = cases.filter(({ status }) => status === 'passed');
  const failed = cases.filter(({ status }) => status !== 'passed').map(({ fullName }) => fullName);
  const expected = Object.keys(EXPECTED_DEVIATIONS);
  const unexpected = failed.filter((name) => !expected.includes(name));

  print(`against the deployed URL: ${passed.length} cases passed`);
  print(`expected deviations: ${expected.length || 'none'}`);
  for (const [name, reason] of Object.entries(EXPECTED_DEVIATIONS))
    print(`  the emulator ${reason}:\n    ${name}`);
  print(`unexpected: ${unexpected.join('; ') || 'none'}`);
  if (unexpected.length > 0) print(output);
  expect(failed.sort()).toEqual(expected.sort());
  expect(passed.length).toBeGreaterThan(expected.length);
});

test('a second deploy changes nothing', async () => {
  const [ids, events] = [await physicalIds(STACK), await eventIds(STACK)];
  expect(deploy(STACK)).toContain(`${STACK} (no changes)`);
  expect(await physicalIds(STACK)).toEqual(ids);
  expect(await eventIds(STACK)).toEqual(events);
});

test('a deploy with changed properties updates in place: the tables, and who is in a room, stay', async () => {
  ann = await Wire.open(deployedUrl());
  const { peerId } = await ann.join('room');
  const [ids, events] = [await physicalIds(STACK), await eventIds(STACK)];
  deploy('--all', '--app', 'npx tsx test/deploy/changed.ts');
  expect((await eventIds(STACK)).length).toBeGreaterThan(events.length);
  expect(await physicalIds(STACK)).toEqual(ids);

  const [bob, cyd] = [await Wire.open(deployedUrl()), await Wire.open(deployedUrl())];
  const { peers, iceServers } = await bob.join('room');
  expect(peers).toMatchObject([{ peerId }]);
  expect(iceServers).toEqual([{ urls: ['stun:stun.example.com'] }]);
  expect(await cyd.ask({ type: 'register', roomId: 'room' })).toMatchObject({ code: 'room-full' });
  await Promise.all([bob.close(), cyd.close()]);
});

test('destroy leaves nothing but what is to be retained', async () => {
  const kept = Object.entries(await physicalIds('Kept'));
  const retained = (part: string) => kept.filter(([id]) => id.includes(part)).map(([, name]) => name);
  const [tables, logGroups] = [retained('WebRTC'), retained('FunctionLogs')];
  expect([tables.length, logGroups.length]).toEqual([2, 3]);

  cdk('destroy', '--all', '--force', '--app', 'npx tsx test/deploy/changed.ts');
  expect(await inventory()).toEqual({
    ...before,
    tables: [...before.tables, ...tables].sort(),
    logGroups: [...before.logGroups, ...logGroups].sort(),
  });
});

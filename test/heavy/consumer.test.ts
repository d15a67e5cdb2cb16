// The published package, as an app that knows nothing of this repository gets it: packed, installed beside
// aws-cdk-lib and constructs alone, and synthesized. It needs no bundler, lock file or Docker there, and deploys
// exactly the handlers that lie here.
import { spawnSync } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { exampleApp } from '../../bin/app';
import packageJson from '../../package.json';

const repo = resolve(__dirname, '..', '..');
const folder = mkdtempSync(join(tmpdir(), 'consumer-'));
const checkout = join(folder, 'checkout');
const consumer = join(folder, 'consumer');
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function run(cwd: string, command: string, ...args: string[]): string {
  const env = { ...process.env, CDK_VALIDATION: 'false' };
  const { status, stdout, stderr } = spawnSync(command, args, { cwd, env, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: exit code ${status}\n${stdout}${stderr}`);
  return stdout;
}

/** By function, the hash in its code's address. */
function assetHashes(template: any): Record<string, string> {
  const functions = Object.entries<any>(template.Resources).filter(
    ([, { Type }]) => Type === 'AWS::Lambda::Function',
  );
  return Object.fromEntries(functions.map(([id, { Properties }]) => [id, Properties.Code.S3Key]));
}

/** Compiled away from the sources: what jsii writes beside them would be found before them. */
function pack() {
  mkdirSync(checkout);
  const isOutput = (path: string) => path.startsWith(join(repo, 'lib')) && /\.(js|d\.ts)$/.test(path);
  for (const each of ['lib', 'lambda/dist', 'package.json', 'tsconfig.json', 'README.md', 'LICENSE']) {
    const options = { recursive: true, filter: (path: string) => !isOutput(path) };
    cpSync(join(repo, each), join(checkout, each), options);
  }
  symlinkSync(join(repo, 'node_modules'), join(checkout, 'node_modules'));
  run(checkout, 'npx', '--no-install', 'jsii');
  const [{ filename, files }] = JSON.parse(run(checkout, 'npm', 'pack', '--ignore-scripts', '--json'));
  return { tarball: join(checkout, filename), paths: files.map(({ path }: { path: string }) => path) };
}

let packed: string[];

beforeAll(() => {
  const { tarball, paths } = pack();
  packed = paths;
  mkdirSync(consumer);
  const { 'aws-cdk-lib': cdk, constructs } = packageJson.devDependencies;
  const dependencies = { 'aws-cdk-lib': cdk, constructs, [packageJson.name]: `file:${tarball}` };
  writeFileSync(
    join(consumer, 'package.json'),
    JSON.stringify({ name: 'consumer', private: true, dependencies }),
  );
  run(
    consumer,
    'npm',
    'install',
    '--prefer-offline',
    '--no-package-lock',
    '--ignore-scripts',
    '--no-audit',
    '--no-fund',
  );
  writeFileSync(
    join(consumer, 'app.js'),
    `
      const { App, CfnOutput, Stack } = require('aws-cdk-lib');
      const { WebRtcSignaling } = require('cdk-webrtc-signaling');
      const app = new App({ outdir: 'out' });
      const stack = new Stack(app, 'WebRtcSignalingExample');
      const signaling = new WebRtcSignaling(stack, 'Signaling');
      new CfnOutput(stack, 'Url', { value: signaling.url });
      app.synth();
    `,
  );
}, 300_000);

test('the tarball has the compiled library, its jsii assembly and the handlers, and no source', () => {
  expect(packed).toEqual(
    expect.arrayContaining(['.jsii', 'LICENSE', 'README.md', 'lib/index.js', 'lib/index.d.ts']),
  );
  expect(packed.filter((path) => path.startsWith('lambda/')).sort()).toEqual([
    'lambda/dist/authorize-jwt/index.js',
    'lambda/dist/authorize-room-token/index.js',
    'lambda/dist/connect/index.js',
    'lambda/dist/disconnect/index.js',
    'lambda/dist/message/index.js',
  ]);
  expect(packed.filter((path) => /(?<!\.d)\.ts$|test|node_modules/.test(path))).toEqual([]);
});

test('an app that has only it, aws-cdk-lib and constructs synthesizes the example as it is synthesized here', () => {
  const installed = readdirSync(join(consumer, 'node_modules')).filter((name) => !name.startsWith('.'));
  expect(installed).toEqual(expect.arrayContaining(['aws-cdk-lib', 'cdk-webrtc-signaling', 'constructs']));
  expect(installed).not.toContain('esbuild');

  run(consumer, process.execPath, 'app.js');
  const theirs = JSON.parse(
    readFileSync(join(consumer, 'out', 'WebRtcSignalingExample.template.json'), 'utf8'),
  );
  const ours = exampleApp({ outdir: join(folder, 'out'), page: false }).synth().stacks[0].template;
  expect(assetHashes(theirs)).toEqual(assetHashes(ours));
  expect(Object.keys(assetHashes(ours))).toHaveLength(3);
  expect(theirs.Resources).toEqual(ours.Resources);
});

test('an app in TypeScript is checked against its types', () => {
  writeFileSync(
    join(consumer, 'typed.ts'),
    `
      import { App, Duration, Stack } from 'aws-cdk-lib';
      import { IceServers, IWebRtcSignaling, WebRtcSignaling } from 'cdk-webrtc-signaling';
      const stack = new Stack(new App(), 'Stack');
      const signaling: IWebRtcSignaling = new WebRtcSignaling(stack, 'Signaling', {
        iceServers: IceServers.stun('stun:stun.example.com'),
        functionOptions: { timeout: Duration.seconds(20) },
      });
      signaling.metricConnections().createAlarm(stack, 'Alarm', { threshold: 1, evaluationPeriods: 1 });
      // @ts-expect-error: a number is expected
      new WebRtcSignaling(stack, 'Wrong', { maxPeersPerRoom: '50' });
    `,
  );
  const tsc = join(repo, 'node_modules', 'typescript', 'bin', 'tsc');
  const options = ['--noEmit', '--strict', '--module', 'node20', '--skipLibCheck'];
  expect(run(consumer, process.execPath, tsc, ...options, 'typed.ts')).toBe('');
}, 120_000);

// The published package, as an app that knows nothing of this repository gets it: packed, installed beside
// aws-cdk-lib and constructs alone, and synthesized. It needs no bundler, lock file or Docker there, and deploys
// exactly the handlers that lie here.
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exampleApp } from '../../bin/app';
import packageJson from '../../package.json';
import { compile, developedWith, install, jsiiTool, pack, run } from '../support/published';

const folder = mkdtempSync(join(tmpdir(), 'consumer-'));
const consumer = join(folder, 'consumer');
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** By function, the hash in its code's address. */
function assetHashes(template: any): Record<string, string> {
  const functions = Object.entries<any>(template.Resources).filter(
    ([, { Type }]) => Type === 'AWS::Lambda::Function',
  );
  return Object.fromEntries(functions.map(([id, { Properties }]) => [id, Properties.Code.S3Key]));
}

let packed: string[];

beforeAll(() => {
  const library = join(folder, 'library');
  compile(library, developedWith);
  const { tarball, paths } = pack(library);
  packed = paths;
  install(consumer, { ...developedWith, [packageJson.name]: `file:${tarball}` });
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

test('the tarball has the compiled library, its jsii assembly, the handlers with licences of what is in them, and no source', () => {
  expect(packed).toEqual(
    expect.arrayContaining(['.jsii', 'LICENSE', 'README.md', 'lib/index.js', 'lib/index.d.ts']),
  );
  expect(packed.filter((path) => path.startsWith('lambda/')).sort()).toEqual([
    'lambda/dist/THIRD-PARTY-NOTICES',
    'lambda/dist/authorize-jwt/index.js',
    'lambda/dist/authorize-room-token/index.js',
    'lambda/dist/connect/index.js',
    'lambda/dist/disconnect/index.js',
    'lambda/dist/message/index.js',
    'lambda/dist/message/secrets.js',
  ]);
  expect(packed.filter((path) => /(?<!\.d)\.ts$|test|node_modules/.test(path))).toEqual([]);
});

test('an app that has only it, aws-cdk-lib and constructs synthesizes the example as it is synthesized here', () => {
  const installed = readdirSync(join(consumer, 'node_modules')).filter((name) => !name.startsWith('.'));
  expect(installed).toEqual(expect.arrayContaining(['aws-cdk-lib', 'cdk-webrtc-signaling', 'constructs']));
  expect(installed).not.toContain('esbuild');

  run(consumer, process.execPath, ['app.js']);
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
  const options = ['--noEmit', '--strict', '--module', 'node20', '--skipLibCheck'];
  expect(run(consumer, jsiiTool('tsc'), [...options, 'typed.ts'])).toBe('');
}, 120_000);

// A real coturn, with the configuration that CoturnServer's instance would write and credentials that the service makes.
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { turnCredentials } from '../../lambda/ice/turn-rest';
import { CoturnServer } from '../../lib';
import { text } from '../support/construct-template';

process.env.CDK_VALIDATION = 'false';

const SECRET = 'the-shared-secret';
const PORT = 34780;
const folder = mkdtempSync(join(tmpdir(), 'coturn-'));
let server: ChildProcess;
/** Each relays as another: the quota is counted by name. */
let peers = 0;

beforeAll(async () => {
  const stack = new Stack(new App(), 'Stack');
  new CoturnServer(stack, 'Coturn');
  const [launchTemplate] = Object.values(Template.fromStack(stack).findResources('AWS::EC2::LaunchTemplate'));
  const script = text(launchTemplate.Properties.LaunchTemplateData.UserData['Fn::Base64']);
  const [, config] = /turnserver\.conf\.in <<'END_OF_FILE'\n(.*?)\nEND_OF_FILE/s.exec(script)!;
  // Addresses and ports of this machine; and peers on it, which are otherwise refused.
  const here = config
    .replace(/^external-ip=.*$/m, 'external-ip=127.0.0.1')
    .replaceAll('@PRIVATE_IP@', '127.0.0.1')
    .replace(/^listening-port=.*$/m, `listening-port=${PORT}`)
    .replace(/^log-file=.*$/m, 'log-file=stdout');
  writeFileSync(
    join(folder, 'turnserver.conf'),
    `${here}\nallow-loopback-peers\nstatic-auth-secret=${SECRET}\n`,
  );
  server = spawn('turnserver', ['-c', join(folder, 'turnserver.conf'), '--pidfile=']);
  for (;;)
    if ((await run('turnutils_stunclient', ['-p', `${PORT}`, '127.0.0.1'])).includes('reflexive')) break;
});

afterAll(() => {
  server.kill();
  rmSync(folder, { recursive: true });
});

function run(command: string, args: string[]): Promise<string> {
  return new Promise((resolve) =>
    execFile(command, args, { timeout: 8_000 }, (_, stdout, stderr) => resolve(stdout + stderr)),
  );
}

/** What a client of coturn's own tells of relaying to a peer. */
function relay(lifetime: number, ...args: string[]): Promise<string> {
  const end = Math.floor(Date.now() / 1000) + lifetime;
  const { username, credential } = turnCredentials(SECRET, `peer-${(peers += 1)}=`, end);
  const rest = ['-n', '2', '-m', '1', '-p', `${PORT}`, '-u', username, '-w', credential, '127.0.0.1'];
  return run('turnutils_uclient', [...args, ...rest]);
}

it('relays between two that have credentials of the service', async () => {
  expect(await relay(600, '-y')).toMatch(/tot_recv_bytes ~ [1-9]/);
}, 20_000);

it('relays for nobody whose credentials have expired', async () => {
  const said = await relay(-60, '-y');
  expect(said).toContain('Cannot complete Allocation');
  expect(said).not.toMatch(/tot_recv_bytes/);
}, 20_000);

it.each(['10.0.0.1', '172.31.0.1', '192.168.0.1', '100.64.0.1', '169.254.169.254', '224.0.0.1'])(
  'refuses to relay to %s',
  async (peer) => {
    expect(await relay(600, '-e', peer)).toContain('403 (Forbidden IP)');
  },
  20_000,
);

it('does not refuse an address of the internet', async () => {
  const said = await relay(600, '-v', '-e', '8.8.8.8');
  expect(said).toMatch(/channel bind: success|channel bind sent/);
  expect(said).not.toContain('error 4');
}, 20_000);

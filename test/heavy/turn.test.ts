// A real coturn, with the configuration that CoturnServer's instance would write and credentials that the service gives
// to who joins. Nothing leaves this machine: what coturn is to refuse or not is asked for, and not sent to.
import { execFile } from 'node:child_process';
import { Duration } from 'aws-cdk-lib';
import type { TurnCredentials } from '../../lambda/ice/turn-rest';
import { Wire } from '../support/wire';
import { type Coturn, startCoturn } from './turn/coturn';
import { permissionFor } from './turn/permission';
import { coturnService, type IceService, ttl } from './turn/service';

process.env.CDK_VALIDATION = 'false';

const SECRET = 'the-shared-secret';
const PORT = 34780;
const URLS = [`turn:127.0.0.1:${PORT}`];
let coturn: Coturn;
let service: IceService;

beforeAll(async () => {
  coturn = await startCoturn({
    privateIp: '127.0.0.1',
    publicIp: '127.0.0.1',
    port: PORT,
    secret: SECRET,
    // Peers on this machine, which are otherwise refused.
    change: (config) => `${config}\nallow-loopback-peers`,
  });
  service = await coturnService(URLS, SECRET);
}, 60_000);

afterAll(async () => {
  await service?.close();
  await coturn?.close();
});

/** Of one who has just joined: coturn counts its quota by the name. */
async function credentialsOf({ url }: IceService): Promise<TurnCredentials> {
  const wire = await Wire.open(url);
  const { iceServers } = await wire.join('room');
  await wire.close();
  expect(iceServers).toEqual([
    { urls: URLS, username: expect.stringMatching(/^\d+:.+/), credential: expect.any(String) },
  ]);
  return iceServers[0];
}

/** What coturn's own client tells of relaying, on this machine, from one allocation to another. */
function relay({ username, credential }: TurnCredentials): Promise<string> {
  const args = ['-y', '-n', '2', '-m', '1', '-p', `${PORT}`, '-u', username, '-w', credential, '127.0.0.1'];
  return new Promise((resolve) =>
    execFile('turnutils_uclient', args, { timeout: 8_000 }, (_, stdout, stderr) => resolve(stdout + stderr)),
  );
}

it('relays between two that have credentials of the service', async () => {
  expect(await relay(await credentialsOf(service))).toMatch(/tot_recv_bytes ~ [1-9]/);
}, 20_000);

it('relays for nobody whose credentials have expired', async () => {
  const late = await coturnService(URLS, SECRET, ttl.plus(Duration.minutes(1)));
  try {
    const said = await relay(await credentialsOf(late));
    expect(said).toContain('Cannot complete Allocation');
    expect(said).not.toMatch(/tot_recv_bytes/);
  } finally {
    await late.close();
  }
}, 20_000);

it.each(['10.0.0.1', '172.31.0.1', '192.168.0.1', '100.64.0.1', '169.254.169.254', '224.0.0.1'])(
  'refuses to relay to %s',
  async (peer) => {
    expect(await permissionFor(peer, PORT, await credentialsOf(service))).toBe('403 Forbidden IP');
  },
);

it('does not refuse an address of the internet', async () => {
  expect(await permissionFor('8.8.8.8', PORT, await credentialsOf(service))).toBe('granted');
});

// Two peers behind NATs that no direct path leads through, and the real coturn. It takes root and a kernel with network
// namespaces and NAT; elsewhere both relay on the loopback device. A line of the output says which ran.
// NATS=loopback asks for the latter.
import { Duration } from 'aws-cdk-lib';
import { IceServers } from '../../lib';
import { buildNetwork, type Network, SERVER } from './nats/network';
import type { Report } from './nats/peer';
import { twoPeers } from './nats/two-peers';
import { type Coturn, startCoturn } from './turn/coturn';
import { coturnService, type IceService, service, ttl } from './turn/service';

process.env.CDK_VALIDATION = 'false';

const SECRET = 'the-shared-secret';
const BYTES = 256 * 1024;
/** Far more than a connection takes that is made at all; of those that are not, each waits that long. */
const WITHIN_MS = 20_000;
/** Its own, and what a server saw of it: `server reflexive`. */
const BY_STUN = ['host', 'srflx'];
const heavy = process.env.HEAVY ? describe : describe.skip;

const whyNot = process.env.HEAVY ? whyNoNetwork() : 'HEAVY is not set';
const inNamespaces = whyNot === undefined;
const itInNamespaces = inNamespaces ? it : it.skip;
const { privateIp, publicIp, port } = inNamespaces
  ? { ...SERVER, port: 3478 }
  : { privateIp: '127.0.0.1', publicIp: '127.0.0.1', port: 34_783 };

function whyNoNetwork(): string | undefined {
  if (process.env.NATS === 'loopback') return 'NATS=loopback asks for it';
  try {
    buildNetwork().close();
    return undefined;
  } catch (error) {
    return (error as Error).message.trim().replaceAll(/\s*\n\s*/g, '; ');
  }
}

heavy('two peers behind two NATs', () => {
  let network: Network | undefined;
  let coturn: Coturn | undefined;
  const services: IceService[] = [];

  beforeAll(async () => {
    process.stdout.write(
      `two NATs: ${inNamespaces ? 'namespaces' : `relay-only on loopback, because ${whyNot}`}\n`,
    );
    if (inNamespaces) network = buildNetwork();
    coturn = await coturnIn(network);
  }, 60_000);
  afterAll(async () => {
    await coturn?.close();
    network?.close();
  });
  afterEach(async () => {
    await Promise.all(services.splice(0).map((each) => each.close()));
  });

  const coturnIn = (network: Network | undefined) =>
    startCoturn({
      privateIp,
      publicIp,
      port,
      by: network?.at('server'),
      secret: SECRET,
      // Where the peers are stands for the internet here.
      change: (config) =>
        inNamespaces
          ? config.replace(/^denied-peer-ip=203\.0\.113\..*\n/m, '')
          : `${config}\nallow-loopback-peers`,
    });

  async function call(
    made: Promise<IceService>,
    iceTransportPolicy: RTCIceTransportPolicy,
    withinMs = WITHIN_MS,
    where = network,
  ): Promise<[Report, Report]> {
    const { url } = await made.then((each) => (services.push(each), each));
    const reports = await twoPeers({
      by: [where?.at('ann') ?? [], where?.at('bob') ?? []],
      url,
      iceTransportPolicy: inNamespaces ? iceTransportPolicy : 'relay',
      bytes: BYTES,
      withinMs,
    });
    process.stdout.write(`two NATs: ${reports.map(told).join(' | ')}\n`);
    return reports;
  }

  const relaying = (clockBehind?: Duration) =>
    coturnService([`turn:${publicIp}:${port}?transport=udp`], SECRET, clockBehind);

  const stunOnly = () => service(() => IceServers.stun(`stun:${publicIp}:${port}`));

  function expectBytesThrough([ann, bob]: [Report, Report]): void {
    expect([ann.connected, bob.connected]).toEqual([true, true]);
    expect([ann.received, bob.received]).toEqual([bob.sent, ann.sent]);
  }

  function expectRelayed(reports: [Report, Report]): void {
    for (const { pair } of reports) expect(pair).toContain('relay');
  }

  it('connect by way of coturn, with credentials of the service, and each gets what the other sends', async () => {
    const reports = await call(relaying(), 'all', 60_000);
    expectBytesThrough(reports);
    expectRelayed(reports);
  }, 120_000);

  it('connect too where both may only relay', async () => {
    const reports = await call(relaying(), 'relay', 60_000);
    expectBytesThrough(reports);
    expectRelayed(reports);
    expect(reports.map(({ gathered }) => gathered)).toEqual([['relay'], ['relay']]);
  }, 120_000);

  it('do not connect where their credentials have expired', async () => {
    const reports = await call(relaying(ttl.plus(Duration.minutes(1))), 'all');
    for (const { connected, gathered, heardOf } of reports) {
      expect(connected).toBe(false);
      expect([gathered, heardOf]).toEqual(inNamespaces ? [BY_STUN, BY_STUN] : [[], []]);
    }
  }, 120_000);

  itInNamespaces(
    'do not connect by what STUN tells them: no path is there but by coturn',
    async () => {
      const reports = await call(stunOnly(), 'all');
      for (const { connected, gathered, heardOf } of reports) {
        expect(connected).toBe(false);
        // Each knew of the other's address in the internet, and tried it.
        expect([gathered, heardOf]).toEqual([BY_STUN, BY_STUN]);
      }
    },
    120_000,
  );

  itInNamespaces(
    'connect by what STUN tells them where the NATs are not symmetric: it is those that it takes coturn for',
    async () => {
      const other = buildNetwork({ isSymmetric: false });
      let coturn: Coturn | undefined;
      try {
        coturn = await coturnIn(other);
        const reports = await call(stunOnly(), 'all', 60_000, other);
        expectBytesThrough(reports);
        for (const { pair } of reports) expect(pair).not.toContain('relay');
      } finally {
        await coturn?.close();
        other.close();
      }
    },
    120_000,
  );
});

const told = ({ connected, gathered, pair, ms }: Report) =>
  connected
    ? `connected ${ms} ms after joining, by ${pair?.join(' to ')}; ${BYTES / 1024} KiB each way`
    : `not connected; own candidates: ${gathered.join(', ') || 'none'}`;

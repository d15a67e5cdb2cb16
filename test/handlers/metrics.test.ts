// The metrics that the handlers publish, from the bundles that are deployed, as CloudWatch would find them in the logs.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { App, Stack } from 'aws-cdk-lib';
import { play, type Playing } from 'webrtc-signaling-local';
import { measuresOf } from '../../lambda/metrics';
import type { Posted } from '../../lambda/signaling/peer-channel';
import { receive } from '../../lambda/signaling/receive';
import { WebRtcSignaling } from '../../lib';
import { embeddedMetrics } from '../support/embedded-metrics';
import { startHandlers } from '../support/handlers-on-gateway';
import { MemoryRoomStore } from '../support/memory-room-store';
import { Wire } from '../support/wire';

process.env.CDK_VALIDATION = 'false';

const ROOM = 'a-room-nobody-else-knows';

describe('of a service that is played', () => {
  let assembly: string;
  let playing: Playing;
  let lines: string[];
  let wake: () => void = () => undefined;
  const wires: Wire[] = [];

  beforeAll(() => {
    assembly = mkdtempSync(join(tmpdir(), 'metrics-'));
    const stack = new Stack(new App({ outdir: assembly }), 'Stack');
    new WebRtcSignaling(stack, 'Signaling', { maxPeersPerRoom: 3 });
    (stack.node.root as App).synth();
  });
  afterAll(() => rmSync(assembly, { recursive: true }));

  beforeEach(async () => {
    lines = [];
    playing = await play({
      assembly,
      log: (entry) => {
        if ('text' in entry) lines.push(entry.text);
        wake();
      },
    });
  });
  afterEach(async () => {
    await Promise.all(wires.splice(0).map((wire) => wire.close()));
    await playing.close();
  });

  async function open() {
    const wire = await Wire.open(playing.url);
    wires.push(wire);
    return wire;
  }

  /** The lines come by streams of their own, which an answer may overtake. */
  async function logged(event: string, count: number) {
    const isThere = () => lines.filter((line) => line.includes(`"event":"${event}"`)).length >= count;
    while (!isThere()) await new Promise<void>((resolve) => (wake = resolve));
  }

  const valuesOf = (name: string) =>
    embeddedMetrics(lines).find((metric) => metric.name === name)?.values ?? [];
  const totals = () =>
    Object.fromEntries(
      embeddedMetrics(lines)
        .filter(({ unit }) => unit === 'Count')
        .map(({ name, values }) => [name, values.reduce((sum, value) => sum + value)]),
    );

  it('count what happened, each thing once', async () => {
    const [ann, bob, cyd] = [await open(), await open(), await open()];
    const { resume } = await ann.join(ROOM);
    const { peerId } = await bob.join(ROOM);
    for (let i = 0; i < 3; i += 1) {
      await ann.ask({ type: 'signal', roomId: ROOM, data: i, to: peerId });
    }
    await cyd.join(ROOM);
    expect(await ann.ask({ type: 'offer', roomId: ROOM, offer: {} })).toMatchObject({ delivered: 2 });
    await ann.ask({ type: 'ping' });
    await ann.ask({ type: 'ice-servers' });
    // A second register of a peer that is there is no second peer.
    await ann.join(ROOM, { metadata: { name: 'ann' } });
    await logged('message', 10);
    expect(totals()).toEqual({ ConnectionsOpened: 3, PeersJoined: 3, MessagesRelayed: 5 });
    // Four messages, of which one went to two.
    expect(valuesOf('RelayLatency')).toHaveLength(4);

    bob.sendRaw('not JSON');
    await bob.next('error');
    const dan = await open();
    expect(await dan.ask({ type: 'register', roomId: ROOM })).toMatchObject({ code: 'room-full' });
    await bob.ask({ type: 'leave', roomId: ROOM });
    expect(await bob.ask({ type: 'signal', roomId: ROOM, data: 1 })).toMatchObject({ code: 'not-in-room' });
    await logged('message', 14);
    expect(totals()).toEqual({
      ConnectionsOpened: 4,
      PeersJoined: 3,
      PeersLeft: 1,
      MessagesRelayed: 5,
      MessagesRefused: 3,
    });

    // The connection ends, and API Gateway tells of it.
    cyd.cut();
    await logged('disconnect', 1);
    expect(totals()).toMatchObject({ ConnectionsClosed: 1, PeersLeft: 2 });

    // Another takes the place of ann, whose connection the service ends.
    await dan.join(ROOM, { resume });
    await logged('disconnect', 2);
    await logged('message', 15);
    expect(totals()).toMatchObject({
      ConnectionsClosed: 2,
      PeersJoined: 3,
      PeersResumed: 1,
      PeersLeft: 2,
    });
    expect(valuesOf('ConnectionDuration')).toHaveLength(2);
    expect(totals()).not.toHaveProperty('PeersEvicted');
    expect(totals()).not.toHaveProperty('HandlerFailures');
  });

  it('count a peer that vanished once it is found gone, not as one that left', async () => {
    const [ann, bob] = [await open(), await open()];
    await ann.join(ROOM);
    const { peerId } = await bob.join(ROOM);
    await bob.close();
    await logged('disconnect', 1);
    // As though it had not been told.
    const client = new DynamoDBClient({
      endpoint: playing.dynamodb.endpoint,
      region: 'us-east-1',
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    });
    const [roomsTable] = Object.entries(playing.dynamodb.tables)
      .filter(([id]) => id.startsWith('SignalingWebRTCRooms'))
      .map(([, tableName]) => tableName);
    const Item = { roomId: ROOM, connectionId: peerId, timestamp: 1, expiresAt: 9_999_999_999 };
    await client.send(new PutCommand({ TableName: roomsTable, Item }));
    client.destroy();

    expect(await ann.ask({ type: 'signal', roomId: ROOM, data: 1 })).toMatchObject({ delivered: 0 });
    await ann.next('peer-left');
    await logged('message', 3);
    expect(totals()).toEqual({
      ConnectionsOpened: 2,
      ConnectionsClosed: 1,
      PeersJoined: 2,
      PeersLeft: 1,
      PeersEvicted: 1,
    });
  });

  it('are of this service alone, and say nothing of who it serves', async () => {
    const [ann, bob] = [await open(), await open()];
    await ann.join(ROOM, { metadata: { name: 'ann' } });
    await bob.join(ROOM);
    await ann.ask({ type: 'signal', roomId: ROOM, data: 'psst' });
    await ann.ask({ type: 'leave', roomId: ROOM });
    await bob.close();
    await logged('disconnect', 1);
    await logged('message', 4);
    const metrics = embeddedMetrics(lines);
    expect(metrics.length).toBeGreaterThanOrEqual(6);
    for (const { namespace, dimensions } of metrics) {
      expect(namespace).toBe('WebRtcSignaling');
      expect(dimensions).toEqual({ service: expect.stringMatching(/^[a-z0-9]+\/prod$/i) });
    }
    expect(new Set(metrics.map(({ dimensions }) => dimensions.service)).size).toBe(1);
    expect(lines.join('\n')).not.toMatch(/a-room|ann"|psst/);
    // One line an event, the metrics within it.
    expect(lines).toHaveLength(2 + 4 + 1);
  });

  it('come with no line where there is nothing to count', async () => {
    const ann = await open();
    await ann.ask({ type: 'ping' });
    await logged('message', 1);
    const [line] = lines.filter((each) => each.includes('"event":"message"'));
    expect(JSON.parse(line)).not.toHaveProperty('_aws');
  });
});

describe('where something fails', () => {
  let log: string;

  beforeEach(() => {
    log = '';
    process.env.POWERTOOLS_METRICS_NAMESPACE = 'Test';
    process.env.POWERTOOLS_SERVICE_NAME = 'test';
    jest.spyOn(process.stdout, 'write').mockImplementation((text) => {
      log += String(text);
      return true;
    });
  });
  afterEach(() => {
    delete process.env.POWERTOOLS_METRICS_NAMESPACE;
    delete process.env.POWERTOOLS_SERVICE_NAME;
    jest.restoreAllMocks();
  });

  const totals = () =>
    Object.fromEntries(
      embeddedMetrics(log.trim().split('\n'))
        .filter(({ unit }) => unit === 'Count')
        .map(({ name, values }) => [name, values.reduce((sum, value) => sum + value)]),
    );

  it('count the events that a handler could not do, none of them as refused', async () => {
    const service = await startHandlers({ roomsTable: 'no-such-table' });
    const wire = await service.open();
    expect(await wire.ask({ type: 'register', roomId: ROOM })).toMatchObject({ code: 'internal' });
    const ended = service.disconnects(1);
    await wire.close();
    await ended;
    await service.close();
    expect(totals()).toEqual({ ConnectionsOpened: 1, HandlerFailures: 2, ConnectionsClosed: 1 });
  });

  it('count the connections that an authorizer refuses apart from those that it cannot decide', async () => {
    await jest.isolateModulesAsync(async () => {
      const { authorizer } = await import('../../lambda/authorization/authorizer');
      const { GivesNothing, NotAuthentic } = await import('../../lambda/authorization/grant');
      const event = {
        requestContext: { connectionId: 'c' },
        methodArn: 'arn:aws:execute-api:us-east-1:123456789012:a1b2c3d4e5/prod/$connect',
        queryStringParameters: { token: 'psst' },
      } as never;
      const fails = (error: Error) => authorizer(() => Promise.reject(error))(event);
      await expect(fails(new NotAuthentic('expired'))).rejects.toThrow('Unauthorized');
      expect(await fails(new GivesNothing('no room'))).toMatchObject({ principalId: 'nobody' });
      await expect(fails(new Error('no network'))).rejects.toThrow('could not decide');
    });
    expect(totals()).toEqual({ AuthorizerRefusals: 2, HandlerFailures: 1 });
    expect(log).not.toMatch(/psst/);
  });

  it('count the connections that $connect refuses', async () => {
    const service = await startHandlers({ connect: { ALLOW_ABSENT_ORIGIN: 'false' } });
    expect(await service.refused()).toBe(403);
    await service.close();
    expect(totals()).toEqual({ ConnectionsRefused: 1 });
  });
});

it('a message that a peer does not take fails for that peer alone; one for a peer that has gone fails for none', async () => {
  const store = new MemoryRoomStore((apply) => apply());
  let posted: Record<string, Posted> = {};
  const signaling = {
    store,
    channel: {
      post: async (connectionId: string) => posted[connectionId] ?? 'delivered',
      close: async () => 'closed' as const,
    },
    clock: { now: () => 1_000, sleep: async () => undefined },
  };
  const settings = {
    iceServersFor: async () => ({ iceServers: [] }),
    maxPeersPerRoom: 9,
    maxRoomsPerConnection: 1,
    maxMessageBytes: 32_768,
    maxMetadataBytes: 1024,
  };
  const send = async (connectionId: string, message: object) => {
    const { tally, failure } = await receive(
      signaling,
      settings,
      { connectionId, connectedAt: 0 },
      JSON.stringify({ roomId: ROOM, ...message }),
    );
    return measuresOf(tally, failure);
  };
  for (const connectionId of ['ann', 'bob', 'cyd', 'dan']) {
    await store.putConnection({ connectionId, connectedAt: 0 });
    await send(connectionId, { type: 'register' });
  }
  posted = { bob: 'failed', dan: 'gone' };
  expect(await send('ann', { type: 'signal', data: 1 })).toMatchObject({
    MessagesRelayed: 1,
    RelayFailures: 1,
    PeersEvicted: 1,
    HandlerFailures: 0,
  });
  expect(await send('ann', { type: 'signal', data: 1, to: 'bob' })).toMatchObject({
    MessagesRelayed: 0,
    RelayFailures: 1,
    PeersEvicted: 0,
    HandlerFailures: 0,
  });
});

import { GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { type HandlersOnGateway, startHandlers } from '../support/handlers-on-gateway';

let service: HandlersOnGateway;
let log: string;

beforeEach(() => {
  log = '';
  jest.spyOn(process.stdout, 'write').mockImplementation((text) => {
    log += String(text);
    return true;
  });
});
afterEach(async () => {
  await service.close();
  jest.restoreAllMocks();
});

const nowSeconds = () => Date.now() / 1000;

it('$connect notes the connection, for two hours and ten minutes', async () => {
  service = await startHandlers({});
  const wire = await service.open();
  const { peerId } = await wire.join('room');
  const { Item } = await service.tables.client.send(
    new GetCommand({
      TableName: service.tables.environment.CONNECTIONS_TABLE,
      Key: { connectionId: peerId },
    }),
  );
  expect(Item).toEqual({
    connectionId: peerId,
    timestamp: expect.any(Number),
    expiresAt: expect.any(Number),
    rooms: new Set(['room']),
  });
  expect(Item!.expiresAt).toBeGreaterThan(nowSeconds() + 2 * 3600 + 9 * 60);
  expect(Item!.expiresAt).toBeLessThan(nowSeconds() + 2 * 3600 + 11 * 60);
});

it('a connection that ends leaves no row', async () => {
  service = await startHandlers({});
  const wire = await service.open();
  await wire.join('one');
  await wire.join('two');
  expect(await service.tables.countRows()).toBe(3);
  const ended = service.disconnects(1);
  await wire.close();
  await ended;
  expect(await service.tables.countRows()).toBe(0);
});

it('a peer whose $disconnect was lost is removed as a message to it fails, and announced as gone, once', async () => {
  service = await startHandlers({});
  const [ann, bob, cyd] = [await service.open(), await service.open(), await service.open()];
  await ann.join('room');
  const { peerId } = await bob.join('room');
  await bob.join('another room');
  await cyd.join('room');
  service.losesDisconnect = true;
  await bob.close();
  const answers = await Promise.all([
    ann.ask({ type: 'signal', roomId: 'room', data: 1, to: peerId }),
    cyd.ask({ type: 'signal', roomId: 'room', data: 1 }),
  ]);
  expect(answers[0]).toMatchObject({ type: 'error', code: 'peer-not-found' });
  expect(answers[1]).toEqual({ type: 'ack', delivered: 1 });
  for (const wire of [ann, cyd]) {
    const left = await wire.next('peer-left');
    expect(left).toEqual({ type: 'peer-left', roomId: 'room', peerId, reason: 'gone' });
    await wire.ask({ type: 'ping' });
    expect(wire.all('peer-left')).toHaveLength(1);
  }
  // Of the two that are left: a row each, and one each in the room.
  expect(await service.tables.countRows()).toBe(4);
});

it('who a message is from is not its sender to say', async () => {
  service = await startHandlers({});
  const [ann, bob] = [await service.open(), await service.open()];
  const { peerId } = await ann.join('room');
  await bob.join('room');
  ann.send({ type: 'signal', roomId: 'room', data: 1, from: 'x', userId: 'x', more: 'x' });
  expect(await bob.next('signal')).toEqual({
    type: 'signal',
    roomId: 'room',
    data: 1,
    from: peerId,
    more: 'x',
  });
});

it('rows past their time to live count for nothing, and go as they are met', async () => {
  service = await startHandlers({ maxPeersPerRoom: 2 });
  const { ROOMS_TABLE, CONNECTIONS_TABLE } = service.tables.environment;
  const ghost = { connectionId: 'ghost', timestamp: 1, expiresAt: Math.floor(nowSeconds()) - 1 };
  const { client } = service.tables;
  await client.send(new PutCommand({ TableName: ROOMS_TABLE, Item: { ...ghost, roomId: 'room' } }));
  await client.send(
    new PutCommand({ TableName: CONNECTIONS_TABLE, Item: { ...ghost, rooms: new Set(['room']) } }),
  );
  const [ann, bob] = [await service.open(), await service.open()];
  expect((await ann.join('room')).peers).toEqual([]);
  expect((await bob.join('room')).peers).toHaveLength(1);
  const answer = await ann.ask({ type: 'signal', roomId: 'room', data: 1, to: 'ghost' });
  expect(answer).toMatchObject({ code: 'peer-not-found' });
  expect(await service.tables.countRows()).toBe(4);
});

it.each([2, 5])('of 20 that join at once a room for %i, as many are let in', async (maxPeersPerRoom) => {
  service = await startHandlers({ maxPeersPerRoom });
  const wires = await Promise.all(Array.from({ length: 20 }, () => service.open()));
  const answers = await Promise.all(wires.map((wire) => wire.ask({ type: 'register', roomId: 'room' })));
  const registered = answers.filter(({ type }) => type === 'registered');
  expect(registered.length).toBeLessThanOrEqual(maxPeersPerRoom);
  expect(registered.length).toBeGreaterThan(0);
  const refused = answers.filter(({ type }) => type !== 'registered');
  expect(refused).toEqual(refused.map(() => expect.objectContaining({ type: 'error', code: 'room-full' })));
  // The refused were never seen, and hold no place.
  expect(await service.tables.countRows()).toBe(20 + registered.length);
  await Promise.all(wires.slice(1).map((wire) => wire.ask({ type: 'ping' })));
  const seen = new Set(wires.flatMap((wire) => wire.all('peer-joined').map(({ peerId }) => peerId)));
  const members = registered.map(({ peerId }) => peerId);
  expect([...seen].filter((peerId) => !members.includes(peerId))).toEqual([]);
});

it('a room that was full takes a new peer as soon as one has left', async () => {
  service = await startHandlers({ maxPeersPerRoom: 2 });
  const [ann, bob, cyd] = [await service.open(), await service.open(), await service.open()];
  await ann.join('room');
  await bob.join('room');
  expect(await cyd.ask({ type: 'register', roomId: 'room' })).toMatchObject({ code: 'room-full' });
  await bob.ask({ type: 'leave', roomId: 'room' });
  await cyd.join('room');
});

it('a failure of the service is told as internal, without its inside, and the connection stays', async () => {
  service = await startHandlers({ roomsTable: 'no-such-table' });
  const wire = await service.open();
  const error = await wire.ask({ type: 'register', roomId: 'room' });
  expect(error).toEqual({ type: 'error', code: 'internal', message: expect.any(String), roomId: 'room' });
  expect(error.message).not.toMatch(/table|resource|dynamo/i);
  expect(await wire.ask({ type: 'ping' })).toEqual({ type: 'pong' });
  // The log has it.
  expect(log).toMatch(/ResourceNotFoundException/);
});

it('what clients send and what their rooms are called is in no log', async () => {
  service = await startHandlers({});
  const [ann, bob] = [await service.open(), await service.open()];
  await ann.join('secret-room', { metadata: { name: 'secret-name' } });
  await bob.join('secret-room');
  await ann.ask({ type: 'signal', roomId: 'secret-room', data: 'secret-data' });
  ann.sendRaw('{"type": secret-garbage');
  await ann.next('error');
  await ann.ask({ type: 'offer', roomId: 'secret-room', offer: 'secret-offer', to: 'secret-peer' });
  const lines = log.trim().split('\n');
  expect(lines.length).toBeGreaterThanOrEqual(6);
  for (const line of lines)
    expect(JSON.parse(line)).toMatchObject({ level: 'info', event: expect.any(String) });
  expect(log).not.toMatch(/secret/);
});

it('a message on the $connect route leaves the row of its connection as it is', async () => {
  service = await startHandlers({});
  const wire = await service.open();
  const { peerId } = await wire.join('room');
  const { handler } = await import('../../lambda/connect');
  const event = {
    requestContext: { connectionId: peerId, connectedAt: 1, eventType: 'MESSAGE' as const },
    body: '{}',
  };
  expect(await handler(event)).toEqual({ statusCode: 400 });
  const ended = service.disconnects(1);
  await wire.close();
  await ended;
  expect(await service.tables.countRows()).toBe(0);
});

it('a message on the $disconnect route ends nobody', async () => {
  service = await startHandlers({});
  const wire = await service.open();
  const { peerId } = await wire.join('room');
  const { handler } = await import('../../lambda/disconnect');
  const event = {
    requestContext: { connectionId: peerId, connectedAt: 1, eventType: 'MESSAGE' as const },
    body: '{}',
  };
  expect(await handler(event)).toEqual({ statusCode: 400 });
  expect(await service.tables.countRows()).toBe(2);
});

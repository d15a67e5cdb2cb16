// Limits of a message and of how many there may be, over real sockets.
import { eventually } from '../support/eventually';
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

it('a message may have as many bytes as the setting says', async () => {
  service = await startHandlers({ maxMessageBytes: 1024 });
  const wire = await service.open();
  const ping = (bytes: number) => {
    const bare = JSON.stringify({ type: 'ping', more: '' });
    wire.sendRaw(JSON.stringify({ type: 'ping', more: 'x'.repeat(bytes - bare.length) }));
  };
  ping(1024);
  await wire.next('pong');
  ping(1025);
  expect(await wire.next('error')).toEqual({
    type: 'error',
    code: 'too-large',
    message: 'a message has at most 1024 bytes',
  });
});

it('metadata may have as many bytes as the setting says, or not be at all', async () => {
  service = await startHandlers({ maxMetadataBytes: 0 });
  const wire = await service.open();
  expect(await wire.ask({ type: 'register', roomId: 'room', metadata: {} })).toMatchObject({
    code: 'too-large',
  });
  await wire.join('room');
});

it('a connection below its free share makes no request of DynamoDB beside those of its messages', async () => {
  service = await startHandlers({ maxMessagesPerSecond: 50 });
  const [ann, bob] = [await service.open(), await service.open()];
  await ann.join('room');
  const { peerId } = await bob.join('room');
  // Each registration has three, the last of them after its answer.
  await eventually(() => service.requests.filter((command) => command === 'UpdateItemCommand').length === 6);
  service.requests.length = 0;
  for (let i = 0; i < 20; i += 1) await ann.ask({ type: 'signal', roomId: 'room', data: i, to: peerId });
  expect(service.requests).toEqual(Array.from({ length: 40 }, () => 'GetItemCommand'));
  service.requests.length = 0;
  // With `register` that makes 49: the free share in ten seconds is 50.
  for (let i = 0; i < 28; i += 1) await ann.ask({ type: 'ping' });
  expect(service.requests).toEqual([]);
});

it('a flood is answered rate-limited, then closed, and a bystander goes on as if nothing were', async () => {
  service = await startHandlers({ maxMessagesPerSecond: 5 });
  const [ann, bob, flood] = [await service.open(), await service.open(), await service.open()];
  await ann.join('room');
  const { peerId } = await bob.join('room');
  const { peerId: flooder } = await flood.join('room');
  const send = () => flood.socket.readyState === flood.socket.OPEN && flood.send({ type: 'ping' });
  const flooding = setInterval(() => {
    for (let i = 0; i < 5; i += 1) send();
  }, 5);
  try {
    for (let i = 0; i < 10; i += 1) {
      expect(await ann.ask({ type: 'signal', roomId: 'room', data: i, to: peerId })).toMatchObject({
        delivered: 1,
      });
    }
    await expect(flood.next('never')).rejects.toThrow('closed');
  } finally {
    clearInterval(flooding);
  }
  // Those that were not on their way as it was closed.
  expect(new Set(flood.all('error').map(({ code }) => code))).toEqual(new Set(['rate-limited']));
  expect(flood.all('pong').length).toBeLessThanOrEqual(2 * 50);
  for (const wire of [ann, bob]) {
    expect(await wire.next('peer-left')).toMatchObject({ peerId: flooder });
    await wire.ask({ type: 'ping' });
    expect(wire.all('peer-left')).toHaveLength(1);
    expect(wire.all('error')).toEqual([]);
  }
  expect(bob.all('signal').map(({ data }) => data)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  expect(log).toContain('"closed":true');
  expect(await service.tables.countRows()).toBe(4);
});

it('frames that are no messages count, too', async () => {
  service = await startHandlers({ maxMessagesPerSecond: 1 });
  const wire = await service.open();
  for (let i = 0; i < 30; i += 1) wire.sendRaw('{');
  await wire.next(({ code }) => code === 'rate-limited');
  await expect(wire.next('never')).rejects.toThrow('closed');
  expect(wire.all('error').some(({ code }) => code === 'bad-json')).toBe(true);
});

// Rows as the hand-written version of this design left them (docs/migration.md): no time to live, no note of the
// rooms in a connection's row, nothing but keys and a timestamp in a peer's.
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { type HandlersOnGateway, startHandlers } from '../support/handlers-on-gateway';

let service: HandlersOnGateway;

beforeEach(async () => {
  jest.spyOn(process.stdout, 'write').mockReturnValue(true);
  service = await startHandlers({});
});
afterEach(async () => {
  await service.close();
  jest.restoreAllMocks();
});

async function writeFormerRows(connectionId: string, roomId: string): Promise<void> {
  const { CONNECTIONS_TABLE, ROOMS_TABLE } = service.tables.environment;
  const timestamp = Date.now() - 60_000;
  const put = (TableName: string, Item: object) =>
    service.tables.client.send(new PutCommand({ TableName, Item: { ...Item, timestamp } }));
  await put(CONNECTIONS_TABLE, { connectionId });
  await put(ROOMS_TABLE, { roomId, connectionId });
}

it('a peer of a former row is in the roster, is reached, and may send', async () => {
  const [former, other] = [await service.open(), await service.open()];
  const { peerId } = await former.join('room');
  await writeFormerRows(peerId, 'room');
  const { peers } = await other.join('room');
  expect(peers.map(({ peerId }: { peerId: string }) => peerId)).toEqual([peerId]);
  other.send({ type: 'signal', roomId: 'room', to: peerId, data: 'to' });
  expect(await former.next('signal')).toMatchObject({ data: 'to' });
  former.send({ type: 'signal', roomId: 'room', data: 'from' });
  expect(await other.next('signal')).toMatchObject({ from: peerId, data: 'from' });
});

it('a connection of former rows leaves no row as it ends', async () => {
  const former = await service.open();
  const { peerId } = await former.join('room');
  await writeFormerRows(peerId, 'room');
  const ended = service.disconnects(1);
  await former.close();
  await ended;
  expect(await service.tables.countRows()).toBe(0);
});

it('a former row whose connection has gone is removed by the first message to it, and announced', async () => {
  const [ann, bob] = [await service.open(), await service.open()];
  await ann.join('room');
  const gone = 'TXzPWdnOjoECGjA=';
  await writeFormerRows(gone, 'room');
  await bob.join('room');
  bob.send({ type: 'signal', roomId: 'room', to: gone, data: 'anyone there' });
  expect(await ann.next('peer-left')).toMatchObject({ peerId: gone, reason: 'gone' });
  expect(await service.tables.countRows()).toBe(4);
});

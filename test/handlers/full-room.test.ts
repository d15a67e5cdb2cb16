// The largest room there may be, of the largest peers: its roster is one message, and API Gateway takes 128 KB.
import { PutItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import { MOST_PEERS_PER_ROOM } from '../../lib/private/validation';
import { type IceServer, LIMITS, type PeerInfo, type RegisteredMessage } from '../../protocol/messages';
import { type HandlersOnGateway, startHandlers } from '../support/handlers-on-gateway';

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-execution-service-websocket-limits-table.html */
const GATEWAY_BYTES = 128 * 1024;
const ICE_SERVERS_BYTES = 4096;
const USER_ID_BYTES = 128;

const bytesOf = (value: unknown) => Buffer.byteLength(JSON.stringify(value));

const turn: IceServer = { urls: 'turn:turn.example.com', username: 'ada', credential: '' };
const iceServers = [{ ...turn, credential: 'x'.repeat(ICE_SERVERS_BYTES - bytesOf([turn])) }];
const metadata = { text: 'x'.repeat(LIMITS.metadataBytes - bytesOf({ text: '' })) };
const userId = 'u'.repeat(USER_ID_BYTES);
const roomId = '€'.repeat(LIMITS.roomIdLength);
const requestId = 'r'.repeat(LIMITS.requestIdLength);

let service: HandlersOnGateway;
afterEach(() => service.close());

it('a full room of the largest peers can be joined, the largest ICE servers beside its roster', async () => {
  service = await startHandlers({ maxPeersPerRoom: MOST_PEERS_PER_ROOM, authorizes: true, iceServers });
  const listener = { userId, publish: 'false' };
  const { resume } = await (await service.open(listener)).join(roomId, { metadata });
  const largest = await service.open(listener);
  const { peerId } = await largest.join(roomId, { metadata, resume });

  // Further ones like it, as far as a last one has a place.
  const { client, environment } = service.tables;
  const idle = Array.from({ length: MOST_PEERS_PER_ROOM - 2 }, () => service.open(listener));
  await Promise.all(idle);
  const rows = async (TableName: string) => (await client.send(new ScanCommand({ TableName }))).Items!;
  const row = (await rows(environment.ROOMS_TABLE)).find(({ connectionId }) => connectionId.S === peerId);
  const others = (await rows(environment.CONNECTIONS_TABLE)).filter(({ rooms }) => rooms === undefined);
  expect(others).toHaveLength(idle.length);
  for (const { connectionId } of others) {
    const Item = { ...row, connectionId };
    await client.send(new PutItemCommand({ TableName: environment.ROOMS_TABLE, Item }));
  }

  const last = await service.open(listener);
  service.losesDisconnect = true;
  last.send({ type: 'register', roomId, metadata, requestId });
  const registered = (await last.next(() => true)) as RegisteredMessage;
  expect(registered).toMatchObject({ type: 'registered', iceServers });
  expect(registered.peers).toHaveLength(MOST_PEERS_PER_ROOM - 1);
  const entry: Required<PeerInfo> = {
    peerId: expect.any(String),
    metadata,
    userId,
    joinedAt: expect.any(Number),
    replaces: expect.any(String),
    resumeHash: expect.any(String),
    resumes: expect.any(String),
    publish: false,
  };
  for (const peer of registered.peers) expect(peer).toEqual(entry);

  // What is left is not a peer's worth: no larger room could be joined.
  const left = GATEWAY_BYTES - bytesOf(registered);
  const another = bytesOf(registered.peers[0]) + 1;
  expect(left).toBeGreaterThanOrEqual(0);
  expect(left).toBeLessThan(2 * another);
  // By then all the others are told of it.
  while ((await rows(environment.ROOMS_TABLE)).some(({ phase }) => phase)) continue;
});

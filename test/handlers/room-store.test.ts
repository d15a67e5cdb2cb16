// The same behaviour of the store on DynamoDB and of the one in memory that the schedules run on.
import type { Connection, Peer, RoomStore } from '../../lambda/signaling/room-store';
import { MemoryRoomStore } from '../support/memory-room-store';
import { startTables, type Tables } from '../support/tables';

type Store = RoomStore & { putConnection(connection: Connection): Promise<void> };

let tables: Tables;
let dynamoDb: Store;

beforeAll(async () => {
  tables = await startTables();
  Object.assign(process.env, tables.environment, {
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    AWS_ENDPOINT_URL_DYNAMODB: tables.endpoint,
  });
  // The module reads its environment as it loads, as it does in Lambda.
  const { dynamoDbRoomStore } = await import('../../lambda/aws/dynamodb-room-store');
  const { putConnection } = await import('../../lambda/aws/connections-table');
  dynamoDb = { ...dynamoDbRoomStore, putConnection };
});

afterAll(async () => {
  const { documents } = await import('../../lambda/aws/dynamodb');
  documents.destroy();
  await tables.close();
});

describe.each(['DynamoDB', 'memory'])('the room store on %s', (kind) => {
  let store: Store;
  let next = 0;
  let roomId: string;
  let connectionId: string;

  beforeEach(async () => {
    store = kind === 'memory' ? new MemoryRoomStore() : dynamoDb;
    roomId = `room-${(next += 1)}`;
    connectionId = `connection-${next}`;
    await store.putConnection({ connectionId, connectedAt: Date.now() });
  });

  const reserved = (more: Partial<Peer> = {}): Peer => ({
    roomId,
    connectionId,
    timestamp: 1,
    connectedAt: 1,
    expiresAt: 9_999_999_999,
    phase: 'reserved',
    phaseUntil: 1000,
    ...more,
  });

  it('notes rooms in the row of a connection, each once, and gives them back as the row is deleted', async () => {
    expect(await store.noteRoom(connectionId, 'a')).toBe(1);
    expect(await store.noteRoom(connectionId, 'b')).toBe(2);
    expect(await store.noteRoom(connectionId, 'b')).toBe(2);
    expect(await store.dropRoom(connectionId, 'a')).toBe(1);
    expect(await store.deleteConnection(connectionId)).toEqual(['b']);
  });

  it('notes nothing for a connection that has ended, and does not bring its row back', async () => {
    expect(await store.deleteConnection(connectionId)).toEqual([]);
    expect(await store.noteRoom(connectionId, roomId)).toBeUndefined();
    await store.dropRoom(connectionId, roomId);
    expect(await store.noteRoom(connectionId, roomId)).toBeUndefined();
  });

  it('reserves one row for a connection in a room', async () => {
    const results = await Promise.all([store.reservePeer(reserved()), store.reservePeer(reserved())]);
    expect(results.sort()).toEqual([false, true]);
    expect(await store.readRoom(roomId)).toEqual([reserved()]);
    expect(await store.findRooms(connectionId)).toEqual([roomId]);
  });

  it('tells of a connection that notes no room any more, and of none at all', async () => {
    await store.noteRoom(connectionId, 'a');
    expect(await store.dropRoom(connectionId, 'a')).toBe(0);
    expect(await store.noteRoom(connectionId, 'b')).toBe(1);
    expect(await store.dropRoom('nobody', 'a')).toBeUndefined();
    expect(await store.deleteConnection('nobody')).toEqual([]);
  });

  it('keeps metadata and user as they were given', async () => {
    const peer = reserved({
      userId: 'ann',
      metadata: { name: 'Ann', deep: [{ n: 1.5, yes: true, no: null }] },
    });
    await store.reservePeer(peer);
    expect(await store.getPeer(roomId, connectionId)).toEqual(peer);
  });

  it('shows only the reservation that it was asked to show', async () => {
    await store.reservePeer(reserved());
    expect(await store.showPeer(reserved({ phaseUntil: 999 }))).toBe(false);
    expect(await store.showPeer(reserved())).toBe(true);
    expect(await store.showPeer(reserved())).toBe(false);
    expect(await store.getPeer(roomId, connectionId)).toMatchObject({
      phase: 'announcing',
      phaseUntil: 1000,
    });
  });

  it('shows a peer that replaces another, or no longer does', async () => {
    await store.reservePeer(reserved({ resumes: 'hash', replaces: 'former' }));
    expect(await store.showPeer(reserved({ replaces: 'former' }))).toBe(true);
    expect(await store.getPeer(roomId, connectionId)).toMatchObject({ replaces: 'former', resumes: 'hash' });
    await store.removePeer(roomId, connectionId, 9999);
    await store.reservePeer(reserved({ resumes: 'hash', replaces: 'former' }));
    expect(await store.showPeer(reserved())).toBe(true);
    const row = await store.getPeer(roomId, connectionId);
    expect(row).toMatchObject({ resumes: 'hash' });
    expect(row).not.toHaveProperty('replaces');
  });

  it('does not show a row that has been removed', async () => {
    await store.reservePeer(reserved());
    await store.removePeer(roomId, connectionId, 0);
    expect(await store.showPeer(reserved())).toBe(false);
    expect(await store.readRoom(roomId)).toEqual([]);
  });

  it('settles only the announcement that it was asked to settle', async () => {
    await store.reservePeer(reserved());
    await store.settlePeer(roomId, connectionId, 1000);
    expect(await store.getPeer(roomId, connectionId)).toEqual(reserved());
    await store.showPeer(reserved());
    await store.settlePeer(roomId, connectionId, 999);
    expect(await store.getPeer(roomId, connectionId)).toMatchObject({ phase: 'announcing' });
    await store.settlePeer(roomId, connectionId, 1000);
    const { phase: _phase, phaseUntil: _until, ...settled } = reserved();
    expect(await store.getPeer(roomId, connectionId)).toEqual(settled);
  });

  it('refreshes a settled peer and no other', async () => {
    expect(await store.refreshPeer(roomId, connectionId, { a: 1 }, 2000)).toBeUndefined();
    await store.reservePeer(reserved({ metadata: { a: 0 } }));
    expect(await store.refreshPeer(roomId, connectionId, { a: 1 }, 2000)).toBeUndefined();
    await store.showPeer(reserved());
    await store.settlePeer(roomId, connectionId, 1000);
    const refreshed = await store.refreshPeer(roomId, connectionId, { a: 2 }, 2000);
    expect(refreshed).toEqual(reserved({ phase: 'announcing', phaseUntil: 2000, metadata: { a: 2 } }));
    await store.settlePeer(roomId, connectionId, 2000);
    expect(await store.refreshPeer(roomId, connectionId, undefined, 3000)).not.toHaveProperty('metadata');
  });

  it('shows a peer with whom it has come to replace, or nobody', async () => {
    await store.reservePeer(reserved({ replaces: 'former' }));
    await store.showPeer(reserved());
    expect(await store.getPeer(roomId, connectionId)).toEqual(reserved({ phase: 'announcing' }));
    await store.removePeer(roomId, connectionId, 1001);
    await store.reservePeer(reserved());
    await store.showPeer(reserved({ replaces: 'twin' }));
    expect(await store.getPeer(roomId, connectionId)).toMatchObject({ replaces: 'twin' });
  });

  it('makes a settled or an abandoned peer leaving, and no other', async () => {
    expect(await store.startLeaving(roomId, connectionId, 0, 2000)).toBe(false);
    await store.reservePeer(reserved());
    expect(await store.startLeaving(roomId, connectionId, 9999, 2000)).toBe(false);
    await store.showPeer(reserved());
    expect(await store.startLeaving(roomId, connectionId, 1000, 2000)).toBe(false);
    expect(await store.startLeaving(roomId, connectionId, 1001, 2000)).toBe(true);
    expect(await store.getPeer(roomId, connectionId)).toEqual(
      reserved({ phase: 'leaving', phaseUntil: 2000 }),
    );
    expect(await store.startLeaving(roomId, connectionId, 9999, 3000)).toBe(false);
    expect(await store.removePeer(roomId, connectionId, 0)).toMatchObject({ phase: 'leaving' });
  });

  it('makes a peer leaving for who knows its hash, where it is asked for', async () => {
    expect(await store.startLeaving(roomId, connectionId, 0, 2000, 'hash')).toBe(false);
    await store.reservePeer(reserved({ resumeHash: 'hash' }));
    await store.showPeer(reserved());
    expect(await store.startLeaving(roomId, connectionId, 1000, 2000, 'hash')).toBe(false);
    await store.settlePeer(roomId, connectionId, 1000);
    expect(await store.startLeaving(roomId, connectionId, 0, 2000, 'another')).toBe(false);
    expect(await store.startLeaving(roomId, connectionId, 0, 2000, 'hash')).toBe(true);
    expect(await store.startLeaving(roomId, connectionId, 0, 2000, 'hash')).toBe(false);
  });

  it('removes a reserved, a settled and an abandoned row, and lets an announcement end first', async () => {
    expect(await store.removePeer(roomId, connectionId, 0)).toBe('absent');
    await store.reservePeer(reserved());
    await store.showPeer(reserved());
    expect(await store.removePeer(roomId, connectionId, 1000)).toBe('announcing');
    expect(await store.removePeer(roomId, connectionId, 1001)).toMatchObject({ phase: 'announcing' });
    expect(await store.removePeer(roomId, connectionId, 1001)).toBe('absent');
    expect(await store.findRooms(connectionId)).toEqual([]);
  });
});

describe('the count of messages in the row of a connection', () => {
  it('adds up within a window, refusals for good, and ends with the row', async () => {
    const { countMessages, putConnection } = await import('../../lambda/aws/connections-table');
    await putConnection({ connectionId: 'counted', connectedAt: Date.now() });
    const saw = (messages: number, refusals: number) => ({ messages, refusals });
    expect(await countMessages('counted', 7, saw(10, 0))).toEqual(saw(10, 0));
    expect(await countMessages('counted', 7, saw(5, 2))).toEqual(saw(15, 2));
    expect(await countMessages('counted', 8, saw(3, 1))).toEqual(saw(3, 3));
    // From an environment whose clock is behind: of no more use.
    expect(await countMessages('counted', 7, saw(1, 1))).toBeUndefined();
    const counts = await Promise.all([1, 2, 3].map(() => countMessages('counted', 9, saw(1, 0))));
    expect(counts.map((count) => count?.messages).sort()).toEqual([1, 2, 3]);
    await dynamoDb.deleteConnection('counted');
    expect(await countMessages('counted', 10, saw(1, 0))).toBeUndefined();
    expect(await dynamoDb.deleteConnection('counted')).toEqual([]);
  });
});

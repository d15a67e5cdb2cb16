// Resume where an authorizer says who a connection is of, and by one token over more than one connection.
import { receive } from '../../lambda/signaling/receive';
import type { Connection } from '../../lambda/signaling/room-store';
import type { ErrorMessage, PeerJoinedMessage, RegisteredMessage } from '../../protocol/messages';
import { MemoryRoomStore } from '../support/memory-room-store';

const noIceServers = async () => ({ iceServers: [] });

function world({ maxPeersPerRoom = 10 } = {}) {
  const settings = { iceServersFor: noIceServers, maxPeersPerRoom, maxRoomsPerConnection: 10 };
  const store = new MemoryRoomStore();
  const told = new Map<string, any[]>();
  const signaling = {
    store,
    channel: {
      post: async (connectionId: string, frame: string) => {
        told.get(connectionId)!.push(JSON.parse(frame));
        return 'delivered' as const;
      },
      close: async () => 'closed' as const,
    },
    clock: {
      now: () => Date.now(),
      sleep: (ms: number) => new Promise<void>((wake) => setTimeout(wake, ms)),
    },
  };
  return async function register(
    connectionId: string,
    userId?: string,
    resume?: string,
    /** Milliseconds from now. */
    connected = 0,
  ) {
    const connection: Connection = { connectionId, userId, connectedAt: Date.now() + connected };
    await store.putConnection(connection);
    told.set(connectionId, []);
    const body = JSON.stringify({ type: 'register', roomId: 'room', resume });
    await receive(signaling, settings, connection, body);
    return {
      registered: told.get(connectionId)!.find(({ type }) => type === 'registered') as RegisteredMessage,
      refused: told.get(connectionId)!.find(({ type }) => type === 'error') as ErrorMessage | undefined,
      others: (name: string) =>
        told.get(name)!.filter(({ type }) => type === 'peer-joined') as PeerJoinedMessage[],
    };
  };
}

it("a user's token takes that user's place", async () => {
  const register = world();
  await register('watcher');
  const { registered } = await register('first', 'ann', undefined);
  const { others } = await register('second', 'ann', registered.resume);
  expect(others('watcher')).toMatchObject([{ peerId: 'first' }, { peerId: 'second', replaces: 'first' }]);
});

it.each([['bob'], [undefined]])('the same token takes it for nobody else: %s', async (userId) => {
  const register = world();
  await register('watcher');
  const { registered } = await register('first', 'ann', undefined);
  const { registered: second, others } = await register('second', userId, registered.resume);
  expect(second.peers.map(({ peerId }) => peerId).sort()).toEqual(['first', 'watcher']);
  expect(others('watcher')[1]).not.toHaveProperty('replaces');
});

it('who comes by the same token again is there once, in a full room too', async () => {
  const register = world({ maxPeersPerRoom: 2 });
  await register('watcher');
  const { registered } = await register('first', 'ann');
  await register('second', 'ann', registered.resume, 1000);
  const { registered: third, others } = await register('third', 'ann', registered.resume, 2000);
  expect(third.peers.map(({ peerId }) => peerId)).toEqual(['watcher']);
  expect(others('watcher').map(({ peerId, replaces }) => [peerId, replaces])).toEqual([
    ['first', undefined],
    ['second', 'first'],
    ['third', 'second'],
  ]);
});

it('of two connections that come by the same token, the earlier is refused, though it is handled later', async () => {
  const register = world();
  await register('watcher');
  const { registered } = await register('first', 'ann');
  await register('third', 'ann', registered.resume, 2000);
  const { registered: second, refused, others } = await register('second', 'ann', registered.resume, 1000);
  expect(second).toBeUndefined();
  expect(refused).toMatchObject({ code: 'connection-ended' });
  expect(others('watcher').map(({ peerId }) => peerId)).toEqual(['first', 'third']);
});

it('by the same token of another user both are there', async () => {
  const register = world();
  const { registered } = await register('first', 'ann');
  await register('second', 'bob', registered.resume, 1000);
  const { registered: third } = await register('third', 'cem', registered.resume, 2000);
  expect(third.peers.map(({ peerId }) => peerId).sort()).toEqual(['first', 'second']);
});

it.each(['undefined', 'null', '[object Object]'])(
  'who has no token, and sends %j for one, is nobody else',
  async (resume) => {
    const register = world();
    const { registered: first } = await register('first', 'ann', resume);
    const { registered: second } = await register('second', 'ann', resume);
    expect([first.peers, second.peers.map(({ peerId }) => peerId)]).toEqual([[], ['first']]);
    expect(second.peers[0]).not.toHaveProperty('resumes');
  },
);

// Resume where an authorizer says who a connection is of.
import { receive } from '../../lambda/signaling/receive';
import type { Connection } from '../../lambda/signaling/room-store';
import type { PeerJoinedMessage, RegisteredMessage } from '../../protocol/messages';
import { MemoryRoomStore } from '../support/memory-room-store';

const noIceServers = async () => ({ iceServers: [] });
const settings = { iceServersFor: noIceServers, maxPeersPerRoom: 10, maxRoomsPerConnection: 10 };

function world() {
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
  return async function register(connectionId: string, userId?: string, resume?: string) {
    const connection: Connection = { connectionId, userId, connectedAt: Date.now() };
    await store.putConnection(connection);
    told.set(connectionId, []);
    const body = JSON.stringify({ type: 'register', roomId: 'room', resume });
    await receive(signaling, settings, connection, body);
    return {
      registered: told.get(connectionId)!.find(({ type }) => type === 'registered') as RegisteredMessage,
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

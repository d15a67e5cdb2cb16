import assert from 'node:assert/strict';
import fc from 'fast-check';
import { isVisible, PHASE_TAKES_AT_MOST_MS } from '../../lambda/signaling/operation';
import type { Settings } from '../../lambda/signaling/settings';
import type { MemoryRoomStore } from '../support/memory-room-store';
import { type ScheduledClient, ScheduledWorld } from '../support/schedule';

const SCHEDULES = Number(process.env.SCHEDULES ?? 4_000);
const ROOM = 'room';
const NAMES = ['a', 'b', 'c'];
const noIceServers = async () => ({ iceServers: [] });
const roomy: Settings = { iceServersFor: noIceServers, maxPeersPerRoom: 10, maxRoomsPerConnection: 2 };

type Step = 'register' | 'broadcast' | 'direct' | 'leave' | 'close' | 'vanish';

/** What a client sends at once, without waiting for an answer. API Gateway handles it in any order. */
const steps = fc.constantFrom<Step[]>(
  ['register'],
  ['register'],
  ['register', 'broadcast'],
  ['register', 'direct'],
  ['register', 'register'],
  ['register', 'leave'],
  ['register', 'close'],
  ['register', 'broadcast', 'close'],
  ['register', 'vanish'],
  ['leave'],
  ['leave', 'register'],
  ['broadcast'],
  ['direct'],
  ['close'],
  ['vanish'],
  [],
);

/** Phases one after the other; in each, every client's steps run at once. */
const programs = fc.array(fc.tuple(steps, steps, steps), { minLength: 1, maxLength: 3 });

function start(world: ScheduledWorld, client: ScheduledClient, step: Step, diesAt?: number) {
  const others = world.clients.filter((other) => other !== client);
  switch (step) {
    case 'register':
      return world.send(client, { type: 'register', roomId: ROOM }, diesAt);
    case 'leave':
      return world.send(client, { type: 'leave', roomId: ROOM }, diesAt);
    case 'broadcast':
      return world.send(client, { type: 'signal', roomId: ROOM, data: client.id }, diesAt);
    case 'direct':
      return world.send(client, { type: 'signal', roomId: ROOM, data: client.id, to: others[0].id });
    case 'close':
      return world.end(client, { disconnectArrives: true });
    case 'vanish':
      return world.end(client, { disconnectArrives: false });
  }
}

function visibleRows(store: MemoryRoomStore) {
  return [...store.peers.values()].filter(isVisible).map((row) => row.connectionId);
}

/** Prints how to run the one schedule again that failed. */
async function holds<T extends unknown[]>(property: fc.IAsyncProperty<T>, runs: number) {
  const { SEED: seed, REPLAY: path } = process.env;
  const details = await fc.check(property, {
    numRuns: runs,
    ...(seed && { seed: Number(seed) }),
    ...(path && { path }),
  });
  if (!details.failed) {
    expect(details.numRuns).toBeGreaterThanOrEqual(path ? 1 : runs);
    return;
  }
  throw new Error(
    `${fc.defaultReportMessage(details)}\n\nto replay it: SEED=${details.seed} REPLAY=${details.counterexamplePath} npx jest test/races -t '${expect.getState().currentTestName}'`,
    { cause: details.errorInstance },
  );
}

describe('in every order of steps that a scheduler finds', () => {
  jest.setTimeout(240_000);

  it('the promises hold for three peers that join, relay, leave, disconnect and vanish', async () => {
    const property = fc.asyncProperty(
      fc.scheduler(),
      programs,
      fc.integer({ min: 2, max: 3 }),
      async (scheduler, program, maxPeersPerRoom) => {
        const settings = { iceServersFor: noIceServers, maxPeersPerRoom, maxRoomsPerConnection: 2 };
        // Promise 7, after each single step.
        const world = new ScheduledWorld(scheduler, settings, NAMES, (store) => {
          const { length } = visibleRows(store);
          if (length > maxPeersPerRoom) throw new Error(`${length} peers in a room of ${maxPeersPerRoom}`);
        });
        const { store, clients } = world;
        for (const phase of program) {
          clients.forEach((client, i) => phase[i].forEach((step) => start(world, client, step)));
          await world.settle();
        }
        // Promise 6: a peer that vanished is found gone as something is sent to it.
        for (const client of clients) start(world, client, 'broadcast');
        await world.settle();

        // Nobody is failed by the service itself.
        assert.deepEqual(
          world.handled.filter(({ failure }) => failure !== undefined),
          [],
        );

        const rows = visibleRows(store);
        assert.equal(store.peers.size, rows.length);
        const open = clients.filter((client) => client.open);
        for (const client of open) {
          // Promises 3, 5 and 6, as a client sees them: it knows who is there, and nobody who is not.
          const view = client.view(ROOM);
          assert.deepEqual(
            view && [...view].sort(),
            rows.includes(client.id) ? rows.filter((id) => id !== client.id).sort() : undefined,
            `what ${client.id} believes`,
          );
        }
        if (open.some((client) => rows.includes(client.id))) {
          assert.deepEqual(
            rows.filter((id) => !open.some((client) => client.id === id)),
            [],
          );
        }
        for (const client of clients) {
          for (const name of NAMES) {
            // Promise 5: once. It may leave as often as it asked to, and end once.
            const leaves = program.flat(2).filter((step) => step === 'leave').length + 1;
            const left = client.heard('peer-left').filter(({ peerId }) => peerId === name);
            assert(left.length <= leaves, 'peer-left twice');
            if (!program.flat(2).includes('leave')) assert(left.length <= 1, 'peer-left twice');
          }
          // Promises 1 and 2.
          for (const signal of client.heard('signal')) {
            assert.equal(signal.from, signal.data);
            assert.notEqual(signal.from, client.id);
          }
          if (!program.some((phase) => phase[clients.indexOf(client)].includes('register'))) {
            assert.deepEqual(
              client.inbox.filter(({ type }) => type !== 'error'),
              [],
            );
          }
        }

        // Promise 5: no row stays of a connection that has ended.
        for (const client of open) world.end(client, { disconnectArrives: true });
        await world.settle();
        // What is counted adds up: each peer that joined is still there, has left, or was found gone.
        const sum = (of: 'peersJoined' | 'peersLeft' | 'peersEvicted') =>
          world.tallies.reduce((total, tally) => total + tally[of], 0);
        assert.equal(sum('peersJoined') - sum('peersLeft') - sum('peersEvicted'), visibleRows(store).length);
        const vanished = clients.filter((client) => !open.includes(client)).map(({ id }) => id);
        assert.deepEqual(
          visibleRows(store).filter((id) => !vanished.includes(id)),
          [],
        );
        assert.deepEqual(
          [...store.connections.keys()].filter((id) => !vanished.includes(id)),
          [],
        );
        if (!program.flat(2).includes('vanish'))
          assert.deepEqual([store.peers.size, store.connections.size], [0, 0]);
        await world.settle();
        assert.equal(store.index.size, store.peers.size);
      },
    );
    await holds(property, SCHEDULES);
  });

  it('a message sent back to back with its register reaches each peer once', async () => {
    const property = fc.asyncProperty(fc.scheduler(), fc.boolean(), async (scheduler, directed) => {
      const world = new ScheduledWorld(scheduler, roomy, NAMES, () => undefined);
      const [a, b, c] = world.clients;
      start(world, b, 'register');
      start(world, c, 'register');
      await world.settle();
      start(world, a, 'register');
      const to = directed ? { to: b.id } : {};
      world.send(a, { type: 'offer', roomId: ROOM, offer: { sdp: 'x' }, requestId: 'r', ...to });
      await world.settle();
      expect(a.heard('error')).toEqual([]);
      expect(a.heard('ack')).toEqual([{ type: 'ack', requestId: 'r', delivered: directed ? 1 : 2 }]);
      const offer = { type: 'offer', roomId: ROOM, offer: { sdp: 'x' }, from: a.id, ...to };
      expect(b.heard('offer')).toEqual([offer]);
      expect(c.heard('offer')).toEqual(directed ? [] : [offer]);
    });
    await holds(property, SCHEDULES / 20);
  });

  it('of five that join a room for two or three at once, as many are let in, and the rest are told', async () => {
    const property = fc.asyncProperty(
      fc.scheduler(),
      fc.integer({ min: 2, max: 3 }),
      async (scheduler, most) => {
        const settings = { ...roomy, maxPeersPerRoom: most };
        const world = new ScheduledWorld(scheduler, settings, [...NAMES, 'd', 'e'], () => undefined);
        for (const client of world.clients) start(world, client, 'register');
        await world.settle();
        const answers = world.clients.flatMap(({ inbox }) =>
          inbox.flatMap((m) => (m.type === 'registered' ? [m.type] : m.type === 'error' ? [m.code] : [])),
        );
        expect(answers.filter((answer) => answer === 'registered')).toHaveLength(most);
        expect(answers.filter((answer) => answer === 'room-full')).toHaveLength(5 - most);
        expect(world.store.peers.size).toBe(most);
      },
    );
    await holds(property, SCHEDULES / 20);
  });

  it('a former place is taken once, nobody hears that who had it left, and nobody believes in both', async () => {
    let timely = 0;
    const property = fc.asyncProperty(
      fc.scheduler(),
      // What goes on as `a` comes back.
      fc.array(
        fc.constantFrom<[string, Step]>(
          ['a', 'close'],
          ['a', 'vanish'],
          ['a', 'leave'],
          ['a', 'broadcast'],
          ['a', 'register'],
          ['back0', 'close'],
          ['back0', 'vanish'],
          ['b', 'register'],
          ['b', 'broadcast'],
          ['b', 'direct'],
          ['b', 'leave'],
          ['b', 'close'],
          ['c', 'register'],
          ['c', 'close'],
        ),
        { maxLength: 4 },
      ),
      fc.boolean(),
      fc.integer({ min: 0, max: 3 }),
      fc.integer({ min: 2, max: 3 }),
      async (scheduler, meanwhile, bIsThere, takers, maxPeersPerRoom) => {
        const settings = { ...roomy, maxPeersPerRoom };
        const world = new ScheduledWorld(scheduler, settings, NAMES, (store) => {
          const { length } = visibleRows(store);
          if (length > maxPeersPerRoom) throw new Error(`${length} peers in a room of ${maxPeersPerRoom}`);
        });
        const [a, b] = world.clients;
        start(world, a, 'register');
        await world.settle();
        if (bIsThere) start(world, b, 'register');
        await world.settle();
        const [{ resume }] = a.heard('registered');

        // One more than there is a place for, now and then.
        const back = Array.from({ length: Math.max(1, takers) }, (_, i) => world.connect(`back${i}`));
        for (const client of back) world.send(client, { type: 'register', roomId: ROOM, resume });
        for (const [name, step] of meanwhile)
          start(
            world,
            world.clients.find(({ id }) => id === name)!,
            step,
          );
        await world.settle();
        for (const client of world.clients) start(world, client, 'broadcast');
        await world.settle();

        assert.deepEqual(
          world.handled.filter(({ failure }) => failure !== undefined),
          [],
        );
        const rows = visibleRows(world.store);
        assert.equal(world.store.peers.size, rows.length);
        const open = world.clients.filter((client) => client.open);
        for (const client of open) {
          const view = client.view(ROOM);
          assert.deepEqual(
            view && [...view].sort(),
            rows.includes(client.id) ? rows.filter((id) => id !== client.id).sort() : undefined,
            `what ${client.id} believes`,
          );
        }
        const announced = world.clients.flatMap((client) => client.heard('peer-joined'));
        const replacing = new Set(
          announced.filter(({ replaces }) => replaces === 'a').map(({ peerId }) => peerId),
        );
        assert(replacing.size <= 1, 'the place was taken twice');
        for (const client of world.clients) {
          const told = client.heard('peer-joined').some(({ replaces }) => replaces === 'a');
          const left = client.heard('peer-left').filter(({ peerId }) => peerId === 'a').length;
          assert(
            left + Number(told) <= 1 || meanwhile.some(([name, step]) => name === 'a' && step === 'register'),
            `${client.id} heard of a's end ${left} times, of its return: ${told}`,
          );
        }
        for (const client of back) {
          const answers = client.inbox.flatMap((m) =>
            m.type === 'registered' ? ['registered'] : m.type === 'error' && m.roomId ? [m.code] : [],
          );
          if (!client.open) continue;
          assert(
            ['registered', 'room-full', 'connection-ended'].includes(answers[0]),
            `answered ${answers.join()}`,
          );
          if (answers[0] === 'connection-ended')
            assert.notEqual(client, back.at(-1), 'the later one is refused');
        }
        // One client came with it, over one connection after the other, and is in the room once.
        assert(rows.filter((id) => back.some((client) => client.id === id)).length <= 1, 'a ghost of itself');
        // Where nothing stood in the way.
        if (
          bIsThere &&
          !meanwhile.some(
            ([name, step]) => name === 'b' || (name === 'a' && step !== 'broadcast') || name === 'back0',
          )
        ) {
          assert.equal(replacing.size, 1);
          assert.equal(a.open, false, 'the former connection is closed');
          timely += 1;
        }

        for (const client of open) world.end(client, { disconnectArrives: true });
        await world.settle();
        const vanished = world.clients.filter((client) => !open.includes(client)).map(({ id }) => id);
        assert.deepEqual(
          visibleRows(world.store).filter((id) => !vanished.includes(id)),
          [],
        );
      },
    );
    await holds(property, SCHEDULES / 4);
    if (!process.env.REPLAY) expect(timely).toBeGreaterThan(SCHEDULES / 100);
  });

  it('a handler that dies half-way holds up nobody, and past the time to live nothing is left of it', async () => {
    const property = fc.asyncProperty(
      fc.scheduler(),
      fc.constantFrom<Step>('register', 'leave', 'broadcast'),
      fc.nat(9),
      fc.boolean(),
      async (scheduler, step, diesAt, again) => {
        const settings = { ...roomy, maxPeersPerRoom: 2 };
        const world = new ScheduledWorld(scheduler, settings, ['a', 'b'], () => undefined);
        const [a, b] = world.clients;
        if (step !== 'register') start(world, a, 'register');
        start(world, b, 'register');
        await world.settle();
        start(world, a, step, diesAt);
        await world.settle();
        world.passTime(PHASE_TAKES_AT_MOST_MS + 1);

        if (again) {
          // The same connection can register, and is told of the others.
          start(world, a, 'register');
          await world.settle();
          expect(a.view(ROOM)).toEqual(new Set([b.id]));
        } else {
          // Its end leaves no row, though the handler may have died ahead of noting one.
          await world.settle();
          world.end(a, { disconnectArrives: true });
          await world.settle();
          expect([...world.store.peers.values()].map((row) => row.connectionId)).toEqual([b.id]);
        }

        // The two end; one that comes after finds neither.
        if (again) world.end(a, { disconnectArrives: true });
        world.end(b, { disconnectArrives: true });
        await world.settle();
        world.passTime(3 * 3_600_000);
        const late = world.connect('late');
        start(world, late, 'register');
        await world.settle();
        expect(late.view(ROOM)).toEqual(new Set());
        world.end(late, { disconnectArrives: true });
        await world.settle();
        expect([world.store.peers.size, world.store.connections.size]).toEqual([0, 0]);
      },
    );
    await holds(property, SCHEDULES / 10);
  });
});

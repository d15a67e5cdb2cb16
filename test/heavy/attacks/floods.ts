// More than anyone needs: of messages, rooms, connections.
import { Wire, type Frame } from '../../support/wire';
import type { Attack } from './attack';
import { ATTACKERS_ROOM, attacker, MARK, mint, openAsAttacker, withToken, type World } from './world';

/** More than the service allows within ten seconds, and refuses before it closes, taken together. */
const UNANSWERED_AT_MOST = 500;

/** Sends 10,000 as fast as they are dealt with, each of which is answered, until the service closes the connection. */
function flood(name: string, frame: (i: number) => string): Attack {
  return {
    name: `flood: ${name}`,
    async run({ url, secret }) {
      const wire = await Wire.open(withToken(url.limited, await mint(secret.limited)));
      await wire.join(ATTACKERS_ROOM);
      for (let sent = 0; sent < 10_000 && !wire.closed; sent += 1) {
        wire.sendRaw(frame(sent));
        while (sent - wire.frames.length > UNANSWERED_AT_MOST && !wire.closed) await pause(10);
      }
      const refusals = wire.all('error').filter(({ code }) => code === 'rate-limited').length;
      if (wire.closed && refusals > 0) return undefined;
      await wire.close();
      return `${wire.frames.length} answers, ${refusals} of them rate-limited, and the connection stayed`;
    },
  };
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const text = (frame: Frame) => JSON.stringify({ requestId: 'flood', ...frame });

export const FLOODS: Attack[] = [
  flood('10,000 messages', (i) => text({ type: 'signal', roomId: ATTACKERS_ROOM, data: `${MARK} ${i}` })),
  flood('10,000 pings', () => text({ type: 'ping' })),
  flood('10,000 messages that name the route $disconnect', () =>
    text({ type: 'ping', action: '$disconnect' }),
  ),
  flood('10,000 rooms', (i) => text({ type: 'register', roomId: `team-${i}` })),
  flood('10,000 frames that are no JSON', () => `{${MARK}`),
  flood('joining and leaving without end', (i) =>
    text({ type: i % 2 ? 'leave' : 'register', roomId: 'team-x' }),
  ),
  {
    name: 'flood: more rooms than a connection may be in',
    async run(world) {
      const wire = await openAsAttacker(world);
      const codes: unknown[] = [];
      for (let i = 0; i < 12; i += 1)
        codes.push((await wire.ask({ type: 'register', roomId: `team-${i}` })).code);
      await wire.close();
      return codes.slice(0, 10).every((code) => code === undefined) &&
        codes.slice(10).every((code) => code === 'too-many-rooms')
        ? undefined
        : codes.join();
    },
  },
  {
    name: 'flood: twenty at once into a room for two',
    async run({ url, secret }: World) {
      const wires = await Promise.all(
        Array.from({ length: 20 }, async (_, i) =>
          Wire.open(withToken(url.perUser, await mint(secret.perUser, attacker({ sub: `user-${i}` })))),
        ),
      );
      const answers = await Promise.all(
        wires.map((wire) => wire.ask({ type: 'register', roomId: ATTACKERS_ROOM })),
      );
      const joined = answers.filter(({ type }) => type === 'registered').length;
      const full = answers.filter(({ code }) => code === 'room-full').length;
      await Promise.all(wires.map((wire) => wire.close()));
      return joined === 2 && full === 18 ? undefined : `${joined} joined, ${full} were told that it is full`;
    },
  },
  {
    name: 'a hundred connections that say nothing',
    async run(world) {
      const wires = await Promise.all(Array.from({ length: 100 }, () => openAsAttacker(world)));
      const answer = await wires[99].ask({ type: 'ping' });
      await Promise.all(wires.map((wire) => wire.close()));
      return answer.type === 'pong' ? undefined : JSON.stringify(answer);
    },
  },
];

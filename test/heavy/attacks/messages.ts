// Messages of one who was let in, and goes beyond what the token is good for.
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import type { Frame, Wire } from '../../support/wire';
import type { Attack, Outcome } from './attack';
import type { Bystanders } from './bystanders';
import { ATTACKERS_ROOM, BYSTANDERS_ROOM, MARK, openAsAttacker, type World } from './world';

type Run = (attacker: Wire, bystanders: Bystanders, world: World) => Outcome;

function asAttacker(name: string, run: Run, claims?: Record<string, unknown>): Attack {
  return {
    name,
    async run(world, bystanders) {
      const attacker = await openAsAttacker(world, claims);
      try {
        return await run(attacker, bystanders, world);
      } finally {
        await attacker.close();
      }
    },
  };
}

/** What came instead of an error with this code. */
async function expectError(attacker: Wire, code: string, frame: Frame): Outcome {
  const answer = await attacker.ask(frame);
  return answer.type === 'error' && answer.code === code ? undefined : JSON.stringify(answer).slice(0, 300);
}

const isRefused = (name: string, code: string, frame: (bystanders: Bystanders) => Frame): Attack =>
  asAttacker(name, async (attacker, bystanders) => {
    await attacker.join(ATTACKERS_ROOM);
    return expectError(attacker, code, frame(bystanders));
  });

const signal = (more: Frame = {}): Frame => ({ type: 'signal', roomId: ATTACKERS_ROOM, data: MARK, ...more });
const sdp = (...media: string[]) =>
  ['v=0', 'o=- 1 1 IN IP4 127.0.0.1', 's=-', 't=0 0', ...media, ''].join('\r\n');

const OUTSIDE: Attack[] = [
  ...Object.entries({
    'the room of others': BYSTANDERS_ROOM,
    'a room whose name begins like an allowed one': `${ATTACKERS_ROOM}2`,
    'a room whose name an allowed one begins with': ATTACKERS_ROOM.slice(0, -1),
    'an allowed room in other letters': ATTACKERS_ROOM.toUpperCase(),
    'an allowed room with a space': `${ATTACKERS_ROOM} `,
    'the pattern itself without its end': 'team',
    'a room named like a pattern': '*',
    'an allowed name in another normal form': 'te\u0301am-1',
  }).map(([name, roomId]) =>
    asAttacker(`a room outside the grant: ${name}`, (attacker) =>
      expectError(attacker, 'forbidden', { type: 'register', roomId, metadata: { MARK } }),
    ),
  ),
  ...Object.entries({
    offer: { offer: { type: 'offer', sdp: MARK } },
    answer: { answer: { type: 'answer', sdp: MARK } },
    'ice-candidate': { candidate: { candidate: MARK } },
    'ice-candidates': { candidates: [{ candidate: MARK }] },
    signal: { data: MARK },
    leave: {},
  }).map(([type, fields]) =>
    isRefused(`${type} into the room of others`, 'forbidden', () => ({
      type,
      roomId: BYSTANDERS_ROOM,
      ...fields,
    })),
  ),
  isRefused("to a peer of another room, by one's own room", 'peer-not-found', ({ peerId }) =>
    signal({ to: peerId }),
  ),
  isRefused('to a peer of another room, by its room', 'forbidden', ({ peerId }) =>
    signal({ roomId: BYSTANDERS_ROOM, to: peerId }),
  ),
  isRefused('to a peer that is a list', 'bad-message', ({ peerId }) => signal({ to: [peerId] })),
  isRefused('to a peer that is a pattern', 'peer-not-found', () => signal({ to: '*' })),
  isRefused('a room that is a list', 'bad-message', () =>
    signal({ roomId: [ATTACKERS_ROOM, BYSTANDERS_ROOM] }),
  ),
  isRefused('a room that is an object', 'bad-message', () => signal({ roomId: { S: BYSTANDERS_ROOM } })),
  asAttacker('sending without having joined', (attacker) => expectError(attacker, 'not-in-room', signal())),
  asAttacker('sending after having left', async (attacker) => {
    await attacker.join(ATTACKERS_ROOM);
    await attacker.ask({ type: 'leave', roomId: ATTACKERS_ROOM });
    return expectError(attacker, 'not-in-room', signal());
  }),
];

/** Two of the attacker's own side: what one sends, the other gets. */
async function seenByFriend(world: World, attacker: Wire, frames: Frame[], type: string): Promise<Frame> {
  const friend = await openAsAttacker(world, { sub: 'friend' });
  try {
    await friend.join(ATTACKERS_ROOM);
    for (const frame of frames) attacker.send(frame);
    return await friend.next(type);
  } finally {
    await friend.close();
  }
}

const SPOOFED: Attack[] = [
  asAttacker('from, written by the sender', async (attacker, { peerId }, world) => {
    const own = await attacker.join(ATTACKERS_ROOM);
    const { from } = await seenByFriend(world, attacker, [signal({ from: peerId })], 'signal');
    return from === own.peerId ? undefined : `from ${from}`;
  }),
  asAttacker('from, written twice', async (attacker, { peerId }, world) => {
    const own = await attacker.join(ATTACKERS_ROOM);
    const friend = await openAsAttacker(world, { sub: 'friend' });
    await friend.join(ATTACKERS_ROOM);
    attacker.sendRaw(`{"from":"x","type":"signal","roomId":"${ATTACKERS_ROOM}","data":1,"from":"${peerId}"}`);
    const { from } = await friend.next('signal');
    await friend.close();
    return from === own.peerId ? undefined : `from ${from}`;
  }),
  asAttacker('userId, written into a message', async (attacker, _peer, world) => {
    await attacker.join(ATTACKERS_ROOM);
    const { userId } = await seenByFriend(world, attacker, [signal({ userId: 'bystander' })], 'signal');
    return userId === undefined ? undefined : `userId ${userId}`;
  }),
  asAttacker(
    'userId, peerId, joinedAt and replaces, written by who joins',
    async (attacker, { peerId }, world) => {
      const forged = {
        userId: 'bystander',
        peerId,
        joinedAt: 1,
        replaces: peerId,
        resumeHash: 'x',
        publish: false,
      };
      const joined = await seenByFriend(
        world,
        attacker,
        [{ type: 'register', roomId: ATTACKERS_ROOM, ...forged }],
        'peer-joined',
      );
      const kept = Object.entries(forged).filter(([name, value]) => joined[name] === value);
      return kept.length === 0 && joined.userId === 'mallory' ? undefined : JSON.stringify(joined);
    },
  ),
  asAttacker('a message that only the service sends', async (attacker) => {
    await attacker.join(ATTACKERS_ROOM);
    for (const type of ['registered', 'peer-joined', 'peer-left', 'left', 'ack', 'pong', 'error']) {
      const wrong = await expectError(attacker, 'unknown-type', {
        type,
        roomId: ATTACKERS_ROOM,
        peerId: 'x',
      });
      if (wrong) return wrong;
    }
    return undefined;
  }),
  ...['$connect', '$disconnect'].map((action) =>
    asAttacker(`the route ${action}, named by a message`, async (attacker) => {
      const { peerId } = await attacker.join(ATTACKERS_ROOM);
      attacker.send({ action, type: 'ping', connectionId: peerId });
      // It is in its room all the same.
      const answer = await attacker.ask(signal());
      return answer.type === 'ack' ? undefined : JSON.stringify(answer);
    }),
  ),
];

const RESUMED: Attack[] = [
  ...Object.entries({
    'the hash that everybody knows': (hash: string) => hash,
    'the hash and the peer': (hash: string, peerId: string) => `${hash}.${peerId}`,
    'a guess and the peer': (_hash: string, peerId: string) => `${'A'.repeat(32)}.${peerId}`,
    'the peer alone': (_hash: string, peerId: string) => `.${peerId}`,
  }).map(([name, token], i) =>
    asAttacker(`resume by ${name}`, async (attacker, _bystanders, world) => {
      // In the very room, and as the very user: only the token is not known.
      const victim = await openAsAttacker(world);
      const { resume, peerId } = await victim.join(`team-forged-${i}`);
      const hash = createHash('sha256').update(String(resume)).digest('base64url');
      const { peers } = await attacker.join(`team-forged-${i}`, { resume: token(hash, String(peerId)) });
      const answer = await victim.ask({ type: 'ping' });
      await victim.close();
      return hasPeer(peers, peerId) && answer.type === 'pong' ? undefined : JSON.stringify(peers);
    }),
  ),
  asAttacker('resume by another user', async (attacker, _bystanders, world) => {
    const victim = await openAsAttacker(world, { sub: 'victim' });
    const { resume, peerId } = await victim.join(ATTACKERS_ROOM);
    const { peers } = await attacker.join(ATTACKERS_ROOM, { resume });
    const stillThere = (peers as Frame[]).some((peer) => peer.peerId === peerId);
    const answer = await victim.ask(signal());
    await victim.close();
    return stillThere && answer.type === 'ack' ? undefined : JSON.stringify({ peers, answer });
  }),
  asAttacker('resume in another room than the token is of', async (attacker, _bystanders, world) => {
    const victim = await openAsAttacker(world);
    const { resume, peerId } = await victim.join(ATTACKERS_ROOM);
    await victim.join('team-1');
    const { peers } = await attacker.join('team-1', { resume });
    const stillThere = (peers as Frame[]).some((peer) => peer.peerId === peerId);
    await victim.close();
    return stillThere ? undefined : JSON.stringify(peers);
  }),
  asAttacker("resume by another's token that was used", async (attacker, _bystanders, world) => {
    const { resume, peerId, close } = await resumed(world, { sub: 'friend' });
    const { peers } = await attacker.join('team-2', { resume });
    await close();
    return hasPeer(peers, peerId) ? undefined : JSON.stringify(peers);
  }),
  asAttacker(
    'resume by a token that was used since, over an earlier connection',
    async (attacker, _b, world) => {
      const { resume, peerId, close } = await resumed(world);
      const wrong = await expectError(attacker, 'connection-ended', {
        type: 'register',
        roomId: 'team-2',
        resume,
      });
      const witness = await openAsAttacker(world);
      const { peers } = await witness.join('team-2');
      await Promise.all([close(), witness.close()]);
      return wrong ?? (hasPeer(peers, peerId) ? undefined : JSON.stringify(peers));
    },
  ),
];

const hasPeer = (peers: unknown, peerId: string) => (peers as Frame[]).some((peer) => peer.peerId === peerId);

/** One who has come back by `resume`, and is there. */
async function resumed(world: World, claims?: Record<string, unknown>) {
  const first = await openAsAttacker(world, claims);
  const { resume } = await first.join('team-2');
  const second = await openAsAttacker(world, claims);
  const { peerId } = await second.join('team-2', { resume });
  const close = () => Promise.all([first.close(), second.close()]);
  return { resume, peerId, close };
}

const LISTENER = { publish: false };
const listens = (name: string, frame: (friend: string) => Frame): Attack =>
  asAttacker(
    `who may only listen: ${name}`,
    async (attacker, _bystanders, world) => {
      const friend = await openAsAttacker(world, { sub: 'friend' });
      const { peerId } = await friend.join(ATTACKERS_ROOM);
      await attacker.join(ATTACKERS_ROOM, { publish: true });
      const wrong = await expectError(attacker, 'forbidden', {
        roomId: ATTACKERS_ROOM,
        ...frame(peerId as string),
      });
      await friend.close();
      return wrong;
    },
    LISTENER,
  );
const answer = (description: unknown) => (to: string) => ({ type: 'answer', to, answer: description });

const LISTENING: Attack[] = [
  listens('offers', (to) => ({ type: 'offer', to, offer: { type: 'offer', sdp: sdp() } })),
  listens('offers to everybody', () => ({ type: 'offer', offer: { type: 'offer', sdp: sdp() } })),
  listens('speaks to everybody', () => ({ type: 'signal', data: MARK })),
  listens('speaks to one', (to) => ({ type: 'signal', to, data: MARK })),
  listens('sends candidates to everybody', () => ({ type: 'ice-candidate', candidate: { candidate: MARK } })),
  listens(
    'answers with a camera',
    answer({ type: 'answer', sdp: sdp('m=video 9 UDP/TLS/RTP/SAVPF 96', 'a=sendrecv') }),
  ),
  listens(
    'answers with a microphone only',
    answer({ type: 'answer', sdp: sdp('m=audio 9 UDP/TLS/RTP/SAVPF 0', 'a=sendonly') }),
  ),
  listens(
    'answers without a direction, which sends',
    answer({ type: 'answer', sdp: sdp('m=video 9 UDP/TLS/RTP/SAVPF 96') }),
  ),
  listens(
    'answers with two directions',
    answer({ type: 'answer', sdp: sdp('m=video 9 UDP/TLS/RTP/SAVPF 96', 'a=recvonly', 'a=sendrecv') }),
  ),
  listens('answers by an offer that calls itself an answer', answer({ type: 'offer', sdp: sdp() })),
  listens(
    'answers with a line end that only some parsers take',
    answer({ type: 'answer', sdp: 'v=0\r\nm=video 9 UDP/TLS/RTP/SAVPF 96\r\na=recvonly\ra=sendrecv\r\n' }),
  ),
  listens(
    'answers with a port of 0 that is none',
    answer({ type: 'answer', sdp: sdp('m=video 0 UDP/TLS/RTP/SAVPF 96', 'a=bundle-only', 'a=sendrecv') }),
  ),
];

/** Sent as it is; the one who sent it goes on, or loses nothing but its own connection, with this code. */
const survives = (name: string, send: (attacker: Wire) => void, closedWith?: number): Attack =>
  asAttacker(name, async (attacker) => {
    await attacker.join(ATTACKERS_ROOM);
    if (closedWith === undefined) {
      send(attacker);
      const pong = await attacker.ask({ type: 'ping' });
      return pong.type === 'pong' ? undefined : JSON.stringify(pong);
    }
    const closed = once(attacker.socket, 'close');
    send(attacker);
    const [code] = (await closed) as [number];
    return code === closedWith ? undefined : `closed with ${code}`;
  });

const MALFORMED: Attack[] = [
  survives('a frame over 32 KB', (attacker) => attacker.send(signal({ data: 'x'.repeat(33 * 1024) })), 1009),
  survives('a binary frame', (attacker) => attacker.sendRaw(Buffer.from([0, 1, 2])), 1003),
  survives(
    'a text frame that is not UTF-8',
    ({ socket }) => {
      // By hand: the library sends no such frame. FIN and text, masked with zeros.
      const { _socket: raw } = socket as unknown as { _socket: NodeJS.WritableStream };
      raw.write(Buffer.from([0x81, 0x82, 0, 0, 0, 0, 0xc3, 0x28]));
    },
    1007,
  ),
  survives('an empty frame', (attacker) => attacker.sendRaw('')),
  survives('half of a message', (attacker) => attacker.sendRaw('{"type":"signal","roomId":')),
  survives('JSON that is no object', (attacker) => {
    for (const text of ['null', '[]', '1', '"x"', 'true', '[[[]]]']) attacker.sendRaw(text);
  }),
  survives('a message that nests 10,000 deep', (attacker) =>
    attacker.sendRaw(
      `{"type":"signal","roomId":"${ATTACKERS_ROOM}","data":${'['.repeat(10_000)}${']'.repeat(10_000)}}`,
    ),
  ),
  isRefused('a message that nests 33 deep', 'bad-message', () =>
    signal({ data: JSON.parse('['.repeat(33) + ']'.repeat(33)) }),
  ),
  asAttacker('__proto__ in a message', async (attacker) => {
    await attacker.join(ATTACKERS_ROOM);
    attacker.sendRaw(
      `{"type":"signal","roomId":"${ATTACKERS_ROOM}","requestId":"proto","data":{"__proto__":{"isAdmin":true}}}`,
    );
    const answered = await attacker.next(({ requestId }) => requestId === 'proto');
    return answered.code === 'bad-message' ? undefined : JSON.stringify(answered);
  }),
  asAttacker('constructor and toString as fields', async (attacker, _bystanders, world) => {
    await attacker.join(ATTACKERS_ROOM);
    const data = { constructor: { prototype: { isAdmin: true } }, toString: 1, hasOwnProperty: null };
    const came = await seenByFriend(world, attacker, [signal({ data })], 'signal');
    return JSON.stringify(came.data) === JSON.stringify(data) && ({} as Frame).isAdmin === undefined
      ? undefined
      : JSON.stringify(came);
  }),
  asAttacker('numbers that no database takes', async (attacker) => {
    attacker.sendRaw(
      `{"type":"register","roomId":"${ATTACKERS_ROOM}","requestId":"big","metadata":{"a":1e308,"b":-1e-320,"c":1e999,"d":123456789012345678901234567890}}`,
    );
    const answered = await attacker.next(({ requestId }) => requestId === 'big');
    return answered.type === 'registered' ? undefined : JSON.stringify(answered);
  }),
  ...Object.entries({
    'a seq that is no number': signal({ seq: '1' }),
    'a seq beyond all numbers': signal({ seq: 1e300 }),
    'a room name of 10,000 letters': signal({ roomId: 'x'.repeat(10_000) }),
    'a room name with a control character': signal({ roomId: 'a\u0000b' }),
    'a room name with half a surrogate': signal({ roomId: 'a\ud800' }),
    'no room name': signal({ roomId: '' }),
    'candidates that are no list': { type: 'ice-candidates', roomId: ATTACKERS_ROOM, candidates: 'x' },
    'metadata that is a list': { type: 'register', roomId: ATTACKERS_ROOM, metadata: [] },
    'a token to resume with that is an object': { type: 'register', roomId: ATTACKERS_ROOM, resume: {} },
  }).map(([name, frame]) => isRefused(name, 'bad-message', () => frame)),
  isRefused('metadata over 1 KiB', 'too-large', () => ({
    type: 'register',
    roomId: ATTACKERS_ROOM,
    metadata: { text: 'x'.repeat(2000) },
  })),
  survives('a requestId that is an object', (attacker) => attacker.send({ type: 'ping', requestId: {} })),
];

export const MESSAGES: Attack[] = [...OUTSIDE, ...SPOOFED, ...RESUMED, ...LISTENING, ...MALFORMED];

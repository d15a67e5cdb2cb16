// The protocol over real sockets. Point it at any deployment: SIGNALING_URL=wss://… npx jest test/protocol
import { createHash, randomUUID } from 'node:crypto';
import { type RunningService, runningService } from '../support/running-service';
import { type Frame, Wire } from '../support/wire';

let service: RunningService;
let wires: Wire[] = [];
let roomId: string;

beforeAll(async () => {
  service = await runningService();
}, 60_000);
afterAll(() => service.stop());

beforeEach(() => {
  roomId = `room-${randomUUID()}`;
});
afterEach(async () => {
  await Promise.all(wires.map((wire) => wire.close()));
  wires = [];
});

async function open(): Promise<Wire> {
  const wire = await Wire.open(service.url);
  wires.push(wire);
  return wire;
}

/** A peer in the room, and what it was told. */
async function joined(more: Frame = {}): Promise<{ wire: Wire; peerId: string; answer: Frame }> {
  const wire = await open();
  const answer = await wire.join(roomId, more);
  return { wire, peerId: answer.peerId, answer };
}

function sha256(token: string) {
  return createHash('sha256').update(token).digest('base64url');
}

/** Whatever was on the way to a connection has arrived once its own request is answered. */
async function settle(...settled: Wire[]) {
  await Promise.all(settled.map((wire) => wire.ask({ type: 'ping' })));
}

describe('register', () => {
  it('answers with the room, the own id, the roster and the ICE servers', async () => {
    const { answer } = await joined();
    expect(answer).toEqual({
      type: 'registered',
      roomId,
      peerId: expect.any(String),
      peers: [],
      iceServers: [{ urls: expect.anything() }],
      resume: expect.any(String),
    });
  });

  it('tells the newcomer of the others, oldest first, and the others of the newcomer', async () => {
    const ann = await joined({ metadata: { name: 'Ann' } });
    const bob = await joined({ metadata: { name: 'Bob' } });
    const cyd = await joined({ metadata: { name: 'Cyd' } });
    expect(cyd.answer.peers).toEqual([
      {
        peerId: ann.peerId,
        metadata: { name: 'Ann' },
        joinedAt: expect.any(Number),
        resumeHash: sha256(ann.answer.resume),
      },
      {
        peerId: bob.peerId,
        metadata: { name: 'Bob' },
        joinedAt: expect.any(Number),
        resumeHash: sha256(bob.answer.resume),
      },
    ]);
    const told = await ann.wire.next((frame) => frame.type === 'peer-joined' && frame.peerId === cyd.peerId);
    expect(told).toEqual({
      type: 'peer-joined',
      roomId,
      peerId: cyd.peerId,
      metadata: { name: 'Cyd' },
      joinedAt: expect.any(Number),
      resumeHash: sha256(cyd.answer.resume),
    });
  });

  it('again in the same room refreshes the metadata, and nobody is told a second time', async () => {
    const ann = await joined();
    const bob = await joined({ metadata: { name: 'Bob' } });
    const again = await bob.wire.join(roomId, { metadata: { name: 'Robert' } });
    expect(again).toMatchObject({ peerId: bob.peerId, peers: [{ peerId: ann.peerId }] });
    const cyd = await joined();
    expect(cyd.answer.peers).toContainEqual(expect.objectContaining({ metadata: { name: 'Robert' } }));
    await settle(ann.wire);
    expect(ann.wire.all('peer-joined').filter(({ peerId }) => peerId === bob.peerId)).toHaveLength(1);
  });

  it('keeps metadata as it was, whatever JSON it is', async () => {
    const metadata = {
      '': '',
      large: 1e300,
      tiny: 5e-324,
      whole: 2 ** 60,
      deep: [[[{ a: null }]]],
      text: '\ud83d\ude00',
    };
    await joined({ metadata });
    const bob = await joined();
    expect(bob.answer.peers).toMatchObject([{ metadata }]);
  });

  it('of many at the same moment lets each learn of each other', async () => {
    const joining = await Promise.all(Array.from({ length: 8 }, () => joined()));
    const ids = joining.map(({ peerId }) => peerId);
    for (const { wire, peerId } of joining) {
      const others = ids.filter((id) => id !== peerId);
      const known = () =>
        new Set([
          ...wire.all('registered').flatMap(({ peers }) => peers.map((peer: Frame) => peer.peerId)),
          ...wire.all('peer-joined').map((frame) => frame.peerId),
        ]);
      while (!others.every((id) => known().has(id))) await wire.next('peer-joined');
      expect([...known()].sort()).toEqual(others.sort());
    }
  });

  it('keeps rooms apart', async () => {
    const ann = await joined();
    const other = await open();
    await other.join(`${roomId}-other`);
    const bob = await joined();
    await bob.wire.ask({ type: 'signal', roomId, data: 'for Ann' });
    await ann.wire.next('signal');
    await settle(other);
    expect(other.frames.filter(({ type }) => type !== 'pong').map(({ type }) => type)).toEqual([
      'registered',
    ]);
  });

  it('takes a connection into several rooms', async () => {
    const wire = await open();
    const first = await wire.join(`${roomId}-1`);
    const second = await wire.join(`${roomId}-2`);
    expect(second.peerId).toBe(first.peerId);
    const friend = await open();
    const { peers } = await friend.join(`${roomId}-2`);
    expect(peers).toHaveLength(1);
    await wire.close();
    expect(await friend.next('peer-left')).toMatchObject({ roomId: `${roomId}-2`, peerId: first.peerId });
  });

  it('is refused beyond the most rooms of a connection, and works again after a leave', async () => {
    const wire = await open();
    for (let i = 0; i < 10; i += 1) await wire.join(`${roomId}-${i}`);
    const refused = await wire.ask({ type: 'register', roomId });
    expect(refused).toMatchObject({ type: 'error', code: 'too-many-rooms', roomId });
    await wire.ask({ type: 'leave', roomId: `${roomId}-0` });
    await wire.join(roomId);
  });
});

describe('leave', () => {
  it('is answered, and the others hear of it once', async () => {
    const ann = await joined();
    const bob = await joined();
    expect(await bob.wire.ask({ type: 'leave', roomId })).toEqual({ type: 'left', roomId });
    const left = await ann.wire.next('peer-left');
    expect(left).toEqual({ type: 'peer-left', roomId, peerId: bob.peerId, reason: 'left' });
    await bob.wire.close();
    await settle(ann.wire);
    expect(ann.wire.all('peer-left')).toHaveLength(1);
  });

  it('lets the same connection come back', async () => {
    const ann = await joined();
    const bob = await joined();
    await bob.wire.ask({ type: 'leave', roomId });
    const again = await bob.wire.join(roomId);
    expect(again.peers).toMatchObject([{ peerId: ann.peerId }]);
    await settle(ann.wire);
    const heard = ann.wire.frames.map(({ type }) => type).filter((type) => type.startsWith('peer-'));
    expect(heard).toEqual(['peer-joined', 'peer-left', 'peer-joined']);
  });

  it('of a room that one is not in is refused', async () => {
    const wire = await open();
    expect(await wire.ask({ type: 'leave', roomId })).toMatchObject({
      type: 'error',
      code: 'not-in-room',
      roomId,
    });
  });
});

describe('resume', () => {
  it('takes the place of the former connection, which is closed, and nobody hears that it left', async () => {
    const ann = await joined({ metadata: { name: 'Ann' } });
    const bob = await joined();
    const back = await joined({ metadata: { name: 'Ann' }, resume: ann.answer.resume });
    expect(back.answer.peers.map(({ peerId }: Frame) => peerId)).toEqual([bob.peerId]);
    expect(back.answer.resume).not.toBe(ann.answer.resume);
    await expect(ann.wire.next('never')).rejects.toThrow('closed');

    await settle(bob.wire);
    const { joinedAt } = bob.answer.peers[0];
    expect(bob.wire.all('peer-joined')).toEqual([
      {
        type: 'peer-joined',
        roomId,
        peerId: back.peerId,
        metadata: { name: 'Ann' },
        joinedAt,
        replaces: ann.peerId,
        resumeHash: sha256(back.answer.resume),
        resumes: sha256(ann.answer.resume),
      },
    ]);
    expect(bob.wire.all('peer-left')).toEqual([]);

    const cyd = await joined();
    expect(cyd.answer.peers.map(({ peerId }: Frame) => peerId)).toEqual([back.peerId, bob.peerId]);
    expect(await bob.wire.ask({ type: 'signal', roomId, data: 1, to: ann.peerId })).toMatchObject({
      code: 'peer-not-found',
    });
  });

  it('can be done again and again, each token once', async () => {
    const watcher = await joined();
    let last = await joined();
    for (let times = 1; times <= 3; times += 1) last = await joined({ resume: last.answer.resume });
    await settle(watcher.wire);
    expect(watcher.wire.all('peer-joined').map(({ replaces }) => replaces)).toEqual([
      undefined,
      ...watcher.wire
        .all('peer-joined')
        .slice(0, 3)
        .map(({ peerId }) => peerId),
    ]);
    expect(watcher.wire.all('peer-left')).toEqual([]);
  });

  it('by the same token again takes the place of who came with it before', async () => {
    const watcher = await joined();
    const ann = await joined();
    const lost = await joined({ resume: ann.answer.resume });
    const back = await joined({ resume: ann.answer.resume });
    await expect(lost.wire.next('never')).rejects.toThrow('closed');
    await settle(watcher.wire);
    const { replaces, resumes } = watcher.wire.all('peer-joined').at(-1)!;
    expect([replaces, resumes]).toEqual([lost.peerId, sha256(ann.answer.resume)]);
    expect(watcher.wire.all('peer-left')).toEqual([]);
    expect(back.answer.peers.map(({ peerId }: Frame) => peerId)).toEqual([watcher.peerId]);
  });

  it('that comes too late makes an ordinary join, and the others can still tell who it is', async () => {
    const bob = await joined();
    const ann = await joined();
    await ann.wire.close();
    await bob.wire.next('peer-left');
    await joined({ resume: ann.answer.resume });
    const told = await bob.wire.next((frame) => frame.type === 'peer-joined' && frame.resumes);
    expect(told.resumes).toBe(sha256(ann.answer.resume));
    expect(told).not.toHaveProperty('replaces');
  });

  it('by a token that is none makes an ordinary join, and the place stays', async () => {
    const ann = await joined();
    const forged = `${'x'.repeat(32)}.${ann.peerId}`;
    for (const resume of [forged, 'nothing', ann.peerId, `.${ann.peerId}`, '.', 'x'.repeat(256)]) {
      const other = await joined({ resume });
      expect(other.answer.peers).toContainEqual(expect.objectContaining({ peerId: ann.peerId }));
    }
    expect(ann.wire.closed).toBeUndefined();
    expect(ann.wire.all('peer-left')).toEqual([]);
  });

  it('of one room gives no place in another', async () => {
    const ann = await joined();
    const elsewhere = await (await open()).join(`${roomId}-2`, { resume: ann.answer.resume });
    expect(elsewhere.peers).toEqual([]);
    expect((await joined()).answer.peers).toMatchObject([{ peerId: ann.peerId }]);
  });

  it('room by room leaves the former connection open until it is in none', async () => {
    const ann = await joined();
    const second = await ann.wire.join(`${roomId}-2`);
    const back = await joined({ resume: ann.answer.resume });
    await settle(ann.wire);
    const resumed = await back.wire.join(`${roomId}-2`, { resume: second.resume });
    expect(resumed.peers).toEqual([]);
    await expect(ann.wire.next('never')).rejects.toThrow('closed');
  });

  it('on the same connection is a refresh, and the token stays', async () => {
    const ann = await joined();
    const again = await ann.wire.join(roomId, { resume: ann.answer.resume });
    expect(again).not.toHaveProperty('resume');
    const back = await joined({ resume: ann.answer.resume });
    expect(back.answer.peers).toEqual([]);
  });
});

describe('a connection that ends', () => {
  it.each([
    ['is closed', (wire: Wire) => wire.close()],
    ['is closed as a page goes away', (wire: Wire) => wire.close(1001)],
    ['is cut', async (wire: Wire) => wire.cut()],
  ])('as it %s is announced once, as disconnected', async (_how, end) => {
    const ann = await joined();
    const bob = await joined();
    await end(bob.wire);
    const left = await ann.wire.next('peer-left');
    expect(left).toEqual({
      type: 'peer-left',
      roomId,
      peerId: bob.peerId,
      // An emulator or API Gateway may have it found gone first, by a message to it.
      reason: expect.stringMatching(/^(disconnected|gone)$/),
    });
    await settle(ann.wire);
    expect(ann.wire.all('peer-left')).toHaveLength(1);
    const cyd = await joined();
    expect(cyd.answer.peers).toMatchObject([{ peerId: ann.peerId }]);
  });
});

describe('what is relayed', () => {
  const messages: [string, Frame][] = [
    ['offer', { offer: { type: 'offer', sdp: 'v=0' } }],
    ['answer', { answer: { type: 'answer', sdp: 'v=0' } }],
    ['ice-candidate', { candidate: { candidate: 'candidate:1', sdpMid: '0', sdpMLineIndex: 0 } }],
    ['ice-candidate', { candidate: null }],
    ['ice-candidates', { candidates: [{ candidate: 'candidate:1' }, null] }],
    ['signal', { data: { any: ['JSON', 1, true, null] } }],
    ['signal', { data: null }],
  ];

  it.each(messages)('%s %j reaches every other peer as it was sent, with from', async (type, fields) => {
    const [ann, bob, cyd] = [await joined(), await joined(), await joined()];
    ann.wire.send({ type, roomId, ...fields, extra: { kept: 'as it is' } });
    for (const { wire } of [bob, cyd]) {
      expect(await wire.next(type)).toEqual({
        type,
        roomId,
        ...fields,
        extra: { kept: 'as it is' },
        from: ann.peerId,
      });
    }
    await settle(ann.wire);
    expect(ann.wire.all(type)).toEqual([]);
  });

  it.each(messages)('%s %j with to reaches that one peer only', async (type, fields) => {
    const [ann, bob, cyd] = [await joined(), await joined(), await joined()];
    const answer = await ann.wire.ask({ type, roomId, ...fields, to: cyd.peerId, seq: 1 });
    expect(answer).toEqual({ type: 'ack', delivered: 1 });
    expect(await cyd.wire.next(type)).toEqual({
      type,
      roomId,
      ...fields,
      to: cyd.peerId,
      seq: 1,
      from: ann.peerId,
    });
    await settle(bob.wire);
    expect(bob.wire.all(type)).toEqual([]);
  });

  it('is acknowledged with how many peers took it', async () => {
    const ann = await joined();
    const signal = { type: 'signal', roomId, data: 1 };
    expect(await ann.wire.ask(signal)).toEqual({ type: 'ack', delivered: 0 });
    await joined();
    await joined();
    expect(await ann.wire.ask(signal)).toEqual({ type: 'ack', delivered: 2 });
  });

  it('never carries a from that a client made up', async () => {
    const [ann, bob] = [await joined(), await joined()];
    ann.wire.send({ type: 'offer', roomId, offer: 'x', from: bob.peerId });
    expect(await bob.wire.next('offer')).toMatchObject({ from: ann.peerId });
  });

  it('sent back to back with its register is delivered', async () => {
    const bob = await joined();
    const wire = await open();
    wire.send({ type: 'register', roomId });
    wire.send({ type: 'offer', roomId, offer: 'early' });
    expect(await bob.wire.next('offer')).toMatchObject({ offer: 'early' });
    expect(wire.all('error')).toEqual([]);
  });

  it('is refused to one that is not in the room', async () => {
    const bob = await joined();
    const stranger = await open();
    const answer = await stranger.ask({ type: 'offer', roomId, offer: 'x', to: bob.peerId });
    expect(answer).toMatchObject({ type: 'error', code: 'not-in-room', roomId });
    await settle(bob.wire);
    expect(bob.wire.all('offer')).toEqual([]);
  });

  it('cannot be sent to a peer of another room', async () => {
    const ann = await joined();
    const other = await open();
    const { peerId } = await other.join(`${roomId}-other`);
    const answer = await ann.wire.ask({ type: 'offer', roomId, offer: 'x', to: peerId });
    expect(answer).toMatchObject({ type: 'error', code: 'peer-not-found', roomId });
    await settle(other);
    expect(other.all('offer')).toEqual([]);
  });

  it('to a peer that has left is answered with an error, also unasked', async () => {
    const [ann, bob] = [await joined(), await joined()];
    await bob.wire.close();
    await ann.wire.next('peer-left');
    ann.wire.send({ type: 'offer', roomId, offer: 'x', to: bob.peerId });
    expect(await ann.wire.next('error')).toMatchObject({ code: 'peer-not-found', roomId });
  });

  it('may be as large as a frame of API Gateway', async () => {
    const [ann, bob] = [await joined(), await joined()];
    const sdp = 'x'.repeat(31 * 1024);
    ann.wire.send({ type: 'offer', roomId, offer: { sdp } });
    expect((await bob.wire.next('offer')).offer.sdp).toBe(sdp);
  });
});

describe('requests', () => {
  it('ping is answered with pong', async () => {
    expect(await (await open()).ask({ type: 'ping' })).toEqual({ type: 'pong' });
  });

  it('ice-servers is answered with the ICE servers, in a room or not', async () => {
    const answer = await (await open()).ask({ type: 'ice-servers' });
    expect(answer).toMatchObject({ type: 'ice-servers', iceServers: [{ urls: expect.anything() }] });
  });
});

describe('a frame that cannot be handled is answered with its code, and the connection stays', () => {
  const deep = `${'['.repeat(15_000)}${']'.repeat(15_000)}`;
  const frames: [string, string, string, RegExp][] = [
    ['no JSON', '{"type":', 'bad-json', /JSON/],
    ['an empty frame', ' ', 'bad-json', /JSON/],
    ['a JSON array', '[]', 'bad-json', /object/],
    ['a JSON string', '"register"', 'bad-json', /object/],
    ['null', 'null', 'bad-json', /object/],
    ['no type', '{}', 'bad-message', /type/],
    ['a type that is no string', '{"type":1}', 'bad-message', /type/],
    ['an unknown type', '{"type":"subscribe"}', 'unknown-type', /type/],
    ['a type from the prototype', '{"type":"constructor"}', 'unknown-type', /type/],
    ['no room', '{"type":"register"}', 'bad-message', /roomId/],
    ['a token that is no text', '{"type":"register","roomId":"r","resume":1}', 'bad-message', /resume/],
    [
      'a token too long',
      `{"type":"register","roomId":"r","resume":"${'x'.repeat(257)}"}`,
      'bad-message',
      /resume/,
    ],
    ['an empty room id', '{"type":"register","roomId":""}', 'bad-message', /roomId/],
    ['a room id too long', `{"type":"register","roomId":"${'x'.repeat(129)}"}`, 'bad-message', /roomId/],
    [
      'a room id with a control character',
      '{"type":"register","roomId":"a\\u0000b"}',
      'bad-message',
      /roomId/,
    ],
    [
      'a room id with half a surrogate pair',
      '{"type":"register","roomId":"\\ud800"}',
      'bad-message',
      /roomId/,
    ],
    ['a room id that is an object', '{"type":"register","roomId":{}}', 'bad-message', /roomId/],
    [
      'metadata that is no object',
      '{"type":"register","roomId":"r","metadata":[]}',
      'bad-message',
      /metadata/,
    ],
    [
      'metadata over 1 KiB',
      `{"type":"register","roomId":"r","metadata":{"a":"${'é'.repeat(512)}"}}`,
      'too-large',
      /metadata/,
    ],
    [
      'a register of 31 KB',
      `{"type":"register","roomId":"r","metadata":{"a":"${'x'.repeat(31 * 1024)}"}}`,
      'too-large',
      /metadata/,
    ],
    ['an offer without one', '{"type":"offer","roomId":"r"}', 'bad-message', /offer/],
    ['an offer of null', '{"type":"offer","roomId":"r","offer":null}', 'bad-message', /offer/],
    ['an answer without one', '{"type":"answer","roomId":"r"}', 'bad-message', /answer/],
    ['a candidate without one', '{"type":"ice-candidate","roomId":"r"}', 'bad-message', /candidate/],
    [
      'candidates that are no array',
      '{"type":"ice-candidates","roomId":"r","candidates":{}}',
      'bad-message',
      /cand/,
    ],
    ['a signal without data', '{"type":"signal","roomId":"r"}', 'bad-message', /data/],
    ['to that is no string', '{"type":"offer","roomId":"r","offer":1,"to":1}', 'bad-message', /to/],
    ['an empty to', '{"type":"offer","roomId":"r","offer":1,"to":""}', 'bad-message', /to/],
    ['seq of 0', '{"type":"offer","roomId":"r","offer":1,"seq":0}', 'bad-message', /seq/],
    ['seq beyond whole numbers', '{"type":"offer","roomId":"r","offer":1,"seq":1e300}', 'bad-message', /seq/],
    ['a requestId too long', `{"type":"ping","requestId":"${'x'.repeat(65)}"}`, 'bad-message', /requestId/],
    ['a requestId that is no string', '{"type":"ping","requestId":7}', 'bad-message', /requestId/],
    ['deep nesting', `{"type":"signal","roomId":"r","data":${deep}}`, 'bad-message', /nest/],
    [
      'a __proto__ key',
      '{"type":"signal","roomId":"r","data":{"__proto__":{"x":1}}}',
      'bad-message',
      /__proto__/,
    ],
    ['a __proto__ key on top', '{"type":"ping","__proto__":{"requestId":"x"}}', 'bad-message', /__proto__/],
  ];

  it.each(frames)('%s', async (_what, text, code, names) => {
    const wire = await open();
    wire.sendRaw(text);
    const error = await wire.next('error');
    expect(error).toMatchObject({ type: 'error', code, message: expect.stringMatching(names) });
    expect(JSON.stringify(error)).not.toMatch(/node_modules|at \w+ \(|dynamo|table/i);
    expect(await wire.ask({ type: 'ping' })).toEqual({ type: 'pong' });
    expect(wire.closed).toBeUndefined();
  });

  it('gives the requestId back where it can', async () => {
    const wire = await open();
    const error = await wire.ask({ type: 'register', roomId: '' });
    expect(error).toMatchObject({ type: 'error', code: 'bad-message' });
  });

  it('a message of more than one frame over 32 KB is too large', async () => {
    const wire = await open();
    const half = 'x'.repeat(20 * 1024);
    wire.socket.send(`{"type":"signal","roomId":"r","data":"${half}`, { fin: false });
    wire.socket.send(`${half}"}`, { fin: true });
    expect(await wire.next('error')).toMatchObject({ code: 'too-large' });
    expect(await wire.ask({ type: 'ping' })).toEqual({ type: 'pong' });
  });

  it('disturbs nobody else in the room', async () => {
    const [ann, bob] = [await joined(), await joined()];
    for (const [, text] of frames) ann.wire.sendRaw(text);
    for (let i = 0; i < frames.length; i += 1) await ann.wire.next('error');
    expect(await ann.wire.ask({ type: 'signal', roomId, data: 'still here' })).toEqual({
      type: 'ack',
      delivered: 1,
    });
    await bob.wire.next('signal');
    expect(bob.wire.frames.map(({ type }) => type)).toEqual(['registered', 'signal']);
  });
});

describe('a route that a client names', () => {
  it.each(['$connect', '$disconnect', '$default'])(
    '%s does nothing but what the message says',
    async (action) => {
      const [ann, bob] = [await joined(), await joined()];
      expect(await ann.wire.ask({ type: 'ping', action })).toEqual({ type: 'pong' });
      expect(await ann.wire.ask({ type: 'signal', roomId, data: 1, action })).toEqual({
        type: 'ack',
        delivered: 1,
      });
      await settle(bob.wire);
      expect(bob.wire.all('peer-left')).toEqual([]);
    },
  );
});

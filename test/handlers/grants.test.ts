// What the authorizer of `$connect` said, held to on every message.
import { connectionOf } from '../../lambda/event';
import { type HandlersOnGateway, startHandlers } from '../support/handlers-on-gateway';
import type { Frame, Wire } from '../support/wire';

let service: HandlersOnGateway;

beforeAll(async () => {
  jest.spyOn(process.stdout, 'write').mockReturnValue(true);
  service = await startHandlers({ authorizes: true });
});
afterAll(async () => {
  await service.close();
  jest.restoreAllMocks();
});

const forbidden = (roomId?: string) => ({
  type: 'error',
  code: 'forbidden',
  message: expect.any(String),
  ...(roomId && { roomId }),
});

describe('rooms', () => {
  it('may be entered where they are named, or begin as an entry with `*` does', async () => {
    const wire = await service.open({ rooms: JSON.stringify(['one', 'team-*']) });
    for (const roomId of ['one', 'team-', 'team-a', 'team-a/b']) await wire.join(roomId);
    for (const roomId of ['ones', 'On', 'team', 'a-team-b', '*', 'team*']) {
      expect(await wire.ask({ type: 'register', roomId })).toEqual(forbidden(roomId));
    }
  });

  it('that are not named may not be left or sent to either', async () => {
    const wire = await service.open({ rooms: '["one"]' });
    const relayed = { offer: 1, answer: 1, candidate: 1, candidates: [], data: 1 };
    for (const type of ['leave', 'offer', 'answer', 'ice-candidate', 'ice-candidates', 'signal']) {
      expect(await wire.ask({ type, roomId: 'two', ...relayed })).toEqual(forbidden('two'));
    }
    expect(await wire.ask({ type: 'ping' })).toEqual({ type: 'pong' });
  });

  it('are all open to who has no list of them', async () => {
    const wire = await service.open({ userId: 'ann' });
    expect(await wire.join('any room at all')).not.toHaveProperty('publish');
  });

  it('are closed to a token of one of them', async () => {
    const ann = await service.open({ userId: 'ann' });
    const { resume } = await ann.join('closed');
    const again = await service.open({ userId: 'ann', rooms: '["open"]' });
    expect(await again.ask({ type: 'register', roomId: 'closed', resume })).toEqual(forbidden('closed'));
    expect(await ann.ask({ type: 'signal', roomId: 'closed', data: 1 })).toEqual({
      type: 'ack',
      delivered: 0,
    });
  });
});

describe('a context that cannot be read allows nothing:', () => {
  it.each<Record<string, string>>([
    { rooms: 'lobby' },
    { rooms: '' },
    { rooms: 'null' },
    { rooms: '{"0":"lobby"}' },
    { rooms: '["lobby", 7]' },
    { rooms: '["lobby"' },
    { publish: 'no' },
    { publish: '' },
    { publish: 'TRUE' },
  ])('%p', async (context) => {
    const wire = await service.open(context);
    expect(await wire.ask({ type: 'register', roomId: 'lobby' })).toEqual(forbidden('lobby'));
  });

  it('neither does one whose values are no text', () => {
    const at = (authorizer: object) =>
      connectionOf({
        requestContext: {
          connectionId: 'a',
          connectedAt: 1,
          eventType: 'MESSAGE',
          authorizer: { ...authorizer },
        },
      });
    expect(at({ rooms: ['lobby'] }).grant).toEqual({ rooms: [], publish: false });
    expect(at({ publish: true }).grant).toEqual({ rooms: [], publish: false });
    expect(at({ userId: { name: 'ann' } }).userId).toBeUndefined();
  });
});

it('a signed connection goes by the id of who signed it, which is short where the ARN is not', () => {
  const identity = {
    caller: `AROA${'X'.repeat(17)}:${'s'.repeat(64)}`,
    userArn: `arn:aws:sts::123456789012:assumed-role/${'r'.repeat(64)}/${'s'.repeat(64)}`,
  };
  const requestContext = { connectionId: 'a', connectedAt: 1, eventType: 'CONNECT' as const, identity };
  expect(connectionOf({ requestContext })).toEqual({
    connectionId: 'a',
    connectedAt: 1,
    userId: identity.caller,
    grant: undefined,
  });
});

describe('who may only listen', () => {
  let ann: Wire;
  let listener: Wire;
  let to: string;
  let listenerId: string;
  let rooms = 0;
  let roomId: string;

  beforeEach(async () => {
    roomId = `listen-${(rooms += 1)}`;
    ann = await service.open({ userId: 'ann' });
    to = (await ann.join(roomId)).peerId;
    listener = await service.open({ userId: 'bob', publish: 'false' });
    const registered = await listener.join(roomId);
    expect(registered).toMatchObject({ publish: false });
    listenerId = registered.peerId;
  });

  const sdp = (...lines: string[]) =>
    ['v=0', 'o=- 1 2 IN IP4 127.0.0.1', 's=-', 't=0 0', ...lines, ''].join('\r\n');
  const data = ['m=application 9 UDP/DTLS/SCTP webrtc-datachannel', 'a=mid:2'];
  const video = (...lines: string[]) => ['m=video 9 UDP/TLS/RTP/SAVPF 96', 'a=mid:1', ...lines];
  const answer = (...lines: string[]) => ({ answer: { type: 'answer', sdp: sdp(...lines) } });

  it('is known for it to those there, to those to come, and where it is back', async () => {
    expect(await ann.next('peer-joined')).toMatchObject({ peerId: listenerId, publish: false });
    const cem = await service.open();
    const { peers } = await cem.join(roomId);
    expect(peers).toMatchObject([{ peerId: to }, { peerId: listenerId, publish: false }]);
    expect(peers[0]).not.toHaveProperty('publish');
    expect(await listener.join(roomId)).toMatchObject({ publish: false });
  });

  it.each<[string, Frame]>([
    ['an offer', { type: 'offer', offer: { type: 'offer', sdp: sdp(...data) } }],
    ['a signal with data', { type: 'signal', data: 'hello' }],
    ['a signal with false for data', { type: 'signal', data: false }],
    ['an answer that is an offer', { type: 'answer', answer: { type: 'offer', sdp: sdp(...data) } }],
    ['an answer without a type', { type: 'answer', answer: { sdp: sdp(...data) } }],
    ['an answer whose SDP is no text', { type: 'answer', answer: { type: 'answer', sdp: ['v=0'] } }],
    ['an answer that is a number', { type: 'answer', answer: 7 }],
    ['an answer that sends video', { type: 'answer', ...answer(...video('a=sendrecv')) }],
    ['an answer that only sends', { type: 'answer', ...answer(...video('a=sendonly')) }],
    ['an answer that says nothing of its direction', { type: 'answer', ...answer(...video()) }],
    [
      'an answer that says two things of it',
      { type: 'answer', ...answer(...video('a=recvonly', 'a=sendrecv')) },
    ],
    [
      'an answer that says them in the order of another parser',
      { type: 'answer', ...answer(...video('a=sendrecv', 'a=recvonly')) },
    ],
    [
      'an answer whose second section sends',
      { type: 'answer', ...answer(...video('a=recvonly'), ...data, ...video('a=sendrecv')) },
    ],
    ['an answer whose direction is of the session', { type: 'answer', ...answer('a=recvonly', ...video()) }],
    [
      'an answer with a section of port 0 that is bundled',
      { type: 'answer', ...answer('m=video 0 UDP/TLS/RTP/SAVPF 96', 'a=bundle-only', 'a=sendrecv') },
    ],
    [
      'an answer that hides its direction behind a carriage return',
      { type: 'answer', ...answer(...video('a=recvonly\ra=x')) },
    ],
    [
      'an answer with a blank ahead of a section',
      { type: 'answer', ...answer(' m=video 9 UDP/TLS/RTP/SAVPF 96', 'a=sendrecv') },
    ],
    [
      'an answer of upper case',
      { type: 'answer', ...answer('M=video 9 UDP/TLS/RTP/SAVPF 96', 'a=sendrecv') },
    ],
    ['an answer of bare SDP that sends', { type: 'answer', answer: sdp(...video('a=sendrecv')) }],
  ])('may not send %s', async (_what, frame) => {
    expect(await listener.ask({ ...frame, roomId, to })).toEqual(forbidden(roomId));
    await ann.ask({ type: 'ping' });
    expect(ann.frames.filter(({ from }) => from !== undefined)).toEqual([]);
  });

  it.each<[string, Frame]>([
    ['an answer that receives', { type: 'answer', ...answer(...data, ...video('a=recvonly')) }],
    ['an answer with an inactive section', { type: 'answer', ...answer(...video('a=inactive')) }],
    [
      'an answer with a section that it rejects',
      { type: 'answer', ...answer('m=video 0 UDP/TLS/RTP/SAVPF 96') },
    ],
    [
      'an answer of bare SDP, with plain line ends',
      { type: 'answer', answer: sdp(...data).replaceAll('\r', '') },
    ],
    ['a candidate', { type: 'ice-candidate', candidate: null }],
    ['many candidates', { type: 'ice-candidates', candidates: [null] }],
    ['a signal without data', { type: 'signal', data: null, received: 1 }],
  ])('may send %s to one peer, and not to all', async (_what, frame) => {
    expect(await listener.ask({ ...frame, roomId, to })).toEqual({ type: 'ack', delivered: 1 });
    expect(await ann.next(frame.type)).toEqual({ ...frame, roomId, to, from: listenerId });
    expect(await listener.ask({ ...frame, roomId })).toEqual(forbidden(roomId));
  });

  it('may leave, ask for ICE servers, and hear what others send', async () => {
    await ann.ask({ type: 'offer', roomId, offer: 1, to: listenerId });
    expect(await listener.next('offer')).toMatchObject({ from: to });
    expect(await listener.ask({ type: 'ice-servers' })).toMatchObject({ type: 'ice-servers' });
    expect(await listener.ask({ type: 'leave', roomId })).toEqual({ type: 'left', roomId });
  });
});

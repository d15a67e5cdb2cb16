// Who may only listen, in real calls: it never offers, and is offered to.
import { MediaStream } from '@roamhq/wrtc';
import { Calls, eventually, videoTrack as newTrack } from '../support/calls';
import { type HandlersOnGateway, startHandlers } from '../support/handlers-on-gateway';
import { next } from '../support/next-event';

let service: HandlersOnGateway;
let publishing: Calls;
let listening: Calls;
/** Those of a track that is not stopped keep the process alive. */
const tracks: MediaStreamTrack[] = [];
const videoTrack = () => {
  const track = newTrack();
  tracks.push(track);
  return track;
};

beforeAll(async () => {
  jest.spyOn(process.stdout, 'write').mockReturnValue(true);
  service = await startHandlers({ authorizes: true });
  publishing = new Calls(service.urlFor({ userId: 'ann' }));
  listening = new Calls(service.urlFor({ userId: 'bob', publish: 'false' }));
});
afterEach(async () => {
  for (const track of tracks.splice(0)) track.stop();
  expect([...(await publishing.close()), ...(await listening.close())]).toEqual([]);
});
afterAll(async () => {
  await service.close();
  jest.restoreAllMocks();
});

/** What listeners sent that the service had to refuse. */
const refused = () =>
  listening.ways.flatMap(({ seen }) =>
    seen.filter(({ frame }) => frame.type === 'error').map(({ frame }) => frame),
  );
const sent = () =>
  listening.ways.flatMap(({ seen }) =>
    seen.filter(({ from }) => from === 'client').map(({ frame }) => frame.type),
  );

it.each(['first', 'second'])(
  'gets what others send where it comes %s, and sends nothing itself',
  async (comes) => {
    const track = videoTrack();
    const publish = () => publishing.join(`room-${comes}`, { stream: new MediaStream([track]) });
    const listen = () => listening.join(`room-${comes}`, { stream: new MediaStream([videoTrack()]) });
    const [bob, ann] =
      comes === 'first'
        ? [await listen(), await publish()]
        : await publish().then(async (ann) => [await listen(), ann] as const);
    expect([ann.publish, bob.publish]).toEqual([true, false]);
    const [[annAtBob, received], [bobAtAnn]] = await Promise.all([
      next(bob, 'track'),
      next(ann, 'data-open'),
    ]);
    expect(received.kind).toBe('video');
    expect([annAtBob.publish, bobAtAnn.publish]).toEqual([true, false]);
    const heard = next(bob, 'data');
    bobAtAnn.send('hello');
    expect((await heard)[1]).toBe('hello');
    // A track that comes later is offered by who sends it; one of the listener goes nowhere.
    const came = next(bob, 'track');
    const shared = videoTrack();
    ann.addTrack(shared, new MediaStream([shared]));
    await came;
    bob.addTrack(shared, new MediaStream([shared]));
    await bob.replaceTrack('video', shared);
    for (const { direction } of bobAtAnn.connection.getTransceivers()) expect(direction).not.toBe('stopped');
    expect(bobAtAnn.stream.getTracks().filter(({ muted }: MediaStreamTrack) => !muted)).toEqual([]);
    for (const { sender } of annAtBob.connection.getTransceivers()) expect(sender.track).toBeNull();
    expect(sent()).not.toContain('offer');
    expect(refused()).toEqual([]);
  },
);

it('has another path looked for by asking who offers', async () => {
  const ann = await publishing.join('restart');
  const bob = await listening.join('restart');
  const [bobAtAnn] = await next(ann, 'data-open');
  const former = bobAtAnn.connection.localDescription!.sdp;
  bob.restartIce();
  await eventually(
    () =>
      bobAtAnn.connection.localDescription?.sdp !== former && bobAtAnn.connection.signalingState === 'stable',
  );
  expect(bobAtAnn.state).toBe('connected');
  expect(refused()).toEqual([]);
});

it('two who only listen see one another, and wait for nothing', async () => {
  const [ann, bob] = [await listening.join('two'), await listening.join('two')];
  await eventually(() => ann.peers.size === 1 && bob.peers.size === 1);
  expect(ann.peers.get(bob.peerId)).toMatchObject({ publish: false, state: 'connecting' });
  expect(sent()).toEqual(['register', 'register']);
  expect(refused()).toEqual([]);
});

// Four who are disturbed by nothing: two in a call of real peer connections, and two who talk by the service itself, all
// on the service that is attacked most.
import { Calls } from '../../support/calls';
import { Wire } from '../../support/wire';
import { attacker, BYSTANDERS_ROOM, MARK, mint, TALKERS_ROOM, withToken, type World } from './world';

export interface Bystanders {
  /** Of one in the call, as everybody in its room knows it. */
  peerId: string;
  /** Ends it all; how many messages arrived, and what was wrong. */
  end(): Promise<{ heard: number; wrong: string[] }>;
}

const SAYS_EVERY_MS = 200;

export async function startBystanders({ url, secret }: World): Promise<Bystanders> {
  const rooms = [BYSTANDERS_ROOM, TALKERS_ROOM];
  const token = await mint(secret.tokens, attacker({ sub: 'bystander', rooms, ...inAnHour() }));
  const own = withToken(url.tokens, token);
  const wrong: string[] = [];

  const calls = new Calls(own);
  const { ann, annAtBob } = await calls.pair(BYSTANDERS_ROOM);
  const { frame: joined } = calls.ways[0].seen.find(({ frame }) => frame.type === 'peer-joined')!;
  let heard = 0;
  ann.on('data', () => (heard += 1));
  ann.on('error', (error) => wrong.push(`error: ${error.message}`));
  ann.on('peer-left', (peer, reason) => wrong.push(`${peer.peerId} left: ${reason}`));
  ann.on('peer-joined', (peer) => wrong.push(`${peer.peerId} joined`));
  ann.on('state', (state) => wrong.push(`signaling ${state}`));
  ann.on('peer-state', (peer) => wrong.push(`${peer.peerId} ${peer.state}`));

  const [cyd, dan] = [await Wire.open(own), await Wire.open(own)];
  for (const wire of [cyd, dan]) await wire.join(TALKERS_ROOM);
  let said = 0;
  const acks: Promise<void>[] = [];
  const saying = setInterval(() => {
    said += 1;
    annAtBob.send(String(said));
    const asked = cyd.ask({ type: 'signal', roomId: TALKERS_ROOM, data: said });
    acks.push(
      asked.then(
        ({ type, delivered, ...rest }) => {
          if (type !== 'ack' || delivered !== 1) wrong.push(`no ack: ${JSON.stringify({ type, ...rest })}`);
        },
        (error: Error) => void wrong.push(error.message),
      ),
    );
  }, SAYS_EVERY_MS);

  return {
    peerId: joined.peerId as string,
    async end() {
      clearInterval(saying);
      await Promise.all(acks);
      await arrival(() => heard === said && dan.all('signal').length >= said);
      const numbers = dan.all('signal').map(({ data }) => data as number);
      if (heard !== said) wrong.push(`${heard} of ${said} messages from peer to peer`);
      if (numbers.sort((a, b) => a - b).join() !== Array.from({ length: said }, (_, i) => i + 1).join()) {
        wrong.push(`of ${said} messages by the service these arrived: ${numbers.join()}`);
      }
      const seen = [
        ...calls.ways.flatMap((way) =>
          way.seen.filter(({ from }) => from === 'service').map(({ frame }) => frame),
        ),
        ...cyd.frames,
        ...dan.frames,
      ].map((frame) => JSON.stringify(frame));
      for (const frame of seen) if (frame.includes(MARK)) wrong.push(`saw ${frame.slice(0, 200)}`);
      const told = [...wrong];
      await Promise.all([calls.close(), cyd.close(), dan.close()]);
      return { heard: heard + numbers.length, wrong: told };
    },
  };
}

const inAnHour = () => ({ exp: Math.floor(Date.now() / 1000) + 3600 });

/** Resolves once it holds, or after a while in which it should. */
async function arrival(holds: () => boolean): Promise<void> {
  for (let left = 300; left > 0 && !holds(); left -= 1)
    await new Promise((resolve) => setTimeout(resolve, 20));
}

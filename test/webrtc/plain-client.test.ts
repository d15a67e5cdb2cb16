// Real peer connections (libwebrtc) by way of what `npm start` runs.
import { randomUUID } from 'node:crypto';
import { PlainClient } from '../support/plain-client';
import { type RunningService, runningService } from '../support/running-service';

let service: RunningService;
const clients: PlainClient[] = [];

beforeAll(async () => {
  service = await runningService();
}, 60_000);
afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.close()));
});
afterAll(() => service.stop());

async function start(roomId: string, calls: boolean) {
  const client = await PlainClient.start(service.url, roomId, { calls });
  clients.push(client);
  return client;
}

async function hear(channel: RTCDataChannel): Promise<string> {
  return new Promise((resolve) => (channel.onmessage = ({ data }) => resolve(String(data))));
}

it.each(Array.from({ length: 10 }, (_, i) => i + 1))(
  'a client that knows four messages, and sends register and offer back to back, completes a call (%i)',
  async () => {
    const roomId = randomUUID();
    const callee = await start(roomId, false);
    await callee.registered;
    const caller = await start(roomId, true);
    const [there, here] = await Promise.all([callee.channel, caller.channel]);
    const [heardThere, heardHere] = [hear(there), hear(here)];
    here.send('ring');
    there.send('hello');
    expect(await Promise.all([heardThere, heardHere])).toEqual(['ring', 'hello']);
  },
);

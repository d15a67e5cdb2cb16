// What the integration test runs in an account, here.
import { WebSocket } from 'ws';
import { type RunningService, runningService } from '../support/running-service';

let service: RunningService;
beforeAll(async () => {
  service = await runningService();
}, 90_000);
afterAll(() => service.stop());

test('the caller is told of an offer, and of who disconnects', async () => {
  // Node 20 has none.
  Object.assign(globalThis, { WebSocket });
  process.env.SIGNALING_URL = service.url;
  const { handler } = jest.requireActual('./caller.js');
  expect(JSON.stringify(await handler())).toBe('{"offer":"an offer","reason":"disconnected"}');
});

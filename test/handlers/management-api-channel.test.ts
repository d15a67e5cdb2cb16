// What @connections may answer, as API Gateway answers it (its errors are named by a header).
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { PeerChannel } from '../../lambda/signaling/peer-channel';

let server: Server;
let channel: PeerChannel;
const requests: { method: string; url: string; body: string }[] = [];
let answer: { status: number; errorType?: string } | undefined;

beforeAll(async () => {
  server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      requests.push({ method: request.method!, url: request.url!, body });
      if (!answer) return;
      response.writeHead(answer.status, answer.errorType ? { 'x-amzn-errortype': answer.errorType } : {});
      response.end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  Object.assign(process.env, {
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    CALLBACK_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}/prod`,
  });
  channel = (await import('../../lambda/aws/management-api-channel')).managementApiChannel;
  jest.spyOn(process.stdout, 'write').mockReturnValue(true);
});
afterAll(async () => {
  jest.restoreAllMocks();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});
beforeEach(() => requests.splice(0));

it('a frame goes to the connection, its id escaped', async () => {
  answer = { status: 200 };
  expect(await channel.post('TXzPWdnOjoECGjA=', '{"type":"pong"}')).toBe('delivered');
  const url = '/prod/@connections/TXzPWdnOjoECGjA%3D';
  expect(requests).toEqual([{ method: 'POST', url, body: '{"type":"pong"}' }]);
});

it.each([
  ['410 by name', 410, 'GoneException', 'gone', 1],
  ['410 without a name, as emulators answer', 410, undefined, 'gone', 1],
  ['403', 403, 'ForbiddenException', 'failed', 1],
  ['413', 413, 'PayloadTooLargeException', 'failed', 1],
  ['429', 429, 'LimitExceededException', 'failed', 2],
  ['500', 500, undefined, 'failed', 2],
])('%s', async (_name, status, errorType, posted, attempts) => {
  answer = { status, errorType };
  expect(await channel.post('id', 'x')).toBe(posted);
  expect(requests).toHaveLength(attempts);
});

it.each([
  ['204', 204, undefined, 'closed'],
  ['410', 410, 'GoneException', 'gone'],
  ['403', 403, 'ForbiddenException', 'failed'],
])('a connection is closed: %s', async (_name, status, errorType, closed) => {
  answer = { status, errorType };
  expect(await channel.close('TXzPWdnOjoECGjA=')).toBe(closed);
  expect(requests).toEqual([{ method: 'DELETE', url: '/prod/@connections/TXzPWdnOjoECGjA%3D', body: '' }]);
});

it('what is never answered is given up, after as many attempts', async () => {
  answer = undefined;
  expect(await channel.post('id', 'x')).toBe('failed');
  expect(requests).toHaveLength(2);
});

import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { basename, dirname, join } from 'node:path';
import { servePage } from '../../local/src/page';
import { folderWith } from './temporary-folder';

const parent = folderWith({
  'page/index.html': '<!doctype html><title>page</title>',
  'page/main.js': 'main()',
  'page/fonts/face.woff2': 'font',
  'page/docs/index.html': 'docs',
  'page-of-another/secret.txt': 'secret',
  'secret.txt': 'secret',
});

let server: Server;
beforeAll(async () => {
  server = createServer(servePage(join(parent, 'page'), '/prod'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterAll(() => new Promise((resolve) => server.close(resolve)));

/** The path as it is: fetch() would take the dots out of it. */
function get(path: string, { method = 'GET', headers = {} } = {}) {
  return new Promise<{ status?: number; type?: string; body: string }>((resolve, reject) => {
    const { port } = server.address() as AddressInfo;
    const outgoing = request({ host: '127.0.0.1', port, path, method, headers, agent: false }, (response) => {
      let body = '';
      response.on('data', (chunk: Buffer) => (body += chunk.toString()));
      response.on('end', () =>
        resolve({ status: response.statusCode, type: response.headers['content-type'], body }),
      );
    });
    outgoing.on('error', reject).end();
  });
}

it.each([
  ['/', 'text/html; charset=utf-8', '<!doctype html><title>page</title>'],
  ['/?room=blue', 'text/html; charset=utf-8', '<!doctype html><title>page</title>'],
  ['/docs/', 'text/html; charset=utf-8', 'docs'],
  ['/main.js', 'text/javascript; charset=utf-8', 'main()'],
  ['/%6dain.js', 'text/javascript; charset=utf-8', 'main()'],
  ['/fonts/face.woff2', 'application/octet-stream', 'font'],
])('answers %s with its file', async (path, type, body) => {
  expect(await get(path)).toEqual({ status: 200, type, body });
});

it.each([
  '/nothing.html',
  '/docs',
  '/fonts/',
  '/../secret.txt',
  '/..%2fsecret.txt',
  '/%2e%2e/secret.txt',
  '/..%5csecret.txt',
  '/docs/../../secret.txt',
  '/../page-of-another/secret.txt',
  `//${basename(dirname(parent))}/secret.txt`,
  '/main.js%00.html',
  '/%',
])('answers %s with 404', async (path) => {
  expect(await get(path)).toEqual({ status: 404, type: 'text/plain; charset=utf-8', body: 'not found\n' });
});

it('answers HEAD without the file, and no other method', async () => {
  expect(await get('/main.js', { method: 'HEAD' })).toMatchObject({ status: 200, body: '' });
  expect(await get('/main.js', { method: 'POST' })).toMatchObject({ status: 405 });
});

it.each([
  ['by the name that the browser uses', { host: 'laptop.example:8787' }, 'ws://laptop.example:8787/prod'],
  [
    'by TLS where a tunnel says that the browser does',
    { host: 'tunnel.example', 'x-forwarded-proto': 'https' },
    'wss://tunnel.example/prod',
  ],
])('config.json has the signaling URL %s', async (_, headers, url) => {
  const { status, type, body } = await get('/config.json', { headers });
  expect({ status, type, config: JSON.parse(body) }).toEqual({
    status: 200,
    type: 'application/json; charset=utf-8',
    config: { url },
  });
});

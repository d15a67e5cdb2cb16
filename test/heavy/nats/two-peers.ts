// Two peers, each in a process of its own, wherever that runs. A network namespace has no way to a service on this
// machine's loopback: a Unix socket is one.
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import type { PeerOptions, Report } from './peer';

export type TwoPeersOptions = Omit<PeerOptions, 'socket' | 'room'> & {
  /** What to run each by. */
  by: [string[], string[]];
};

export async function twoPeers({ by, ...options }: TwoPeersOptions): Promise<[Report, Report]> {
  const way = await openWay(new URL(options.url));
  const ends: (() => Promise<void>)[] = [];
  const report = async (prefix: string[]): Promise<Report> => {
    const [command, ...args] = [
      ...prefix,
      ...[process.execPath, '--import', 'tsx', join(__dirname, 'peer.ts')],
      JSON.stringify({ ...options, socket: way.socket, room }),
    ];
    const child = spawn(command, args, {
      cwd: resolve(__dirname, '../../..'),
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const exited = once(child, 'exit');
    ends.push(async () => {
      child.stdin.end();
      await exited;
    });
    for await (const line of createInterface(child.stdout)) return JSON.parse(line) as Report;
    throw new Error('a peer ended without a report');
  };
  const room = randomUUID();
  try {
    return await Promise.all([report(by[0]), report(by[1])]);
  } finally {
    await Promise.all(ends.map((end) => end()));
    await way.close();
  }
}

async function openWay({ hostname, port }: URL): Promise<{ socket: string; close(): Promise<void> }> {
  const folder = mkdtempSync(join(tmpdir(), 'way-'));
  const socket = join(folder, 'socket');
  const sockets = new Set<Socket>();
  const server = createServer((here) => {
    const there = connect(Number(port), hostname);
    for (const [one, other] of [
      [here, there],
      [there, here],
    ]) {
      sockets.add(one);
      one.pipe(other);
      one.on('error', () => other.destroy());
      one.on('close', () => sockets.delete(one));
    }
  });
  server.listen(socket);
  await once(server, 'listening');
  return {
    socket,
    async close() {
      const closed = once(server, 'close');
      server.close();
      for (const each of sockets) each.destroy();
      await closed;
      rmSync(folder, { recursive: true });
    },
  };
}

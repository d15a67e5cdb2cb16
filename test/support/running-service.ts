// The service to test against: the one at SIGNALING_URL, or what `npm start` runs.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';

export interface RunningService {
  /** `ws://…/prod` */
  url: string;
  /** `http://…/`, the demo page. */
  pageUrl?: string;
  stop(): Promise<void>;
}

/** @param args for `npm start` */
export async function runningService(...args: string[]): Promise<RunningService> {
  const given = process.env.SIGNALING_URL;
  if (given) return { url: given, stop: async () => undefined };

  // Not by npm, which would bundle the handlers anew under the feet of other suites.
  const child = spawn(process.execPath, ['--import', 'tsx', 'bin/start.ts', '--port', '0', ...args], {
    cwd: resolve(__dirname, '../..'),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [url, pageUrl] = await printed(child, [/ws:\/\/\S+/, /http:\/\/\S+/]);
  return {
    url,
    pageUrl,
    async stop() {
      const exited = once(child, 'exit');
      child.kill('SIGTERM');
      await exited;
    },
  };
}

/** The first match of each pattern in what the process prints. */
async function printed(child: ChildProcess, patterns: RegExp[]): Promise<string[]> {
  let output = '';
  return new Promise((resolve, reject) => {
    const look = (chunk: Buffer) => {
      output += chunk.toString();
      const found = patterns.map((pattern) => pattern.exec(output)?.[0]);
      if (found.every((match) => match !== undefined)) resolve(found);
    };
    child.stdout!.on('data', look);
    child.stderr!.on('data', look);
    child.once('exit', (code) => reject(new Error(`exited with ${code} before it was ready:\n${output}`)));
  });
}

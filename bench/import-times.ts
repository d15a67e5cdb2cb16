// How long Node takes to import a bundle beyond an empty process. Processes take their turns with an empty one, and the
// least of the runs counts. What is compared is processor time (of every thread, the system's part included): on a busy
// machine the time by the clock holds waiting for a processor, too.
import { execFileSync } from 'node:child_process';
import { resolve } from 'node:path';

export interface ImportTimes {
  /** Processor time above an empty process, in milliseconds. */
  readonly processor: number;
  /** Time by the clock above an empty process, in milliseconds. */
  readonly clock: number;
}

const TELL =
  'process.on("exit", () => { const { user, system } = process.cpuUsage(); require("fs").writeSync(1, `${user + system}`); });';

export const bundleOf = (handler: string) => resolve('lambda/dist', handler, 'index.js');

export function importTimes<Handler extends string>(
  handlers: readonly Handler[],
  runs: number,
  env: NodeJS.ProcessEnv,
): Record<Handler, ImportTimes> {
  const empty = { processor: Infinity, clock: Infinity };
  const least = handlers.map((handler) => ({ handler, processor: Infinity, clock: Infinity }));
  const programs = [
    { code: TELL, times: empty },
    ...least.map((times) => ({
      code: `${TELL} require(${JSON.stringify(bundleOf(times.handler))})`,
      times,
    })),
  ];
  for (let run = 0; run < runs; run += 1) {
    for (const { code, times } of programs) {
      const { processor, clock } = startNode(code, env);
      times.processor = Math.min(times.processor, processor);
      times.clock = Math.min(times.clock, clock);
    }
  }
  const above = ({ handler, processor, clock }: (typeof least)[number]) => [
    handler,
    {
      processor: +(processor - empty.processor).toFixed(1),
      clock: +(clock - empty.clock).toFixed(1),
    },
  ];
  return Object.fromEntries(least.map(above)) as Record<Handler, ImportTimes>;
}

function startNode(code: string, env: NodeJS.ProcessEnv): ImportTimes {
  const before = process.hrtime.bigint();
  const output = execFileSync(process.execPath, ['-e', code], {
    env,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const clock = Number(process.hrtime.bigint() - before) / 1e6;
  // A bundle that writes as it is imported does not change the number, which is the last line.
  const processor = Number(/\d+$/.exec(output)![0]) / 1000;
  return { processor, clock };
}

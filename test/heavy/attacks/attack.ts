import type { Bystanders } from './bystanders';
import type { World } from './world';
import { knock, type ServiceName } from './world';

/** What came of it where it got through, in words; undefined where it did not. */
export type Outcome = Promise<string | undefined>;

export interface Attack {
  name: string;
  run(world: World, bystanders: Bystanders): Outcome;
}

/** Handshakes that must be refused with just this status. */
export function refused(
  status: number,
  service: ServiceName,
  cases: Record<string, (world: World) => Promise<Parameters<typeof knock>> | Parameters<typeof knock>>,
): Attack[] {
  return Object.entries(cases).map(([name, make]) => ({
    name,
    async run(world) {
      const came = await knock(...(await make(world)));
      return came === status ? undefined : `expected ${status} of ${service}, came ${came}`;
    },
  }));
}

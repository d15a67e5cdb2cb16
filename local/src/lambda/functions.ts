// Lambda: each function in execution environments of its own, one event at a time each, more of them as more events
// come at once. That is what shows a race here, as it does on AWS.
import type { Clock, FunctionModel, Invocation, Invoke } from '../model';
import { ExecutionEnvironment, type FunctionLogLine } from './execution-environment';

/** Of one function, on a laptop; further events wait. */
const MOST_ENVIRONMENTS = 32;

/** Lambda keeps one for minutes, without a promise. */
const IDLE_MS = 5 * 60_000;

export interface FunctionsOptions {
  functions: FunctionModel[];
  /** What the template says, with what the runner puts in its place; and the credentials of its role. */
  variablesOf: (model: FunctionModel) => Record<string, string>;
  clock: Clock;
  /** For each environment anew. */
  logOf: (model: FunctionModel) => (line: FunctionLogLine) => void;
}

export interface Functions {
  invoke: Invoke;
  close(): Promise<void>;
}

export function startFunctions({ functions, variablesOf, clock, logOf }: FunctionsOptions): Functions {
  const pools = new Map(
    functions.map((model) => {
      const make: Make = (ended) => new ExecutionEnvironment(model, variablesOf(model), logOf(model), ended);
      const most = Math.min(MOST_ENVIRONMENTS, model.reservedConcurrency ?? Infinity);
      return [model.functionId, new Pool(make, most, clock)];
    }),
  );
  return {
    invoke: (functionId, event) => {
      const pool = pools.get(functionId);
      if (!pool) throw new Error(`no function ${functionId}`);
      return pool.run(event);
    },
    close: async () => {
      await Promise.all([...pools.values()].map((pool) => pool.close()));
    },
  };
}

type Make = (ended: () => void) => ExecutionEnvironment;
type Take = { resolve: (environment: ExecutionEnvironment) => void; reject: (error: Error) => void };

class Pool {
  private readonly all = new Set<ExecutionEnvironment>();
  /** Each with what keeps it from being ended for its idleness. */
  private readonly idle = new Map<ExecutionEnvironment, () => void>();
  private readonly waiting: Take[] = [];
  private closed = false;

  constructor(
    private readonly make: Make,
    private readonly most: number,
    private readonly clock: Clock,
  ) {}

  async run(event: unknown): Promise<Invocation> {
    const environment = await this.take();
    const invocation = await environment.run(event);
    // One that died is replaced when it is gone.
    if (environment.isAlive) this.giveBack(environment);
    return invocation;
  }

  async close(): Promise<void> {
    this.closed = true;
    for (const { reject } of this.waiting.splice(0)) reject(stopping());
    for (const stopWaiting of this.idle.values()) stopWaiting();
    await Promise.all([...this.all].map((environment) => environment.end()));
  }

  private async take(): Promise<ExecutionEnvironment> {
    if (this.closed) throw stopping();
    // The one used last is the warmest.
    const warm = [...this.idle.keys()].at(-1);
    if (warm) {
      this.idle.get(warm)!();
      this.idle.delete(warm);
      return warm;
    }
    if (this.all.size < this.most) return this.add();
    return new Promise((resolve, reject) => this.waiting.push({ resolve, reject }));
  }

  private giveBack(environment: ExecutionEnvironment) {
    const next = this.waiting.shift();
    if (next) next.resolve(environment);
    else
      this.idle.set(
        environment,
        this.clock.after(IDLE_MS, () => void environment.end()),
      );
  }

  private add(): ExecutionEnvironment {
    const environment = this.make(() => {
      this.all.delete(environment);
      this.idle.get(environment)?.();
      this.idle.delete(environment);
      // Whoever waits for this one gets another.
      if (!this.closed) this.waiting.shift()?.resolve(this.add());
    });
    this.all.add(environment);
    return environment;
  }
}

function stopping() {
  return new Error('the runner is stopping');
}

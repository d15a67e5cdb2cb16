// Lambda: each function in execution environments of its own, one event at a time each, more of them as more events
// come at once. That is what shows a race here, as it does on AWS.
import type { FunctionModel, Invocation, Invoke } from '../model';
import { ExecutionEnvironment, type FunctionLogLine } from './execution-environment';

/** Of one function, on a laptop; further events wait. */
const MOST_ENVIRONMENTS = 32;

export interface FunctionsOptions {
  functions: FunctionModel[];
  /** What the template says, with what the runner puts in its place. */
  environmentOf(model: FunctionModel): Record<string, string>;
  log(line: FunctionLogLine): void;
}

export interface Functions {
  invoke: Invoke;
  close(): Promise<void>;
}

export function startFunctions(options: FunctionsOptions): Functions {
  const pools = new Map(
    options.functions.map((model) => [
      model.functionId,
      new Pool(
        () => new ExecutionEnvironment(model, options.environmentOf(model), (line) => options.log(line)),
      ),
    ]),
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

class Pool {
  private readonly idle: ExecutionEnvironment[] = [];
  private readonly all = new Set<ExecutionEnvironment>();
  private readonly waiting: ((environment: ExecutionEnvironment) => void)[] = [];

  constructor(private readonly make: () => ExecutionEnvironment) {}

  async run(event: unknown): Promise<Invocation> {
    const environment = await this.take();
    try {
      return await environment.run(event);
    } finally {
      this.giveBack(environment);
    }
  }

  async close(): Promise<void> {
    await Promise.all([...this.all].map((environment) => environment.end()));
  }

  private async take(): Promise<ExecutionEnvironment> {
    for (;;) {
      // The one used last is the warmest.
      const environment = this.idle.pop();
      if (environment?.isAlive) return environment;
      if (environment) this.all.delete(environment);
      else break;
    }
    if (this.all.size >= MOST_ENVIRONMENTS) return new Promise((resolve) => this.waiting.push(resolve));
    return this.add();
  }

  private giveBack(environment: ExecutionEnvironment) {
    const next = this.waiting.shift();
    if (environment.isAlive) {
      if (next) next(environment);
      else this.idle.push(environment);
      return;
    }
    this.all.delete(environment);
    if (next) next(this.add());
  }

  private add(): ExecutionEnvironment {
    const environment = this.make();
    this.all.add(environment);
    return environment;
  }
}

import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Worker } from 'node:worker_threads';
import { REGION } from '../gateway/aws-names';
import type { FunctionModel, Invocation } from '../model';

/** A line that a function wrote to its log. */
export interface FunctionLogLine {
  functionId: string;
  text: string;
}

/** The file beside this one; in the published package, beside the bundle. */
const WORKER = join(__dirname, 'worker.cjs');

/** Runs one function, one event at a time, until it is ended or dies. */
export class ExecutionEnvironment {
  private readonly worker: Worker;
  private settle?: (invocation: Invocation) => void;
  private dead = false;

  constructor(
    private readonly model: FunctionModel,
    environment: Record<string, string>,
    log: (line: FunctionLogLine) => void,
  ) {
    const { functionId, functionName, codeDir, handler, memoryMb } = model;
    this.worker = new Worker(WORKER, {
      workerData: { codeDir, handler, functionName, memoryMb },
      // Nothing of the runner's own environment, nor of its command line.
      env: {
        AWS_REGION: REGION,
        AWS_DEFAULT_REGION: REGION,
        AWS_ACCESS_KEY_ID: 'local',
        AWS_SECRET_ACCESS_KEY: 'local',
        AWS_LAMBDA_FUNCTION_NAME: functionName,
        AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(memoryMb),
        // The SDK's word on the age of the local Node.js says nothing of the deployed one.
        AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
        ...environment,
      },
      execArgv: [],
      stdout: true,
      stderr: true,
    });
    for (const stream of [this.worker.stdout, this.worker.stderr]) {
      createInterface({ input: stream }).on('line', (text) => log({ functionId, text }));
    }
    this.worker.on('message', (message: Invocation) =>
      this.finish(
        message.outcome === 'returned'
          ? { outcome: 'returned', payload: JSON.parse(message.payload as string) }
          : message,
      ),
    );
    this.worker.on('error', (error: Error) => {
      this.dead = true;
      this.finish({ outcome: 'threw', errorType: error.name, errorMessage: error.message });
    });
    this.worker.on('exit', (code) => {
      this.dead = true;
      this.finish({
        outcome: 'threw',
        errorType: 'Runtime.ExitError',
        errorMessage: `the function ended its process with ${code}`,
      });
    });
  }

  get isAlive(): boolean {
    return !this.dead;
  }

  async run(event: unknown): Promise<Invocation> {
    const { timeoutMs } = this.model;
    const finished = new Promise<Invocation>((resolve) => (this.settle = resolve));
    this.worker.postMessage({ event, requestId: randomUUID(), deadline: Date.now() + timeoutMs });
    const timer = setTimeout(() => {
      this.finish({ outcome: 'timed-out' });
      void this.end();
    }, timeoutMs);
    try {
      return await finished;
    } finally {
      clearTimeout(timer);
    }
  }

  async end(): Promise<void> {
    this.dead = true;
    await this.worker.terminate();
  }

  private finish(invocation: Invocation) {
    this.settle?.(invocation);
    this.settle = undefined;
  }
}

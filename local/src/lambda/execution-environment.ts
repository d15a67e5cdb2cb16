import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Worker } from 'node:worker_threads';
import { ACCOUNT_ID, REGION } from '../gateway/aws-names';
import type { FunctionModel, Invocation } from '../model';
import { runtimeVariables } from './environment-variables';

/** A line that a function wrote to its log. */
export interface FunctionLogLine {
  functionId: string;
  text: string;
}

/** The file beside this one; in the published package, beside the bundle. */
const WORKER = join(__dirname, 'worker.cjs');

/** Loading the code does not count towards the function's time-out; Lambda allows it as much. */
const LOADING_TIMEOUT_MS = 10_000;

type Failure = { errorType: string; errorMessage: string; stack?: string };
type WorkerMessage =
  | { type: 'ready' }
  | { type: 'returned'; payload: string }
  | ({ type: 'threw' | 'failed to load' } & Failure);

/** Runs one function, one event at a time, until it is ended or dies; on Lambda too a new one follows then. */
export class ExecutionEnvironment {
  private readonly worker: Worker;
  private readonly ready: Promise<void>;
  private becomeReady!: () => void;
  private settle?: (invocation: Invocation) => void;
  private endedWith?: Invocation;

  /** @param ended called once, as soon as the environment takes no event any more */
  constructor(
    private readonly model: FunctionModel,
    variables: Record<string, string>,
    private readonly log: (line: FunctionLogLine) => void,
    private readonly ended: () => void,
  ) {
    const { code, functionId, handler, memoryMb } = model;
    this.ready = new Promise((resolve) => (this.becomeReady = resolve));
    this.worker = new Worker(WORKER, {
      workerData: { code, handler },
      // Nothing of the runner's own environment, nor of its command line.
      env: { ...runtimeVariables(model), ...variables },
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: memoryMb },
      stdout: true,
      stderr: true,
    });
    for (const stream of [this.worker.stdout, this.worker.stderr]) {
      createInterface({ input: stream }).on('line', (text) => log({ functionId, text }));
    }
    this.worker.on('message', (message: WorkerMessage) => this.receive(message));
    // Thrown outside of the handler's own promise, or out of memory.
    this.worker.on('error', (error: unknown) => {
      const { name = typeof error, message = String(error), stack } = Object(error) as Partial<Error>;
      this.die(this.failed({ errorType: name, errorMessage: message, stack }));
    });
    this.worker.on('exit', (code) =>
      this.die(
        this.failed({ errorType: 'Runtime.ExitError', errorMessage: `the function exited with ${code}` }),
      ),
    );
  }

  get isAlive(): boolean {
    return this.endedWith === undefined;
  }

  async run(event: unknown): Promise<Invocation> {
    if (this.endedWith) return this.endedWith;
    const finished = new Promise<Invocation>((resolve) => (this.settle = resolve));
    const stopLoading = this.endAfter(LOADING_TIMEOUT_MS);
    await Promise.race([this.ready, finished]);
    stopLoading();
    if (!this.isAlive) return finished;

    const { timeoutMs } = this.model;
    const stopRunning = this.endAfter(timeoutMs);
    // As JSON, which is all that Lambda hands on: what is undefined here is absent there.
    this.worker.postMessage({ event: JSON.stringify(event), context: this.context(Date.now() + timeoutMs) });
    try {
      return await finished;
    } finally {
      stopRunning();
    }
  }

  async end(): Promise<void> {
    await this.endWith(
      this.failed({ errorType: 'Runtime.Ended', errorMessage: 'the runner ended the function' }),
    );
  }

  private receive(message: WorkerMessage) {
    switch (message.type) {
      case 'ready':
        return this.becomeReady();
      case 'returned':
        return this.finish({ outcome: 'returned', payload: JSON.parse(message.payload) });
      case 'threw':
        return this.finish(this.failed(message));
      case 'failed to load':
        return void this.endWith(this.failed(message));
    }
  }

  private endAfter(ms: number): () => void {
    const timer = setTimeout(() => void this.endWith({ outcome: 'timed-out' }), ms);
    return () => clearTimeout(timer);
  }

  private async endWith(invocation: Invocation): Promise<void> {
    this.die(invocation);
    await this.worker.terminate();
  }

  private die(invocation: Invocation) {
    if (this.endedWith) return;
    this.endedWith = invocation;
    this.finish(invocation);
    this.ended();
  }

  private finish(invocation: Invocation) {
    this.settle?.(invocation);
    this.settle = undefined;
  }

  /** What is JSON of the handler's second argument. */
  private context(deadline: number) {
    const { functionName, memoryMb } = this.model;
    return {
      awsRequestId: randomUUID(),
      callbackWaitsForEmptyEventLoop: true,
      deadline,
      functionName,
      functionVersion: '$LATEST',
      invokedFunctionArn: `arn:aws:lambda:${REGION}:${ACCOUNT_ID}:function:${functionName}`,
      memoryLimitInMB: String(memoryMb),
    };
  }

  /** Lambda too writes what was thrown to the function's log. */
  private failed({ errorType, errorMessage, stack }: Failure): Invocation {
    for (const text of stack?.split('\n') ?? []) this.log({ functionId: this.model.functionId, text });
    return { outcome: 'threw', errorType, errorMessage };
  }
}

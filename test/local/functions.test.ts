// The functions in their execution environments: what AWS documents for Lambda, on worker threads.
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { systemClock } from '../../local/src/clock';
import type { FunctionLogLine } from '../../local/src/lambda/execution-environment';
import { type Functions, startFunctions } from '../../local/src/lambda/functions';
import type { Clock, FunctionModel, Invocation } from '../../local/src/model';
import { ManualClock } from '../support/manual-clock';
import { folderWith } from './temporary-folder';

interface Played {
  invoke: (event?: unknown) => Promise<Invocation>;
  log: FunctionLogLine[];
  close: () => Promise<void>;
}

const running: Functions[] = [];

/** One function, of this source or of this model. */
function play(source: string, model: Partial<FunctionModel> = {}, clock: Clock = systemClock): Played {
  const log: FunctionLogLine[] = [];
  const functions = startFunctions({
    functions: [
      {
        functionId: 'Fn',
        functionName: 'fn',
        code: { source },
        handler: 'index.handler',
        runtime: 'nodejs24.x',
        environment: {},
        timeoutMs: 15_000,
        memoryMb: 128,
        ...model,
      },
    ],
    variablesOf: ({ environment }) => environment,
    clock,
    logOf: () => (line) => log.push(line),
  });
  running.push(functions);
  return { invoke: (event = {}) => functions.invoke('Fn', event), log, close: () => functions.close() };
}

afterEach(async () => {
  await Promise.all(running.splice(0).map((functions) => functions.close()));
});

/** Where handlers wait for one another, or for the test. */
class Rendezvous {
  private readonly waiting: ServerResponse[] = [];
  private wake = () => {};

  private constructor(private readonly server: Server) {
    server.on('request', (_, response: ServerResponse) => {
      this.waiting.push(response);
      this.wake();
    });
  }

  static async open(): Promise<Rendezvous> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new Rendezvous(server);
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async arrived(count: number): Promise<void> {
    while (this.waiting.length < count) await new Promise<void>((resolve) => (this.wake = resolve));
  }

  letGo(count: number): void {
    for (const response of this.waiting.splice(0, count)) response.end();
  }

  async close(): Promise<void> {
    this.letGo(Infinity);
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

let rendezvous: Rendezvous;
beforeAll(async () => {
  rendezvous = await Rendezvous.open();
});
afterAll(() => rendezvous.close());

/** Says which environment it is in, and how many events that has had, after it was let go. */
const MEETING = `
  const id = require('node:crypto').randomUUID();
  let events = 0;
  exports.handler = async ({ url }) => {
    events += 1;
    if (url) await fetch(url);
    return { id, events };
  };`;

type Visit = { id: string; events: number };

function returned<T>(invocation: Invocation): T {
  if (invocation.outcome !== 'returned') throw new Error(JSON.stringify(invocation));
  return invocation.payload as T;
}

describe('environments', () => {
  it('one serves events that come one after the other', async () => {
    const { invoke } = play(MEETING);
    const first = returned<Visit>(await invoke());
    const second = returned<Visit>(await invoke());
    expect(second).toEqual({ id: first.id, events: 2 });
  });

  it('two serve two events that come at once, and either serves again', async () => {
    const { invoke } = play(MEETING);
    const both = [invoke({ url: rendezvous.url }), invoke({ url: rendezvous.url })];
    await rendezvous.arrived(2);
    rendezvous.letGo(2);
    const [a, b] = (await Promise.all(both)).map(returned<Visit>);
    expect(a.id).not.toBe(b.id);
    const next = returned<Visit>(await invoke());
    expect([a.id, b.id]).toContain(next.id);
    expect(next.events).toBe(2);
  });

  it('no more than are reserved for the function; what comes beyond waits its turn', async () => {
    const { invoke } = play(MEETING, { reservedConcurrency: 2 });
    const all = [1, 2, 3].map(() => invoke({ url: rendezvous.url }));
    await rendezvous.arrived(2);
    rendezvous.letGo(1);
    await rendezvous.arrived(2);
    rendezvous.letGo(2);
    const visits = (await Promise.all(all)).map(returned<Visit>);
    expect(new Set(visits.map(({ id }) => id)).size).toBe(2);
    expect(visits.map(({ events }) => events).sort()).toEqual([1, 1, 2]);
  });

  it('one that was idle for minutes is ended', async () => {
    const clock = new ManualClock();
    const { invoke } = play(MEETING, {}, clock);
    const first = returned<Visit>(await invoke());
    clock.advance(299_999);
    const second = returned<Visit>(await invoke());
    clock.advance(300_000);
    const third = returned<Visit>(await invoke());
    expect(second.id).toBe(first.id);
    expect(third.id).not.toBe(first.id);
  });

  it('one that died under an event is replaced for the event that waits for it', async () => {
    const { invoke } = play('exports.handler = async ({ die }) => die ? process.exit(7) : "alive";', {
      reservedConcurrency: 1,
    });
    expect(await Promise.all([invoke({ die: true }), invoke()])).toEqual([
      { outcome: 'threw', errorType: 'Runtime.ExitError', errorMessage: 'the function exited with 7' },
      { outcome: 'returned', payload: 'alive' },
    ]);
  });

  it('none is started any more once the functions are closed', async () => {
    const { invoke, close } = play(MEETING, { reservedConcurrency: 1 });
    const first = invoke({ url: rendezvous.url });
    const waiting = expect(invoke()).rejects.toThrow('the runner is stopping');
    await rendezvous.arrived(1);
    await close();
    rendezvous.letGo(1);
    await waiting;
    expect(await first).toMatchObject({ outcome: 'threw', errorType: 'Runtime.Ended' });
    await expect(invoke()).rejects.toThrow('the runner is stopping');
  });
});

describe('outcomes', () => {
  it.each<[string, string, unknown]>([
    [
      'what the handler returns, as JSON',
      '({ a: 1, b: undefined, c: new Date(0) })',
      { a: 1, c: '1970-01-01T00:00:00.000Z' },
    ],
    ['null where it returns nothing', 'undefined', null],
  ])('returned: %s', async (_, value, payload) => {
    const { invoke } = play(`exports.handler = async () => ${value};`);
    expect(await invoke()).toEqual({ outcome: 'returned', payload });
  });

  it('threw: the environment lives on, and the trace is in the log', async () => {
    const { invoke, log } = play(`
      let events = 0;
      exports.handler = async ({ fail }) => {
        events += 1;
        if (fail) throw new RangeError('too far');
        return events;
      };`);
    expect(await invoke({ fail: true })).toEqual({
      outcome: 'threw',
      errorType: 'RangeError',
      errorMessage: 'too far',
    });
    expect(await invoke({})).toEqual({ outcome: 'returned', payload: 2 });
    expect(log[0]).toEqual({ functionId: 'Fn', text: 'RangeError: too far' });
    expect(log[1].text).toMatch(/^ +at .*handler/);
  });

  it.each<[string, string, Partial<Invocation>]>([
    ['a text', "throw 'no error';", { errorType: 'string', errorMessage: 'no error' }],
    ['what has no JSON', 'return 1n;', { errorType: 'TypeError' }],
  ])('threw: %s', async (_, body, expected) => {
    const { invoke } = play(`exports.handler = async () => { ${body} };`);
    expect(await invoke()).toMatchObject({ outcome: 'threw', ...expected });
  });

  it.each<[string, string, Partial<Invocation>]>([
    [
      'a rejection that nobody handles',
      "Promise.reject(new Error('lost')); await new Promise(() => {});",
      { errorType: 'Error', errorMessage: 'lost' },
    ],
    [
      'what is thrown in a callback',
      "setImmediate(() => { throw new Error('late'); }); await new Promise(() => {});",
      { errorType: 'Error', errorMessage: 'late' },
    ],
    ['the end of the process', 'process.exit(3);', { errorType: 'Runtime.ExitError' }],
    [
      'more memory than the function has',
      'const all = []; for (;;) all.push(new Array(1e5).fill({}));',
      { errorMessage: expect.stringContaining('memory') },
    ],
  ])('threw, and the environment is replaced: %s', async (_, body, expected) => {
    const { invoke } = play(
      `let events = 0; exports.handler = async ({ fail }) => { events += 1; if (fail) { ${body} } return events; };`,
      { memoryMb: 32 },
    );
    await invoke({});
    expect(await invoke({ fail: true })).toMatchObject({ outcome: 'threw', ...expected });
    expect(await invoke({})).toEqual({ outcome: 'returned', payload: 1 });
  });

  it.each([
    ['waits for ever', 'await new Promise(() => {});'],
    ['never gives way', 'for (;;);'],
  ])('timed-out, and the environment is replaced, where the handler %s', async (_, body) => {
    const { invoke } = play(
      `let events = 0; exports.handler = async ({ fail }) => { events += 1; if (fail) { ${body} } return events; };`,
      { timeoutMs: 1_000 },
    );
    await invoke({});
    expect(await invoke({ fail: true })).toEqual({ outcome: 'timed-out' });
    expect(await invoke({})).toEqual({ outcome: 'returned', payload: 1 });
  });
});

describe('code', () => {
  const asks = (path: string) => `exports.${path} = async () => __filename;`;

  it.each([
    ['a file', 'index.handler', { 'index.js': asks('handler') }],
    ['a file in a folder', 'src/index.handler', { 'src/index.js': asks('handler') }],
    [
      'a member of an export',
      'index.api.connect',
      { 'index.js': `exports.api = {}; ${asks('api.connect')}` },
    ],
    [
      '.cjs in a package of modules',
      'index.handler',
      { 'index.cjs': asks('handler'), 'package.json': { type: 'module' } },
    ],
    ['.mjs', 'index.handler', { 'index.mjs': 'export const handler = async () => import.meta.url;' }],
    [
      'a module',
      'index.handler',
      {
        'index.js': 'export const handler = async () => import.meta.url;',
        'package.json': { type: 'module' },
      },
    ],
  ])('is loaded: %s', async (_, handler, files: Record<string, string | object>) => {
    const folder = folderWith(files);
    const { invoke } = play('', { handler, code: { folder } });
    expect(returned(await invoke())).toContain(folder);
  });

  it.each([
    ['without the file', 'main.handler', 'there is no main.js, .mjs or .cjs in FOLDER'],
    ['without the export', 'index.other', 'index.other is not a function that the code exports'],
    [
      'that takes a callback',
      'index.callback',
      'index.callback takes a callback: expected a handler that returns a promise',
    ],
    ['that throws as it is loaded', 'broken.handler', 'no configuration'],
    ['that lacks a package', 'lacking.handler', /^Cannot find module 'no-such-package'/],
  ])('%s is told to every event', async (_, handler, message) => {
    const folder = folderWith({
      'index.js':
        'exports.handler = async () => 1; exports.callback = (event, context, callback) => callback();',
      'broken.js': "throw new Error('no configuration');",
      'lacking.js': "require('no-such-package');",
    });
    const { invoke } = play('', { handler, code: { folder } });
    const errorMessage =
      typeof message === 'string' ? message.replace('FOLDER', folder) : expect.stringMatching(message);
    const failed = { outcome: 'threw', errorType: 'Error', errorMessage };
    expect(await invoke()).toEqual(failed);
    expect(await invoke()).toEqual(failed);
  });
});

describe('what a handler finds', () => {
  it('the variables of the template and of Lambda, none of the runner', async () => {
    process.env.OF_THE_RUNNER = 'secret';
    const { invoke } = play('exports.handler = async () => process.env;', {
      environment: { ROOMS_TABLE: 'rooms', AWS_ENDPOINT_URL_DYNAMODB: 'http://127.0.0.1:1' },
    });
    const variables = returned<Record<string, string>>(await invoke());
    expect(variables).toMatchObject({
      ROOMS_TABLE: 'rooms',
      AWS_ENDPOINT_URL_DYNAMODB: 'http://127.0.0.1:1',
      AWS_REGION: 'us-east-1',
      AWS_LAMBDA_FUNCTION_NAME: 'fn',
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '128',
      AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
    });
    expect(variables).not.toHaveProperty('OF_THE_RUNNER');
    delete process.env.OF_THE_RUNNER;
  });

  it('its variables for itself: another function or environment does not see them changed', async () => {
    const { invoke } = play(
      'exports.handler = async () => (process.env.SEEN = (process.env.SEEN ?? "") + "x");',
    );
    await invoke();
    expect(returned(await invoke())).toBe('xx');
    expect(process.env.SEEN).toBeUndefined();
  });

  it('the context', async () => {
    const { invoke } = play(`
      exports.handler = async (event, context) => ({
        ...context,
        remaining: context.getRemainingTimeInMillis(),
      });`);
    const { remaining, ...context } = returned<Record<string, unknown>>(await invoke());
    expect(context).toEqual({
      awsRequestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      callbackWaitsForEmptyEventLoop: true,
      functionName: 'fn',
      functionVersion: '$LATEST',
      invokedFunctionArn: 'arn:aws:lambda:us-east-1:000000000000:function:fn',
      memoryLimitInMB: '128',
    });
    expect(remaining).toBeGreaterThan(0);
    expect(remaining).toBeLessThanOrEqual(15_000);
  });
});

it('each line that a handler writes goes to the log', async () => {
  const { invoke, log } = play(`
    exports.handler = async () => {
      process.stdout.write('{"event":"message"}\\n');
      console.log('one\\ntwo');
      console.error('three');
    };`);
  await invoke();
  // They come by the thread's streams, which its answer may overtake.
  while (log.length < 4) await new Promise(setImmediate);
  expect(log.map(({ text }) => text).sort()).toEqual(['one', 'three', 'two', '{"event":"message"}']);
});

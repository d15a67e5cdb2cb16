// The command: options in, two lines and a log out.
import { parseArgs } from 'node:util';
import { CannotPlay, play } from './index';
import { requestLog } from './request-log';

export interface CommandDefaults {
  /** How the help calls it. */
  name: string;
  /** Where the assembly is, or comes from, if the user does not say. */
  assembly: { help: string; get(): string };
  /** Folder of the demo page. */
  page?: string;
}

const DEFAULT_PORT = 8787;

function help({ name, assembly }: CommandDefaults): string {
  return `Plays the WebSocket APIs, functions and tables of a CDK app on this machine.

usage: ${name} [options]

  --assembly <dir>   what \`cdk synth\` wrote (default: ${assembly.help})
  --stack <name>     which stack of it, where there are several
  --port <number>    port to listen on, 0 for a free one (default: ${DEFAULT_PORT})
  --host <address>   address to listen on (default: 127.0.0.1)
  --ignore <type>    leave out resources of this type, AWS::S3::Bucket for one, or of a whole service, AWS::S3::*;
                     may be given again
  --redirect <from>=<to>
                     in the functions' variables, put one address in place of another; may be given again
  --connection-lifetime <seconds>
                     after how long a connection is ended (default: 7200, like AWS)
  --help             this text
`;
}

/** Runs until it is stopped by SIGINT or SIGTERM; the exit code. */
export async function runCommand(args: string[], defaults: CommandDefaults): Promise<number> {
  let options: ReturnType<typeof readOptions>;
  try {
    options = readOptions(args);
    if (options.help) {
      process.stdout.write(help(defaults));
      return 0;
    }
    const { assembly = defaults.assembly.get(), stack, host, port, ignore } = options;
    const { connectionLifetimeMs, redirect } = options;
    const stop = stopSignal();
    const print = (line: string) => process.stdout.write(`${line}\n`);
    const log = requestLog(print, process.stdout.isTTY && process.env.NO_COLOR === undefined);
    const playing = await play({
      assembly,
      stack,
      host,
      port,
      ignore,
      connectionLifetimeMs,
      redirect,
      page: defaults.page,
      log,
    });
    for (const { id, type } of playing.ignored) print(`left out   ${id} (${type})`);
    for (const url of playing.urls) print(`signaling  ${url}`);
    for (const { accessKeyId, secretAccessKey } of playing.credentials) {
      print(`sign with  ${accessKeyId} ${secretAccessKey}`);
    }
    if (playing.pageUrl !== undefined) print(`demo page  ${playing.pageUrl}`);
    print('Ctrl-C stops it\n');
    await stop;
    await playing.close();
    return 0;
  } catch (error) {
    for (const line of explain(error)) process.stderr.write(`${line}\n`);
    return 1;
  }
}

function readOptions(args: string[]) {
  const { values } = parseArgs({
    args,
    options: {
      assembly: { type: 'string' },
      stack: { type: 'string' },
      port: { type: 'string', default: String(DEFAULT_PORT) },
      host: { type: 'string' },
      ignore: { type: 'string', multiple: true },
      redirect: { type: 'string', multiple: true, default: [] },
      'connection-lifetime': { type: 'string' },
      help: { type: 'boolean' },
    },
  });
  const port = Number(values.port);
  if (!/^\d+$/.test(values.port) || port > 65_535) {
    throw new CannotPlay([`--port ${values.port}: expected a whole number from 0 to 65535`]);
  }
  const lifetime = values['connection-lifetime'];
  if (
    lifetime !== undefined &&
    !(/^\d+$/.test(lifetime) && Number(lifetime) >= 1 && Number(lifetime) <= 7200)
  ) {
    throw new CannotPlay([`--connection-lifetime ${lifetime}: expected whole seconds from 1 to 7200`]);
  }
  return {
    ...values,
    port,
    redirect: Object.fromEntries(values.redirect.map(readRedirect)),
    connectionLifetimeMs: lifetime === undefined ? undefined : Number(lifetime) * 1000,
  };
}

/** At the first `=`: an address has none before its query. */
function readRedirect(given: string): [string, string] {
  const [, from, to] = /^([^=]+)=(.+)$/.exec(given) ?? [];
  if (from === undefined) throw new CannotPlay([`--redirect ${given}: expected ADDRESS=ADDRESS`]);
  return [from, to];
}

function explain(error: unknown): string[] {
  if (error instanceof CannotPlay) return error.problems;
  const { code, message, address, hostname, port } = error as NodeJS.ErrnoException & {
    address?: string;
    hostname?: string;
    port?: number;
  };
  switch (code) {
    case 'EADDRINUSE':
      return [`port ${port} of ${address} is in use: choose another with --port, or 0 for a free one`];
    case 'EACCES':
      return [`port ${port} of ${address} may not be used: choose one above 1023 with --port`];
    case 'EADDRNOTAVAIL':
    case 'EAI_AGAIN':
    case 'ENOTFOUND':
      return [`--host ${address ?? hostname}: expected an address of this machine`];
  }
  if (code?.startsWith('ERR_PARSE_ARGS')) {
    const [sentence] = message.split('. ');
    return [`${sentence.charAt(0).toLowerCase()}${sentence.slice(1)} (--help lists the options)`];
  }
  // Nothing that a user can mend: the trace is what helps.
  return [error instanceof Error ? (error.stack ?? message) : String(error)];
}

/**
 * The first SIGINT or SIGTERM; a later one does not wait for what is being closed. One right after the first is that
 * same Ctrl-C: the terminal sends it to npm, tsx and this process alike, and those two pass it on.
 */
function stopSignal(): Promise<void> {
  return new Promise((resolve) => {
    let first: number | undefined;
    const receive = () => {
      if (first !== undefined && performance.now() - first > 1_000) process.exit(130);
      first ??= performance.now();
      resolve();
    };
    process.on('SIGINT', receive).on('SIGTERM', receive);
  });
}

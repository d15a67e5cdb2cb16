// What happens, for a person at a terminal: a line an event, what a function wrote indented below.
import type { LogEntry } from './index';

const COLOURS = { dim: 2, red: 31, green: 32, yellow: 33, cyan: 36 };
const NO_TIME = '        ';

type Paint = (colour: keyof typeof COLOURS, text: string) => string;

/** @param colours whether the reader is a terminal that shows them */
export function requestLog(write: (line: string) => void, colours: boolean): (entry: LogEntry) => void {
  const paint: Paint = (colour, text) => (colours ? `\u001b[${COLOURS[colour]}m${text}\u001b[0m` : text);
  return (entry) => {
    if ('text' in entry) {
      const { connectionId, lines } = functionLines(entry.text, paint);
      for (const line of lines) write(`${NO_TIME}  ${who(connectionId, paint)}    ${line}`);
    } else {
      const time = new Date(entry.at).toTimeString().slice(0, NO_TIME.length);
      write(`${paint('dim', time)}  ${who(entry.connectionId, paint)}  ${describe(entry, paint)}`);
    }
  };
}

/** Enough of an id to tell a handful of connections apart. */
function who(connectionId: string, paint: Paint): string {
  return paint('cyan', connectionId.slice(0, 8).padEnd(8));
}

function describe(entry: Exclude<LogEntry, { text: string }>, paint: Paint): string {
  switch (entry.event) {
    case 'handshake': {
      const status = paint(entry.status === 101 ? 'green' : 'red', String(entry.status));
      return `connect      ${status}${took(entry.ms, paint)}${because(entry.error, paint)}`;
    }
    case 'route': {
      const outcome = entry.outcome === 'returned' ? paint('green', 'ok') : paint('red', entry.outcome);
      return `${entry.routeKey.padEnd(12)} ${outcome}${took(entry.ms, paint)}${because(entry.error, paint)}`;
    }
    case 'callback': {
      const status = paint(entry.status < 300 ? 'green' : 'yellow', String(entry.status));
      return `${entry.method === 'POST' ? `<- ${entry.bytes} bytes` : entry.method}  ${status}`;
    }
    case 'close':
      return `closed       ${entry.code}${entry.reason ? paint('dim', ` ${entry.reason}`) : ''}`;
  }
}

/** One JSON object a line is how handlers log; what it says beside the gateway's own line is shown, the rest as it is. */
function functionLines(text: string, paint: Paint): { connectionId: string; lines: string[] } {
  const fields = parseObject(text);
  if (!fields) return { connectionId: '', lines: [paint('dim', text)] };
  const { level = 'info', event = '', connectionId = '', ms: _ms, error, ...rest } = withoutMetrics(fields);
  const details = Object.entries(rest).map(([name, value]) => `${name}=${plain(value)}`);
  const line = [level === 'info' ? undefined : level, event, ...details].filter(Boolean).map(plain).join(' ');
  const { stack, ...described } = Object(error) as { stack?: string };
  const trace = error === undefined ? [] : (stack?.split('\n') ?? [plain(described)]);
  const colour = { error: 'red', warn: 'yellow' }[plain(level)] as keyof typeof COLOURS | undefined;
  return {
    connectionId: plain(connectionId),
    lines: [paint(colour ?? 'dim', line), ...trace.map((each) => paint('dim', each))],
  };
}

/** What CloudWatch finds metrics by says what the rest of the line says, at length. */
function withoutMetrics({ _aws, ...fields }: Record<string, unknown>): Record<string, unknown> {
  const { CloudWatchMetrics: directives = [] } = Object(_aws) as {
    CloudWatchMetrics?: { Dimensions?: string[][]; Metrics?: { Name: string }[] }[];
  };
  const members = directives.flatMap(({ Dimensions = [], Metrics = [] }) => [
    ...Dimensions.flat(),
    ...Metrics.map(({ Name }) => Name),
  ]);
  return Object.fromEntries(Object.entries(fields).filter(([name]) => !members.includes(name)));
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

function plain(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function took(ms: number, paint: Paint) {
  return paint('dim', ` ${Math.round(ms)} ms`);
}

function because(error: string | undefined, paint: Paint) {
  return error === undefined ? '' : paint('red', ` ${error}`);
}

// What happens, for a person at a terminal: a line an event, what a function wrote indented below.
import type { LogEntry } from './index';

const COLOURS = { dim: 2, red: 31, green: 32, yellow: 33, cyan: 36 };
type Paint = (colour: keyof typeof COLOURS, text: string) => string;

/** @param colours whether the reader is a terminal that shows them */
export function requestLog(write: (line: string) => void, colours: boolean): (entry: LogEntry) => void {
  const paint: Paint = (colour, text) => (colours ? `\u001b[${COLOURS[colour]}m${text}\u001b[0m` : text);
  return (entry) => {
    if ('text' in entry) {
      const line = functionLine(entry.text, paint);
      if (line !== undefined) write(`${' '.repeat(22)}${line}`);
      return;
    }
    const time = new Date(entry.at).toTimeString().slice(0, 8);
    // Enough of an id to tell a handful of connections apart.
    const who = paint('cyan', entry.connectionId.slice(0, 8).padEnd(8));
    write(`${paint('dim', time)}  ${who}  ${describe(entry, paint)}`);
  };
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

/** Of a handler's JSON line, only what the gateway's own lines do not say: refusals, warnings and failures. */
function functionLine(text: string, paint: Paint): string | undefined {
  let line: Record<string, unknown>;
  try {
    line = JSON.parse(text) as Record<string, unknown>;
  } catch {
    return paint('dim', text);
  }
  const { level, event, connectionId: _connectionId, ms: _ms, ...rest } = line;
  if (level === 'info' && rest.code === undefined) {
    return typeof rest.type === 'string' ? paint('dim', rest.type) : undefined;
  }
  const error = rest.error as { name?: string; message?: string } | undefined;
  const details = [rest.type, rest.code, error && `${error.name}: ${error.message}`]
    .filter(Boolean)
    .join(' ');
  return paint(level === 'error' ? 'red' : 'yellow', `${String(event)} ${details}`);
}

function took(ms: number, paint: Paint) {
  return paint('dim', ` ${Math.round(ms)} ms`);
}

function because(error: string | undefined, paint: Paint) {
  return error === undefined ? '' : paint('red', ` ${error}`);
}

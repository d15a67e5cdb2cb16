import { embedded, type Measures } from './metrics';

/** One JSON object a line: what happened, never what a client sent; and what of it CloudWatch counts. */
export function log(
  level: 'info' | 'warn' | 'error',
  event: string,
  details: Record<string, unknown> = {},
  measures: Measures = {},
): void {
  const { error, ...rest } = details;
  const line = {
    level,
    event,
    ...rest,
    ...(error !== undefined && { error: describe(error) }),
    ...embedded(measures),
  };
  // Not by console.log, which Lambda would wrap: the line itself is what CloudWatch finds fields in.
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

function describe(error: unknown) {
  return error instanceof Error
    ? { name: error.name, message: error.message, stack: error.stack }
    : { message: String(error) };
}

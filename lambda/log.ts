/** One JSON object a line: what happened, never what a client sent. */
export function log(
  level: 'info' | 'warn' | 'error',
  event: string,
  details: Record<string, unknown> = {},
): void {
  const { error, ...rest } = details;
  console.log(
    JSON.stringify({ level, event, ...rest, ...(error !== undefined && { error: describe(error) }) }),
  );
}

function describe(error: unknown) {
  return error instanceof Error
    ? { name: error.name, message: error.message, stack: error.stack }
    : { message: String(error) };
}

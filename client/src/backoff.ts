const FIRST_MS = 500;
const LONGEST_MS = 30_000;

/** How long to wait before the next attempt: doubled each time, capped, and spread over half of that, since
 * all clients of a server that went away come back together. */
export function backoff(failures: number): number {
  const ceiling = Math.min(LONGEST_MS, FIRST_MS * 2 ** failures);
  return ceiling * (0.5 + Math.random() / 2);
}

/** Why something cannot be played: one line a problem, each naming what it is about. */
export class CannotPlay extends Error {
  constructor(readonly problems: string[]) {
    super(problems.join('\n'));
    this.name = 'CannotPlay';
  }
}

/** @throws what is none */
export function problemsOf(error: unknown): string[] {
  if (error instanceof CannotPlay) return error.problems;
  throw error;
}

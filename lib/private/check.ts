// One check of one value that the user gave.
import { Token } from 'aws-cdk-lib';

/** A line that names the property, the value and what was expected; none where it holds, or is not known yet. */
export function check<T>(
  property: string,
  value: T | undefined,
  holds: (value: T) => boolean,
  expected: string,
): string[] {
  if (value === undefined || Token.isUnresolved(value) || holds(value)) return [];
  return [`${property}: ${describe(value)} given, expected ${expected}`];
}

/** Strings in quotes; NaN and Infinity, which JSON lacks, as they are. */
function describe(value: unknown): string {
  return typeof value === 'number' ? String(value) : JSON.stringify(value);
}

// Checks of single values that the user gave, and what becomes of the lines.
import { RemovalPolicy, Token } from 'aws-cdk-lib';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';

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

export function wholeNumber(
  property: string,
  value: number | undefined,
  least: number,
  most = Infinity,
  unit = '',
): string[] {
  return check(
    property,
    value,
    isWhole(least, most),
    `a whole number ${most === Infinity ? `of at least ${least}` : `from ${least} to ${most}`}${unit && ` ${unit}`}`,
  );
}

export const isWhole = (least: number, most: number) => (value: number) =>
  Number.isInteger(value) && value >= least && value <= most;

export const isAbove0 = (value: number) => value > 0 && Number.isFinite(value);

export function retentionProblems(property: string, value: RetentionDays | undefined): string[] {
  return check(
    property,
    value,
    (days) => typeof days === 'number' && days in RetentionDays,
    'a value of RetentionDays',
  );
}

/** No table, log group or secret can be deleted into a snapshot. */
export function removalPolicyProblems(property: string, value: RemovalPolicy | undefined): string[] {
  return check(
    property,
    value,
    (policy) => Object.values(RemovalPolicy).includes(policy) && policy !== RemovalPolicy.SNAPSHOT,
    'DESTROY, RETAIN or RETAIN_ON_UPDATE_OR_DELETE',
  );
}

/** @throws where there are problems, with all of them */
export function refuse(scope: Construct, problems: string[]): void {
  if (problems.length > 0) {
    throw new Error([`${scope.node.path} has wrong properties:`, ...problems].join('\n  '));
  }
}

/** Strings in quotes; NaN and Infinity, which JSON lacks, as they are. */
function describe(value: unknown): string {
  return typeof value === 'number' ? String(value) : JSON.stringify(value);
}

import { exceptions } from '../scanners/exceptions';
import { covers, type Scanner } from '../scanners/finding';
import { cfnGuard, stacksOfShapes } from '../scanners/scan';
import { violations } from '../scanners/violations';

const scanners: Scanner[] = ['cdk-validator-cfnguard'];
const found = cfnGuard(stacksOfShapes());

test('cfn-guard finds nothing in any shape that is not explained', () => {
  expect(found).not.toEqual([]);
  expect(found.filter(({ reason }) => !reason)).toEqual([]);
});

test('every exception from cfn-guard is of something that it finds', () => {
  const idle = exceptions
    .filter(({ scanner }) => scanners.includes(scanner))
    .filter((exception) => !found.some((finding) => covers(exception, finding)));
  expect(idle).toEqual([]);
});

test('cfn-guard finds what is deliberately wrong', () => {
  const wrong = cfnGuard(violations()).filter(({ reason }) => !reason);
  expect(new Set(wrong.map(({ scanner }) => scanner))).toEqual(new Set(scanners));
  expect(new Set(wrong.map(({ resource }) => resource))).toEqual(new Set(['Bucket']));
});

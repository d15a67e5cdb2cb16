import { exceptions } from '../scanners/exceptions';
import { covers, type Scanner } from '../scanners/finding';
import { pythonScanners, stacksOfShapes } from '../scanners/scan';
import { violations } from '../scanners/violations';

const scanners: Scanner[] = ['cfn-lint', 'checkov'];
const found = pythonScanners(stacksOfShapes());

test('cfn-lint and checkov find nothing in any shape that is not explained', () => {
  expect(found).not.toEqual([]);
  expect(found.filter(({ reason }) => !reason)).toEqual([]);
});

test('every exception from cfn-lint and checkov is of something that they find', () => {
  const idle = exceptions
    .filter(({ scanner }) => scanners.includes(scanner))
    .filter((exception) => !found.some((finding) => covers(exception, finding)));
  expect(idle).toEqual([]);
});

test('cfn-lint and checkov find what is deliberately wrong', () => {
  const wrong = pythonScanners(violations()).filter(({ reason }) => !reason);
  expect(new Set(wrong.map(({ scanner }) => scanner))).toEqual(new Set(scanners));
  expect(new Set(wrong.map(({ resource }) => resource))).toEqual(new Set(['Bucket']));
});

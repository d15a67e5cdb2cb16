import { exceptions } from './exceptions';
import { covers, type Scanner } from './finding';
import { nag, stacksOfShapes } from './scan';
import { violations } from './violations';

const scanners: Scanner[] = ['AwsSolutions', 'NIST.800.53.R5'];
const found = nag(stacksOfShapes());

test('cdk-nag finds nothing in any shape that is not explained', () => {
  expect(found).not.toEqual([]);
  expect(found.filter(({ reason }) => !reason)).toEqual([]);
});

test('every exception from cdk-nag is of something that it finds', () => {
  const idle = exceptions
    .filter(({ scanner }) => scanners.includes(scanner))
    .filter((exception) => !found.some((finding) => covers(exception, finding)));
  expect(idle).toEqual([]);
});

test('cdk-nag finds what is deliberately wrong', () => {
  const wrong = nag(violations()).filter(({ reason }) => !reason);
  expect(new Set(wrong.map(({ scanner }) => scanner))).toEqual(new Set(scanners));
  expect(new Set(wrong.map(({ resource }) => resource))).toEqual(new Set(['Bucket']));
});

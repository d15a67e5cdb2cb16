// What holds of every scanner: it finds nothing that is not explained, nothing is explained that it does not find, and
// it finds what is deliberately wrong.
import { exceptions } from './exceptions';
import { covers, type Scanner } from './finding';
import { type Scanned, stacksOfShapes } from './scan';
import { violations } from './violations';

export function testFindingsOf(
  name: string,
  scanners: Scanner[],
  scan: (stacks: ReturnType<typeof stacksOfShapes>) => Scanned[],
): void {
  describe(name, () => {
    let found: Scanned[];
    beforeAll(() => {
      found = scan(stacksOfShapes());
    }, 600_000);

    it('finds nothing in any shape that is not explained', () => {
      expect(found).not.toEqual([]);
      expect(found.filter(({ reason }) => !reason)).toEqual([]);
    });

    it('finds something for every exception from it', () => {
      const idle = exceptions
        .filter(({ scanner }) => scanners.includes(scanner))
        .filter((exception) => !found.some((finding) => covers(exception, finding)));
      expect(idle).toEqual([]);
    });

    it('finds what is deliberately wrong', () => {
      const wrong = scan(violations()).filter(({ reason }) => !reason);
      expect(new Set(wrong.map(({ scanner }) => scanner))).toEqual(new Set(scanners));
      expect(new Set(wrong.map(({ resource }) => resource))).toEqual(new Set(['Bucket']));
    }, 120_000);
  });
}

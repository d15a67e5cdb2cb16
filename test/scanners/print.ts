// npm run scan: what the scanners find in every shape, and why it is meant to be so. Fails where something is
// not explained.
import { cfnGuard, nag, pythonScanners, type Scanned, stacksOfShapes } from './scan';

const stacks = stacksOfShapes();
const found = [...nag(stacks), ...cfnGuard(stacks), ...pythonScanners(stacks)];

/** One line a rule and reason, however many resources and shapes it is of. */
const lines = new Map<string, { scanned: Scanned; resources: Set<string> }>();
for (const scanned of found) {
  const rule = scanned.rule.replace(/\[.*/, '');
  const key = `${scanned.scanner} ${rule} ${scanned.reason}`;
  const { resources } = lines.get(key) ?? { resources: new Set<string>() };
  lines.set(key, { scanned: { ...scanned, rule }, resources: resources.add(scanned.resource) });
}
for (const { scanned, resources } of lines.values()) {
  console.log(`${scanned.reason ? 'explained ' : 'UNEXPLAINED'} ${scanned.scanner} ${scanned.rule}`);
  console.log(`  of ${[...resources].join(', ')}`);
  if (scanned.reason) console.log(`  ${scanned.reason}`);
}
const unexplained = found.filter(({ reason }) => !reason);
console.log(
  `\n${Object.keys(stacks).length} shapes, ${found.length} findings, ${lines.size} kinds; ${unexplained.length} unexplained`,
);
if (unexplained.length > 0) process.exitCode = 1;

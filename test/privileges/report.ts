// `npm run report:privileges`: for each shape and each role, what it may do and how often that was used; ends with 1
// where something is allowed and never used, or used and refused. With names, of those shapes.
import { problemsOf } from './ledger';
import { NOT_PLAYED, playableShapes, playShape } from './play-shape';

async function main(): Promise<number> {
  const problems: string[] = [];
  const asked = process.argv.slice(2);
  for (const name of playableShapes.filter((each) => asked.length === 0 || asked.includes(each))) {
    const { privileges, error } = await playShape(name);
    console.log(`\n${name}`);
    for (const { roleId, allowed } of privileges) {
      console.log(`  ${roleId}`);
      for (const { action, resource, used, exception } of allowed) {
        const how = used > 0 ? `${used} times` : exception === undefined ? 'NEVER' : 'excepted';
        console.log(`    ${how.padStart(9)}  ${action.padEnd(32)} ${resource}`);
      }
    }
    problems.push(...problemsOf(privileges).map((problem) => `${name}: ${problem}`));
    if (error) problems.push(`${name}: ${error.message}`);
  }
  for (const [name, reason] of Object.entries(NOT_PLAYED)) console.log(`\n${name}\n  not played: ${reason}`);
  console.log(problems.length === 0 ? '\nnothing is allowed that is not used' : `\n${problems.join('\n')}`);
  return problems.length === 0 ? 0 : 1;
}

void main().then((code) => process.exit(code));

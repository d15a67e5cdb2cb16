// The scanners over one stack each, or over all shapes: those that run in Node at once, those of Python in one process.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CfnGuardValidator } from '@cdklabs/cdk-validator-cfnguard';
import { App, type IPolicyValidationContextBeta1, Stack } from 'aws-cdk-lib';
import { AwsSolutionsChecks, type NagPack, NIST80053R5Checks } from 'cdk-nag';
import { make, shapeNames, shapes } from '../support/construct-shapes';
import { type Explained, Resources, type Scanner } from './finding';

export interface Scanned extends Explained {
  readonly shape: string;
}

/** Every shape, synthesized, by its name. */
export function stacksOfShapes(): Record<string, Stack> {
  return Object.fromEntries(shapeNames.map((shape) => [shape, make(shapes[shape]).stack]));
}

export function nag(stacks: Record<string, Stack>): Scanned[] {
  return Object.entries(stacks).flatMap(([shape, stack]) => {
    const app = stack.node.root as App;
    app.synth();
    const resources = new Resources(stack);
    const packs: [Scanner, NagPack][] = [
      ['AwsSolutions', new AwsSolutionsChecks(app)],
      ['NIST.800.53.R5', new NIST80053R5Checks(app)],
    ];
    return packs.flatMap(([scanner, pack]) =>
      pack.validateScope(stack).violations.flatMap(({ ruleName, violatingResources }) =>
        violatingResources.map(({ constructPath }) => ({
          shape,
          ...resources.explain(scanner, ruleName, constructPath),
        })),
      ),
    );
  });
}

export function cfnGuard(stacks: Record<string, Stack>): Scanned[] {
  const names = new Map(Object.entries(stacks).map(([shape, stack]) => [templateOf(stack), shape]));
  const context = { templatePaths: [...names.keys()] } as IPolicyValidationContextBeta1;
  const { violations } = new CfnGuardValidator({ maxBuffer: 64 * 1024 * 1024 }).validate(context);
  const resources = resourcesOf(stacks);
  return violations.flatMap(({ ruleName, violatingResources }) =>
    violatingResources.map(({ resourceLogicalId, templatePath }) => {
      const shape = names.get(templatePath)!;
      // A rule that looks at the whole template has the resource 'undefined'.
      const id = resourceLogicalId === 'undefined' ? undefined : resourceLogicalId;
      return { shape, ...resources[shape].explain('cdk-validator-cfnguard', ruleName, id) };
    }),
  );
}

/** cfn-lint and checkov, from a virtual environment that the first run makes. */
export function pythonScanners(stacks: Record<string, Stack>): Scanned[] {
  const folder = mkdtempSync(join(tmpdir(), 'scan-'));
  const shapeOf = (file: string) => Object.keys(stacks)[Number(/(\d+)\.template\.json$/.exec(file)![1])];
  try {
    Object.values(stacks).forEach((stack, i) =>
      writeFileSync(join(folder, `${i}.template.json`), readFileSync(templateOf(stack))),
    );
    const resources = resourcesOf(stacks);
    return [
      ...cfnLint(folder).map(({ file, rule, id }) => ({
        shape: shapeOf(file),
        ...resources[shapeOf(file)].explain('cfn-lint', rule, id),
      })),
      ...checkov(folder).map(({ file, rule, id }) => ({
        shape: shapeOf(file),
        ...resources[shapeOf(file)].explain('checkov', rule, id),
      })),
    ];
  } finally {
    rmSync(folder, { recursive: true });
  }
}

interface RawFinding {
  readonly file: string;
  readonly rule: string;
  readonly id: string | undefined;
}

function cfnLint(folder: string): RawFinding[] {
  const templates = join(folder, '*.template.json');
  const output = run('cfn-lint', ['--format', 'json', '--template', templates], folder);
  const matches = JSON.parse(output) as {
    Filename: string;
    Rule: { Id: string };
    Location: { Path: string[] };
  }[];
  return matches.map(({ Filename, Rule, Location }) => ({
    file: Filename,
    rule: Rule.Id,
    id: Location.Path?.[0] === 'Resources' ? Location.Path[1] : undefined,
  }));
}

function checkov(folder: string): RawFinding[] {
  const output = run(
    'checkov',
    [
      '--framework',
      'cloudformation',
      '--directory',
      folder,
      '--output',
      'json',
      '--skip-download',
      '--quiet',
    ],
    folder,
  );
  const { results, summary } = JSON.parse(output) as {
    results: { failed_checks: { check_id: string; file_path: string; resource: string }[] };
    summary: { parsing_errors: number };
  };
  if (summary.parsing_errors > 0) throw new Error(`checkov cannot read ${summary.parsing_errors} templates`);
  return results.failed_checks.map(({ check_id, file_path, resource }) => ({
    file: file_path,
    rule: check_id,
    id: resource.split('.')[1],
  }));
}

/** Both end with a status other than 0 where they found something. */
function run(command: string, args: string[], cwd: string): string {
  const { stdout, stderr, error } = spawnSync(join(environment(), 'bin', command), args, {
    cwd,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  if (error || !/^\s*[[{]/.test(stdout)) throw new Error(`${command}: ${error?.message ?? stdout + stderr}`);
  return stdout;
}

function environment(): string {
  const requirements = join(__dirname, 'requirements.txt');
  const folder = join(__dirname, '../../node_modules/.cache/scanners');
  const installed = join(folder, 'requirements.txt');
  const wanted = readFileSync(requirements, 'utf8');
  if (!existsSync(installed) || readFileSync(installed, 'utf8') !== wanted) {
    execFileSync('python3', ['-m', 'venv', '--clear', folder], { stdio: 'inherit' });
    const pip = join(folder, 'bin', 'pip');
    execFileSync(pip, ['install', '--quiet', '--disable-pip-version-check', '-r', requirements], {
      stdio: 'inherit',
    });
    writeFileSync(installed, wanted);
  }
  return folder;
}

const resourcesOf = (stacks: Record<string, Stack>) =>
  Object.fromEntries(Object.entries(stacks).map(([shape, stack]) => [shape, new Resources(stack)]));

function templateOf(stack: Stack): string {
  const assembly = (stack.node.root as App).synth();
  return assembly.getStackArtifact(stack.artifactId).templateFullPath;
}

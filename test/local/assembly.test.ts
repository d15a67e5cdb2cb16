import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { App, Stack, Stage } from 'aws-cdk-lib';
import { Code, Function, Runtime } from 'aws-cdk-lib/aws-lambda';
import { openAssembly } from '../../local/src/template/assembly';
import { removeAssemblies, writeAssembly } from '../support/assembly';
import { folderWith } from './temporary-folder';

process.env.CDK_VALIDATION = 'false';

afterAll(removeAssemblies);

const empty = { Resources: {} };

it('takes the only stack', () => {
  const assembly = openAssembly(writeAssembly({ Stack: empty }));
  expect(assembly.stackName).toBe('Stack');
  expect(assembly.template).toEqual(empty);
});

it('takes the stack asked for, out of several', () => {
  const folder = writeAssembly({ A: empty, B: empty });
  expect(openAssembly(folder, 'B').stackName).toBe('B');
});

it('lists the stacks where there are several and none is asked for', () => {
  const folder = writeAssembly({ A: empty, B: empty });
  expect(() => openAssembly(folder)).toThrow(`2 stacks in ${folder} (A, B): choose one with --stack`);
});

it('lists the stacks where the one asked for is not among them', () => {
  const folder = writeAssembly({ A: empty, B: empty });
  expect(() => openAssembly(folder, 'C')).toThrow(`no stack C in ${folder}: expected one of A, B`);
});

it('says so where there is no assembly', () => {
  expect(() => openAssembly('/nowhere/cdk.out')).toThrow(
    'no cloud assembly in /nowhere/cdk.out: expected the folder that `cdk synth` writes (cdk.out)',
  );
});

it('says so where there is no stack', () => {
  const folder = writeAssembly({});
  expect(() => openAssembly(folder)).toThrow(`0 stacks in ${folder} (none): choose one with --stack`);
});

it('names the file that it cannot read', () => {
  const folder = folderWith({ 'manifest.json': '{' });
  expect(() => openAssembly(folder)).toThrow(`cannot read ${join(folder, 'manifest.json')}: `);
});

it('finds what the CDK synthesized: stacks in stages, by each of their names, with their assets', () => {
  const app = new App({ outdir: folderWith() });
  const stage = new Stage(app, 'Dev');
  for (const scope of [app, stage]) {
    new Function(new Stack(scope, 'Signaling'), 'Fn', {
      runtime: Runtime.NODEJS_22_X,
      handler: 'index.handler',
      code: Code.fromAsset(folderWith({ 'index.js': 'exports.handler = async () => 1;' })),
    });
  }
  const { directory } = app.synth();
  expect(() => openAssembly(directory)).toThrow('2 stacks in');
  const assembly = openAssembly(directory, 'Dev/Signaling');
  const { template, stackName } = assembly;
  expect(stackName).toBe('Dev-Signaling');
  const [fn] = Object.values(template.Resources!).filter(({ Type }) => Type === 'AWS::Lambda::Function');
  const { S3Key } = fn.Properties!.Code as { S3Key: string };
  expect(existsSync(join(assembly.assetFolder(S3Key)!, 'index.js'))).toBe(true);
});

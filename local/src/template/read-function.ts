import { CannotPlay } from '../cannot-play';
import type { FunctionModel } from '../model';
import type { StackAssembly } from './assembly';
import type { StackResources } from './stack-resources';

export function readFunction(
  stack: StackResources,
  assembly: StackAssembly,
  functionId: string,
  get: (property: string) => unknown,
): FunctionModel {
  const runtime = get('Runtime') as string | undefined;
  if (!runtime?.startsWith('nodejs')) {
    stack.problem(
      `${functionId}.Runtime: cannot play ${runtime ?? 'a container image'}, expected a Node.js runtime`,
    );
  }
  if (get('Layers') !== undefined) stack.problem(`${functionId}.Layers: cannot play layers`);
  const code = get('Code') as { S3Key?: string };
  const codeDir = code?.S3Key === undefined ? undefined : assembly.assetFolder(code.S3Key);
  if (codeDir === undefined) {
    throw new CannotPlay([`${functionId}.Code: cannot play code that is no asset folder of this assembly`]);
  }
  return {
    functionId,
    functionName: stack.intrinsics.physicalName(functionId, functionId),
    codeDir,
    handler: String(get('Handler')),
    environment: toStrings((get('Environment') as { Variables?: object } | undefined)?.Variables),
    // AWS's own defaults.
    timeoutMs: Number(get('Timeout') ?? 3) * 1000,
    memoryMb: Number(get('MemorySize') ?? 128),
  };
}

function toStrings(variables: object = {}): Record<string, string> {
  return Object.fromEntries(Object.entries(variables).map(([name, value]) => [name, String(value)]));
}

import { CannotPlay } from '../cannot-play';
import type { FunctionModel } from '../model';
import type { StackAssembly } from './assembly';
import type { Get, StackResources } from './stack-resources';

export function readFunction(
  stack: StackResources,
  assembly: StackAssembly,
  functionId: string,
  get: Get,
): FunctionModel {
  const code = get('Code') as { S3Key?: string; ZipFile?: string; ImageUri?: string } | undefined;
  if (code?.ImageUri !== undefined) {
    throw new CannotPlay([`${functionId}.Code: cannot play a container image, expected Node.js code`]);
  }
  const runtime = get('Runtime');
  if (typeof runtime !== 'string' || !runtime.startsWith('nodejs')) {
    throw new CannotPlay([
      `${functionId}.Runtime: cannot play ${JSON.stringify(runtime)}, expected a Node.js runtime`,
    ]);
  }
  const folder = code?.S3Key === undefined ? undefined : assembly.assetFolder(code.S3Key);
  if (folder === undefined && code?.ZipFile === undefined) {
    throw new CannotPlay([
      `${functionId}.Code: cannot play ${JSON.stringify(code)}, expected inline code or a folder among the assets`,
    ]);
  }
  const most = get('ReservedConcurrentExecutions');
  if (most === 0) {
    stack.problem(`${functionId}.ReservedConcurrentExecutions: cannot play 0, which stops the function`);
  }
  const environment = get('Environment') as { Variables?: Record<string, unknown> } | undefined;
  return {
    functionId,
    functionName: stack.intrinsics.physicalName(functionId, functionId),
    code: folder === undefined ? { source: code!.ZipFile! } : { folder },
    handler: String(get('Handler')),
    runtime,
    environment: Object.fromEntries(
      Object.entries(environment?.Variables ?? {}).map(([name, value]) => [name, String(value)]),
    ),
    // AWS's own defaults.
    timeoutMs: Number(get('Timeout') ?? 3) * 1000,
    memoryMb: Number(get('MemorySize') ?? 128),
    reservedConcurrency: most === undefined ? undefined : Number(most),
  };
}

// Who is who on this machine: credentials for every function, and, where calls are judged, the guard that they pass.
import type { FunctionLogLine } from '../lambda/execution-environment';
import type { Clock, FunctionModel } from '../model';
import type { IamModel } from '../template/read-iam';
import type { Judge } from './api-call';
import { credentialVariables, functionCaller } from './callers';
import { newCredentials } from './credentials';
import { Guard } from './guard';
import type { Keys } from './keys';
import { guardedLog } from './lambda-service';

export interface Iam {
  /** Absent: everybody may do everything. */
  guarded?: { guard: Guard; keys: Keys };
  variablesOf: (functionId: string) => Record<string, string>;
  /** The log of an execution environment. */
  logOf: (functionId: string) => (line: FunctionLogLine) => void;
}

export function startIam(
  functions: FunctionModel[],
  model: IamModel | undefined,
  { judge, clock, log }: { judge?: Judge; clock: Clock; log: (line: FunctionLogLine) => void },
): Iam {
  const credentials = new Map(functions.map(({ functionId }) => [functionId, newCredentials()]));
  const variablesOf = (functionId: string) => credentialVariables(credentials.get(functionId)!);
  if (!judge || !model) return { variablesOf, logOf: () => log };

  const principals = new Map(model.principals.map((principal) => [principal.functionId, principal]));
  const callers = new Map(model.principals.map((each) => [each.functionId, functionCaller(each)]));
  const byAccessKey = new Map([...callers].map(([id, caller]) => [credentials.get(id)!.accessKeyId, caller]));
  const guard = new Guard(byAccessKey, judge, clock);
  return {
    variablesOf,
    guarded: { guard, keys: model.keys },
    logOf: (functionId) =>
      guardedLog(guard, model.keys, callers.get(functionId)!, principals.get(functionId)!, log),
  };
}

// What the Lambda service itself does with a function's role: its log stream, its traces, the key of its variables.
import { randomBytes } from 'node:crypto';
import type { FunctionLogLine } from '../lambda/execution-environment';
import { arn } from '../gateway/aws-names';
import type { PrincipalModel } from '../model';
import type { Caller, Guard } from './guard';
import { decryption, type Keys } from './keys';

type Log = (line: FunctionLogLine) => void;

/**
 * The log of one execution environment, which has a stream of its own. Lines that the role may not write are
 * lost, as on AWS; that they are is said in their place, once.
 */
export function guardedLog(
  guard: Guard,
  { policyOf }: Keys,
  caller: Caller,
  principal: PrincipalModel,
  log: Log,
): Log {
  const { functionId, logGroupName, isTraced, environmentKey } = principal;
  const group = arn('logs', `log-group:${logGroupName}`);
  const streamName = `local/[$LATEST]${randomBytes(16).toString('hex')}`;
  const resource = `${group}:log-stream:${streamName}`;
  if (isTraced) {
    const actions = ['xray:PutTraceSegments', 'xray:PutTelemetryRecords'];
    // Traces that may not be sent are lost without a word.
    for (const action of actions) void guard.refusal(caller, [{ action, resource: '*' }]).catch(() => {});
  }
  if (environmentKey !== undefined) {
    // On AWS such a function does not start; here it is said in its log, and the judge knows of it.
    void guard
      .refusal(caller, [decryption('lambda', environmentKey, policyOf)])
      .then((text) => text !== undefined && log({ functionId, text }));
  }
  let stream: Promise<boolean> | undefined;
  const open = async () => {
    const actions = ['logs:CreateLogStream', 'logs:PutLogEvents'];
    const text = await guard.refusal(
      caller,
      actions.map((action) => ({ action, resource })),
    );
    if (text !== undefined) log({ functionId, text });
    return text === undefined;
  };
  return (line) => {
    stream ??= open();
    void stream.then((isOpen) => {
      if (isOpen) log(line);
    });
  };
}

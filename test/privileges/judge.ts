// IAM's judgement on a call, by @cloud-copilot/iam-simulate. Its licence (AGPL-3.0) keeps it out of all that is published.
import { runSimulation } from '@cloud-copilot/iam-simulate';
import type { ApiCall } from '../../local/src';
import { allows } from '../../local/src/gateway/policy';
import { ACCOUNT_ID } from '../../local/src/gateway/aws-names';

/**
 * The evaluator leaves the keys `kms:EncryptionContext:…` out of account, as if the call had none. Under the name of a
 * tag, in call and policies alike, they are compared.
 */
function withEncryptionContext(call: ApiCall): ApiCall {
  const text = JSON.stringify(call);
  return JSON.parse(
    text.replace(/"kms:EncryptionContext:([^"]+)":/g, (_, key: string) => {
      return `"aws:PrincipalTag/EncryptionContext-${key.replaceAll(':', '-')}":`;
    }),
  ) as ApiCall;
}

export async function isAllowed(call: ApiCall): Promise<boolean> {
  const { principalArn, action, resource, context, policies, resourcePolicy } = withEncryptionContext(call);
  // The evaluator takes only resources of REST APIs, with method and path, for this one.
  if (action === 'execute-api:Invoke') {
    return allows({ Statement: policies.flatMap(({ document }) => statementsOf(document)) }, resource);
  }
  const result = await runSimulation(
    {
      request: {
        principal: principalArn,
        action,
        resource: { resource, accountId: ACCOUNT_ID },
        contextVariables: context,
      },
      identityPolicies: policies.map(({ name, document }) => ({ name, policy: document })),
      serviceControlPolicies: [],
      resourceControlPolicies: [],
      resourcePolicy,
    },
    {},
  );
  if (result.resultType === 'error') {
    throw new Error(`cannot judge ${action} on ${resource}: ${JSON.stringify(result.errors)}`);
  }
  return result.overallResult === 'Allowed';
}

export interface Statement {
  Effect: 'Allow' | 'Deny';
  Action: string | string[];
  Resource: string | string[];
  Condition?: { StringEquals?: Record<string, string> };
}

export function statementsOf(document: unknown): Statement[] {
  return [(document as { Statement: Statement | Statement[] }).Statement].flat();
}

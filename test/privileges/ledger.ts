// What each role may do by the template's policies, beside what was done with it.
import type { ApiCall, Policy } from '../../local/src';
import { statementsOf } from './judge';

export interface Allowed {
  action: string;
  resource: string;
  /** How many calls it allowed. */
  used: number;
  /** Why it is there all the same, where nothing here can use it. */
  exception?: string;
}

export interface RolePrivileges {
  roleId: string;
  allowed: Allowed[];
  /** `dynamodb:PutItem on arn:…`, of calls that were refused. */
  refused: string[];
}

/** Actions that a role needs on AWS, and that nothing on this machine does in its name. */
const EXCEPTIONS: [action: RegExp, reason: string][] = [
  [
    /^ec2:/,
    'Lambda makes and drops the network interfaces of a function in a VPC with its role; there is no network here: https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html#configuration-vpc-permissions',
  ],
  [
    /^kms:(Encrypt|GenerateDataKey|ReEncryptFrom|ReEncryptTo)$/,
    'DynamoDB uses a customer key in the name of whoever calls it, and its documentation asks for these beside kms:Decrypt: https://docs.aws.amazon.com/kms/latest/developerguide/services-dynamodb.html',
  ],
];

export class Ledger {
  private readonly calls: { call: ApiCall; allowed: boolean }[] = [];

  note(call: ApiCall, allowed: boolean): boolean {
    this.calls.push({ call, allowed });
    return allowed;
  }

  count(action: string): number {
    return this.calls.filter(({ call }) => call.action === action).length;
  }

  /** @param roles policies of every role of the template, also of those that were never used */
  privileges(roles: Map<string, Policy[]>): RolePrivileges[] {
    return [...roles].map(([roleId, policies]) => {
      const calls = this.calls.filter(({ call }) => call.roleId === roleId);
      return {
        roleId,
        allowed: pairsOf(policies).map(({ action, resource, equals }) => ({
          action,
          resource,
          used: calls.filter(
            ({ call, allowed }) =>
              allowed &&
              matches(action.toLowerCase(), call.action.toLowerCase()) &&
              matches(resource, call.resource) &&
              Object.entries(equals).every(([key, value]) => call.context[key] === value),
          ).length,
          exception: EXCEPTIONS.find(([pattern]) => pattern.test(action))?.[1],
        })),
        refused: [
          ...new Set(
            calls.filter(({ allowed }) => !allowed).map(({ call }) => `${call.action} on ${call.resource}`),
          ),
        ],
      };
    });
  }
}

/** A line for each that is allowed and was never used, or used and refused. */
export function problemsOf(privileges: RolePrivileges[]): string[] {
  return privileges.flatMap(({ roleId, allowed, refused }) => [
    ...allowed
      .filter(({ used, exception }) => used === 0 && exception === undefined)
      .map(({ action, resource }) => `${roleId}: ${action} on ${resource} is allowed and never used`),
    ...refused.map((what) => `${roleId}: ${what} is used and refused`),
  ]);
}

interface Pair {
  action: string;
  resource: string;
  /** Condition keys and what they must be, so that two statements that differ in them only are told apart. */
  equals: Record<string, string>;
}

function pairsOf(policies: Policy[]): Pair[] {
  return policies
    .flatMap(({ document }) => statementsOf(document))
    .filter(({ Effect }) => Effect === 'Allow')
    .flatMap(({ Action, Resource, Condition }) =>
      [Action]
        .flat()
        .flatMap((action) =>
          [Resource].flat().map((resource) => ({ action, resource, equals: Condition?.StringEquals ?? {} })),
        ),
    );
}

/** IAM's wildcards. */
function matches(pattern: string, text: string): boolean {
  const source = pattern.replace(/[\\^$.*+?()[\]{}|]/g, (special) =>
    special === '*' ? '.*' : special === '?' ? '.' : `\\${special}`,
  );
  return new RegExp(`^${source}$`, 's').test(text);
}

// A template as a person reads it.
import type { Template } from 'aws-cdk-lib/assertions';

/** Intrinsics written out: `${Logical.Arn}/index/byConnection`. */
export function text(value: any): string {
  if (typeof value !== 'object') return String(value);
  if (value.Ref) return `\${${value.Ref}}`;
  if (value['Fn::GetAtt']) return `\${${value['Fn::GetAtt'].join('.')}}`;
  if (value['Fn::Join']) return value['Fn::Join'][1].map(text).join(value['Fn::Join'][0]);
  throw new Error(`no text for ${JSON.stringify(value)}`);
}

/** The one logical id of a type that starts with `prefix`, where the hash that the CDK appends follows. */
export function logicalId(template: Template, type: string, prefix: string): string {
  const pattern = new RegExp(`^${prefix}[0-9A-F]{8}$`);
  const ids = Object.keys(template.findResources(type)).filter((id) => pattern.test(id));
  if (ids.length !== 1) throw new Error(`${ids.length} resources ${type} of the id ${prefix}, expected one`);
  return ids[0];
}

export function resource(template: Template, type: string, prefix: string): any {
  return template.findResources(type)[logicalId(template, type, prefix)];
}

/** What a function's role may do: each resource, and the conditions if there are any, with its actions. */
export function permissions(template: Template, functionPrefix: string): Record<string, string[]> {
  const role = logicalId(template, 'AWS::IAM::Role', `${functionPrefix}Role`);
  const policies = Object.values(template.findResources('AWS::IAM::Policy')).filter(({ Properties }) =>
    Properties.Roles.some(({ Ref }: { Ref: string }) => Ref === role),
  );
  const statements = policies.flatMap(({ Properties }) => Properties.PolicyDocument.Statement);
  const allowed: Record<string, string[]> = {};
  for (const { Effect, Action, Resource, Condition, ...rest } of statements) {
    if (Effect !== 'Allow' || Object.keys(rest).length > 0) throw new Error('not a plain permission');
    for (const each of [Resource].flat()) {
      const arn = text(each)
        // The hash that the CDK appends, and what is the same in every ARN of the stack.
        .replaceAll(/[0-9A-F]{8}(?=[.}])/g, '')
        .replace('arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:', 'execute-api:')
        .replace('arn:${AWS::Partition}:dynamodb:${AWS::Region}:${AWS::AccountId}:', 'dynamodb:');
      const what = [arn, ...conditions(Condition)].join(' where ');
      allowed[what] = [...(allowed[what] ?? []), ...[Action].flat()].sort();
    }
  }
  return allowed;
}

function conditions(condition: Record<string, Record<string, unknown>> = {}): string[] {
  return Object.values(condition).flatMap((tests) =>
    Object.entries(tests).map(([key, value]) => `${key} = ${text(value)}`),
  );
}

const isIntrinsic = (value: any) =>
  ['Ref', 'Fn::GetAtt', 'Fn::Join'].some((name) => value?.[name] !== undefined);
const ASSET_HASH = /[0-9a-f]{64}/g;

/** For snapshots: intrinsics on one line, and no asset hash, which changes with every build of the handlers. */
export const templateSerializer: jest.SnapshotSerializerPlugin = {
  test: (value) => isIntrinsic(value) || (typeof value === 'string' && value.search(ASSET_HASH) >= 0),
  serialize: (value) => JSON.stringify(text(value).replaceAll(ASSET_HASH, '<asset hash>')),
};

/** The template with the actions and resources of each statement in order, which is the one thing about them that has no meaning. */
export function withStatementsInOrder(template: Template): unknown {
  return JSON.parse(JSON.stringify(template.toJSON()), (key, value) =>
    (key === 'Action' || key === 'Resource') && Array.isArray(value)
      ? value.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))
      : value,
  );
}

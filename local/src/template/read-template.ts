// From a template to what the runner plays; every problem is told at once.
import { CannotPlay, problemsOf } from '../cannot-play';
import type { ApiModel, FunctionModel, TableModel } from '../model';
import type { Resource, StackAssembly } from './assembly';
import { Intrinsics } from './intrinsics';
import { isKnownProperty, PROPERTIES } from './properties';
import { readApi } from './read-api';
import { readFunction } from './read-function';
import { readTable } from './read-table';
import type { StackResources } from './stack-resources';

/** On a laptop there is nothing to do for these. */
const INERT = [
  /^AWS::CDK::Metadata$/,
  /^AWS::CloudWatch::/,
  /^AWS::IAM::/,
  /^AWS::Lambda::Permission$/,
  /^AWS::Logs::LogGroup$/,
];

export interface IgnoredResource {
  /** Logical id. */
  id: string;
  type: string;
}

export interface StackModel {
  apis: ApiModel[];
  functions: FunctionModel[];
  tables: TableModel[];
  /** Resources that were left out, as asked for. */
  ignored: IgnoredResource[];
}

/**
 * @param ignore resource types to leave out
 * @throws CannotPlay with every problem found
 */
export function readTemplate(assembly: StackAssembly, ignore: string[] = []): StackModel {
  const { template, stackName } = assembly;
  const intrinsics = new Intrinsics(template, stackName, ignore);
  const problems: string[] = [];
  const resources = Object.entries(template.Resources ?? {}).filter(([id, resource]) =>
    intrinsics.isPresent(resource, id),
  );
  const isIgnored = ({ Type }: Resource) => ignore.includes(Type);
  for (const [id, resource] of resources) {
    if (!isIgnored(resource)) problems.push(...unknownIn(id, resource));
  }

  const stack: StackResources = {
    intrinsics,
    ofType: (...types) =>
      resources
        .filter(([, resource]) => types.includes(resource.Type) && !isIgnored(resource))
        .map(([id, { Properties = {} }]) => [
          id,
          (name) => intrinsics.resolve(Properties[name], `${id}.${name}`),
        ]),
    attempt(read) {
      try {
        return [read()];
      } catch (error) {
        problems.push(...problemsOf(error));
        return [];
      }
    },
    problem: (text) => problems.push(text),
  };

  const functions = stack
    .ofType('AWS::Lambda::Function')
    .flatMap(([id, get]) => stack.attempt(() => readFunction(stack, assembly, id, get)));
  const tables = stack
    .ofType('AWS::DynamoDB::GlobalTable', 'AWS::DynamoDB::Table')
    .flatMap(([id, get]) => stack.attempt(() => readTable(stack, id, get)));
  const apis = stack
    .ofType('AWS::ApiGatewayV2::Api')
    .flatMap(([id, get]) => stack.attempt(() => readApi(stack, id, get)));
  if (apis.length === 0 && problems.length === 0) {
    problems.push(`no WebSocket API in the stack ${stackName}: expected an AWS::ApiGatewayV2::Api`);
  }
  if (problems.length > 0) throw new CannotPlay([...new Set(problems)]);
  const ignored = resources
    .filter(([, resource]) => isIgnored(resource))
    .map(([id, { Type }]) => ({ id, type: Type }));
  return { apis, functions, tables, ignored };
}

/** What is not looked at any further: a type, or a property of one that is played. */
function unknownIn(id: string, { Type, Properties = {} }: Resource): string[] {
  if (INERT.some((pattern) => pattern.test(Type))) return [];
  if (!(Type in PROPERTIES)) {
    return [`${id}: cannot play ${Type} (to leave such resources out: --ignore ${Type})`];
  }
  return Object.keys(Properties)
    .filter((name) => !isKnownProperty(Type, name))
    .map((name) => `${id}.${name}: cannot play this property of ${Type}`);
}

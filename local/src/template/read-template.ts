// From a template to what the runner plays; every problem is told at once.
import { CannotPlay } from '../cannot-play';
import type { ApiModel, FunctionModel, TableModel } from '../model';
import type { Resource, StackAssembly } from './assembly';
import { Intrinsics } from './intrinsics';
import { readApi } from './read-api';
import { readFunction } from './read-function';
import { readTable } from './read-table';
import type { StackResources } from './stack-resources';

const PLAYED = new Set([
  'AWS::ApiGatewayV2::Api',
  'AWS::ApiGatewayV2::Authorizer',
  'AWS::ApiGatewayV2::Deployment',
  'AWS::ApiGatewayV2::Integration',
  'AWS::ApiGatewayV2::IntegrationResponse',
  'AWS::ApiGatewayV2::Route',
  'AWS::ApiGatewayV2::RouteResponse',
  'AWS::ApiGatewayV2::Stage',
  'AWS::DynamoDB::GlobalTable',
  'AWS::DynamoDB::Table',
  'AWS::Lambda::Function',
]);

/** On a laptop there is nothing to do for these. */
const INERT = [
  /^AWS::CDK::Metadata$/,
  /^AWS::CloudWatch::/,
  /^AWS::IAM::/,
  /^AWS::Lambda::Permission$/,
  /^AWS::Logs::LogGroup$/,
];

export interface StackModel {
  apis: ApiModel[];
  functions: FunctionModel[];
  tables: TableModel[];
  /** Resources that were left out, as asked for. */
  ignored: string[];
}

/**
 * @param ignore resource types to leave out
 * @throws CannotPlay with every problem found
 */
export function readTemplate(assembly: StackAssembly, ignore: string[] = []): StackModel {
  const { template, stackName } = assembly;
  const intrinsics = new Intrinsics(template, stackName);
  const problems: string[] = [];
  const resources = Object.entries(template.Resources ?? {}).filter(([id, resource]) =>
    intrinsics.isPresent(resource, id),
  );
  const isKnown = ({ Type }: Resource) => PLAYED.has(Type) || INERT.some((pattern) => pattern.test(Type));
  const ignored = resources.filter(([, { Type }]) => ignore.includes(Type)).map(([id]) => id);
  for (const [id, resource] of resources) {
    if (!isKnown(resource) && !ignored.includes(id)) {
      problems.push(
        `${id}: cannot play ${resource.Type} (to leave such resources out: --ignore ${resource.Type})`,
      );
    }
  }

  const stack: StackResources = {
    intrinsics,
    ofType: (...types) =>
      resources
        .filter(([id, { Type }]) => types.includes(Type) && !ignored.includes(id))
        .map(([id, { Properties = {} }]) => [
          id,
          (name) => intrinsics.resolve(Properties[name], `${id}.${name}`),
        ]),
    attempt(read) {
      try {
        return [read()];
      } catch (error) {
        if (!(error instanceof CannotPlay)) throw error;
        problems.push(...error.problems);
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
  return { apis, functions, tables, ignored };
}

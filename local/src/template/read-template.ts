// From a template to what the runner plays; every problem is told at once.
import { CannotPlay, problemsOf } from '../cannot-play';
import type { ApiModel, FunctionModel, SecretModel, TableModel } from '../model';
import type { Resource, StackAssembly } from './assembly';
import { ignoredTypes } from './ignored-types';
import { Intrinsics } from './intrinsics';
import { isKnownProperty, PROPERTIES } from './properties';
import { readApi } from './read-api';
import { readFunction } from './read-function';
import { type IamModel, readIam } from './read-iam';
import { readSecret } from './read-secret';
import { readTable } from './read-table';
import type { StackResources } from './stack-resources';

/** On a laptop there is nothing to do for these. */
const INERT = [
  // By which name it is reached: here it is this machine.
  /^AWS::ApiGatewayV2::(ApiMapping|DomainName)$/,
  /^AWS::CDK::Metadata$/,
  /^AWS::CloudWatch::/,
  /^AWS::IAM::/,
  // Nothing is encrypted here; who may use a key is a matter of IAM.
  /^AWS::KMS::(Alias|Key)$/,
  /^AWS::Lambda::Permission$/,
  /^AWS::Logs::LogGroup$/,
  /^AWS::Route53::RecordSet$/,
  /^AWS::SecretsManager::ResourcePolicy$/,
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
  secrets: SecretModel[];
  /** Where it was asked for. */
  iam?: IamModel;
  /** Resources that were left out, as asked for. */
  ignored: IgnoredResource[];
}

/**
 * @param ignore resource types to leave out; `AWS::S3::*` is all of a service
 * @param withIam whether roles and policies are to be read too
 * @throws CannotPlay with every problem found
 */
export function readTemplate(assembly: StackAssembly, ignore: string[] = [], withIam = false): StackModel {
  const { template, stackName } = assembly;
  const isIgnoredType = ignoredTypes(ignore);
  const intrinsics = new Intrinsics(template, stackName, isIgnoredType);
  const problems: string[] = [];
  const resources = Object.entries(template.Resources ?? {}).filter(([id, resource]) =>
    intrinsics.isPresent(resource, id),
  );
  const isIgnored = ({ Type }: Resource) => isIgnoredType(Type);
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
  const secrets = stack
    .ofType('AWS::SecretsManager::Secret')
    .flatMap(([id, get]) => stack.attempt(() => readSecret(stack, id, get)));
  const apis = stack
    .ofType('AWS::ApiGatewayV2::Api')
    .flatMap(([id, get]) => stack.attempt(() => readApi(stack, id, get)));
  const iam = withIam ? readIam(stack, { functions, tables, secrets }) : undefined;
  if (apis.length === 0 && problems.length === 0) {
    problems.push(`no WebSocket API in the stack ${stackName}: expected an AWS::ApiGatewayV2::Api`);
  }
  if (problems.length > 0) throw new CannotPlay([...new Set(problems)]);
  const ignored = resources
    .filter(([, resource]) => isIgnored(resource))
    .map(([id, { Type }]) => ({ id, type: Type }));
  return { apis, functions, tables, secrets, iam, ignored };
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

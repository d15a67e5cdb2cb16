// Who the functions are to IAM: their roles, with the policies that the template gives them, and the keys that stand
// before tables and secrets. Read only where calls are judged: nothing else needs any of it to be playable.
import { CannotPlay } from '../cannot-play';
import { arn } from '../gateway/aws-names';
import type { Policy } from '../iam/api-call';
import type { Keys } from '../iam/keys';
import type { FunctionModel, PrincipalModel, SecretModel, TableModel } from '../model';
import type { Get, StackResources } from './stack-resources';

export interface IamModel {
  principals: PrincipalModel[];
  keys: Keys;
}

/** Those of AWS that functions are given most, by the end of their ARN. */
const AWS_MANAGED: Record<string, unknown> = {
  // https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSLambdaBasicExecutionRole.html
  'service-role/AWSLambdaBasicExecutionRole': {
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Action: ['logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:PutLogEvents'],
        Resource: '*',
      },
    ],
  },
};

export function readIam(
  stack: StackResources,
  {
    functions,
    tables,
    secrets,
  }: { functions: FunctionModel[]; tables: TableModel[]; secrets: SecretModel[] },
): IamModel {
  const resources = new Map(
    stack
      .ofType('AWS::Lambda::Function', 'AWS::DynamoDB::GlobalTable', 'AWS::DynamoDB::Table')
      .map(([id, get]) => [id, get]),
  );
  return {
    principals: functions.flatMap((model) =>
      stack.attempt(() => readPrincipal(stack, model, resources.get(model.functionId)!)),
    ),
    keys: {
      keyOf: new Map([
        ...tables.flatMap(({ tableId, createTable }) =>
          stack
            .attempt(() => tableKey(resources.get(tableId)!))
            .flatMap((key) =>
              key === undefined
                ? []
                : [[arn('dynamodb', `table/${createTable.TableName}`), keyArn(key)] as const],
            ),
        ),
        ...secrets.flatMap((secret) =>
          secret.kmsKeyId === undefined ? [] : [[secret.arn, keyArn(secret.kmsKeyId)] as const],
        ),
      ]),
      policyOf: new Map(
        stack
          .ofType('AWS::KMS::Key')
          .flatMap(([id, get]) => stack.attempt(() => [keyArn(id), get('KeyPolicy')] as const)),
      ),
    },
  };
}

function readPrincipal(
  stack: StackResources,
  { functionId, functionName }: FunctionModel,
  get: Get,
): PrincipalModel {
  const roleArn = String(get('Role'));
  const role = stack
    .ofType('AWS::IAM::Role')
    .find(([id]) => stack.intrinsics.resolve({ 'Fn::GetAtt': [id, 'Arn'] }, id) === roleArn);
  if (!role) {
    throw new CannotPlay([`${functionId}.Role: cannot judge ${roleArn}, which is not in the template`]);
  }
  const [roleId, roleGet] = role;
  const logging = get('LoggingConfig') as { LogGroup?: string } | undefined;
  const tracing = get('TracingConfig') as { Mode?: string } | undefined;
  return {
    functionId,
    functionName,
    roleId,
    roleName: stack.intrinsics.physicalName(roleId, roleId),
    policies: policiesOf(stack, roleId, roleGet),
    logGroupName: logging?.LogGroup ?? `/aws/lambda/${functionName}`,
    isTraced: tracing?.Mode === 'Active',
    environmentKey: get('KmsKeyArn') as string | undefined,
  };
}

function policiesOf(stack: StackResources, roleId: string, role: Get): Policy[] {
  if (role('PermissionsBoundary') !== undefined) {
    throw new CannotPlay([`${roleId}.PermissionsBoundary: cannot judge a role with a boundary`]);
  }
  const roleName = stack.intrinsics.physicalName(roleId, roleId);
  const documentOf = ([id, get]: [string, Get]) => ({ name: id, document: get('PolicyDocument') });
  const inline = (role('Policies') ?? []) as { PolicyName: string; PolicyDocument: unknown }[];
  const attached = (role('ManagedPolicyArns') ?? []) as string[];
  const managed = stack.ofType('AWS::IAM::ManagedPolicy');
  return [
    ...inline.map(({ PolicyName, PolicyDocument }) => ({ name: PolicyName, document: PolicyDocument })),
    ...stack
      .ofType('AWS::IAM::RolePolicy')
      .filter(([, get]) => get('RoleName') === roleName)
      .map(documentOf),
    ...[...stack.ofType('AWS::IAM::Policy'), ...managed]
      .filter(([, get]) => ((get('Roles') ?? []) as string[]).includes(roleName))
      .map(documentOf),
    ...attached.map((policyArn) => {
      const own = managed.find(([id]) => stack.intrinsics.resolve({ Ref: id }, id) === policyArn);
      if (own) return documentOf(own);
      const name = policyArn.replace(/^arn:aws:iam::aws:policy\//, '');
      if (!(name in AWS_MANAGED)) {
        throw new CannotPlay([
          `${roleId}.ManagedPolicyArns: cannot judge ${policyArn}, whose text is not known`,
        ]);
      }
      return { name, document: AWS_MANAGED[name] };
    }),
  ];
}

/** The customer's key that a table is under; a global table says it for each of its replicas. */
function tableKey(get: Get): string | undefined {
  type Encryption = { SSESpecification?: { KMSMasterKeyId?: string } };
  const own = get('SSESpecification') as Encryption['SSESpecification'];
  const replicas = (get('Replicas') ?? []) as (Encryption & { Region?: string })[];
  return (
    own?.KMSMasterKeyId ??
    replicas.find(({ SSESpecification }) => SSESpecification)?.SSESpecification?.KMSMasterKeyId
  );
}

function keyArn(key: string): string {
  return key.startsWith('arn:') ? key : arn('kms', `key/${key}`);
}

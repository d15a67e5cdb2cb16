// What a key of the user's lets others do: each only through the service that holds what the key encrypts, and only
// for what belongs to this construct.
import { Annotations, Stack } from 'aws-cdk-lib';
import type { ITableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { Grant, type IGrantable, PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IAlias, IKey } from 'aws-cdk-lib/aws-kms';
import type { CfnLogGroup, LogGroup } from 'aws-cdk-lib/aws-logs';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';

/**
 * The key that an alias stands for, any other key as it is: a permission for an alias allows nothing, and CloudWatch
 * Logs takes none.
 *
 * @throws where the alias is known by its name alone
 */
export function keyBehind(key: IKey): IKey {
  return isAlias(key) ? keyBehind(key.aliasTargetKey) : key;
}

export function keyProblems(property: string, key: IKey | undefined): string[] {
  if (!key || !isAlias(key)) return [];
  try {
    keyBehind(key);
    return [];
  } catch {
    return [`${property}: the name ${key.aliasName} given, expected a key, by its ARN`];
  }
}

const isAlias = (key: IKey): key is IAlias => 'aliasName' in key;

/** What DynamoDB does with a table's key in the name of whoever reads or writes the table. */
const TABLE_KEY_ACTIONS = [
  'kms:Decrypt',
  'kms:Encrypt',
  'kms:GenerateDataKey',
  'kms:ReEncryptFrom',
  'kms:ReEncryptTo',
];

/**
 * Lets a principal read and write `table`, whose rows are under `key`.
 *
 * @see https://docs.aws.amazon.com/kms/latest/developerguide/services-dynamodb.html (the encryption context)
 */
export function allowTableKey(grantee: IGrantable, key: IKey, table: ITableV2): void {
  allowKey(grantee, key, 'dynamodb', TABLE_KEY_ACTIONS, table, {
    'kms:EncryptionContext:aws:dynamodb:tableName': table.tableName,
  });
}

/** Lets a principal read `secret`, whose text is under `key`. */
export function allowSecretKey(grantee: IGrantable, key: IKey, secret: ISecret): void {
  allowKey(grantee, key, 'secretsmanager', ['kms:Decrypt'], secret);
}

/**
 * Lets Lambda decrypt a function's environment in the name of its role. The encryption context would be the function's
 * ARN, which the role cannot name: the function depends on what its role may do.
 */
export function allowEnvironmentKey(grantee: IGrantable, key: IKey, scope: Construct): void {
  allowKey(grantee, key, 'lambda', ['kms:Decrypt'], scope);
}

function allowKey(
  grantee: IGrantable,
  key: IKey,
  service: string,
  actions: string[],
  scope: Construct,
  context: Record<string, string> = {},
): void {
  Grant.addToPrincipal({
    grantee,
    actions,
    resourceArns: [keyBehind(key).keyArn],
    conditions: {
      StringEquals: { 'kms:ViaService': `${service}.${Stack.of(scope).region}.amazonaws.com`, ...context },
    },
  });
}

/**
 * Lets CloudWatch Logs use `key` for one log group.
 *
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
 */
export function allowLogsKey(key: IKey, logGroup: LogGroup): void {
  const { stack } = logGroup;
  const { logicalId } = logGroup.node.defaultChild as CfnLogGroup;
  // The name that CloudFormation will give the group, not the group's ARN: the group depends on the key. That of a
  // nested stack is not known where the key is.
  const owner = stack.nested ? '*' : stack.stackName;
  const { statementAdded } = key.addToResourcePolicy(
    new PolicyStatement({
      principals: [new ServicePrincipal(`logs.${stack.region}.amazonaws.com`)],
      actions: ['kms:Decrypt', 'kms:DescribeKey', 'kms:Encrypt', 'kms:GenerateDataKey*', 'kms:ReEncrypt*'],
      resources: ['*'],
      conditions: {
        ArnLike: {
          'kms:EncryptionContext:aws:logs:arn': stack.formatArn({
            service: 'logs',
            resource: `log-group:${owner}-${logicalId}-*`,
          }),
        },
      },
    }),
  );
  if (!statementAdded) {
    Annotations.of(logGroup).addWarningV2(
      'cdk-webrtc-signaling:encryptionKeyPolicy',
      'encryptionKey was imported, so that its policy cannot be added to: the log groups are made only where it lets CloudWatch Logs use the key (docs/security.md has the statement)',
    );
  }
}

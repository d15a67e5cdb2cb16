// The one place that makes a log group.
import type { RemovalPolicy } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { allowLogsKey } from './encryption';

export interface NewLogGroupProps {
  readonly retention?: RetentionDays;
  readonly removalPolicy: RemovalPolicy;
  readonly encryptionKey?: IKey;
}

export function newLogGroup(scope: Construct, id: string, props: NewLogGroupProps): LogGroup {
  const { retention = RetentionDays.ONE_MONTH, removalPolicy, encryptionKey } = props;
  const logGroup = new LogGroup(scope, id, { retention, removalPolicy, encryptionKey });
  if (encryptionKey) allowLogsKey(encryptionKey, logGroup);
  return logGroup;
}

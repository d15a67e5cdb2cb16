import type { Duration } from 'aws-cdk-lib';
import type { ISecurityGroup, IVpc, SubnetSelection } from 'aws-cdk-lib/aws-ec2';
import type { IRole } from 'aws-cdk-lib/aws-iam';
import type { Tracing } from 'aws-cdk-lib/aws-lambda';
import type { ILogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';

/** What may be set on the handlers' functions; each of the three gets the same. */
export interface SignalingFunctionOptions {
  /**
   * Memory of a function in MiB, 128 to 10240. Processor time comes with it, and what a handler spends it on is
   * signing one request a peer, so that a message to a full room is slow where there is little.
   *
   * @default 512
   */
  readonly memorySize?: number;

  /**
   * How long a function may run: 11 to 29 whole seconds. A handler may wait up to 10 s for another to finish, and
   * API Gateway ends the integration after 29 s.
   *
   * @default Duration.seconds(15)
   */
  readonly timeout?: Duration;

  /**
   * A log group of yours for all the functions, with the retention and the key that it has.
   *
   * @default - one a function
   */
  readonly logGroup?: ILogGroup;

  /**
   * A role of yours for all the functions. It is given what each of them needs; to one that cannot be changed you
   * give that yourself. It may be of another stack: what it is given stands in that of the service.
   *
   * @default - one a function, with what that needs and no more
   */
  readonly role?: IRole;

  /**
   * A network of yours that the functions run in. From it they must reach DynamoDB, Secrets Manager where there are
   * secrets, and the `execute-api` endpoint of the API, through a NAT gateway or through VPC endpoints; a private DNS
   * name on the endpoint of `execute-api` would hide WebSocket APIs.
   *
   * @default - none: they run in the network of Lambda
   */
  readonly vpc?: IVpc;

  /**
   * The subnets of `vpc`.
   *
   * @default - its private ones
   */
  readonly vpcSubnets?: SubnetSelection;

  /**
   * The security groups that the functions are in.
   *
   * @default - a new one for each function, from which everything can be reached
   */
  readonly securityGroups?: ISecurityGroup[];

  /**
   * How long the functions' logs are kept.
   *
   * @default RetentionDays.ONE_MONTH
   */
  readonly logRetention?: RetentionDays;

  /**
   * Concurrent executions that are set aside for each function, which are also the most that it gets; 1 or more.
   *
   * @default - none set aside: the functions share what the account has
   */
  readonly reservedConcurrentExecutions?: number;

  /**
   * AWS X-Ray tracing of the functions.
   *
   * @default Tracing.DISABLED
   */
  readonly tracing?: Tracing;
}

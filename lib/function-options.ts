import type { Duration } from 'aws-cdk-lib';
import type { Tracing } from 'aws-cdk-lib/aws-lambda';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';

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

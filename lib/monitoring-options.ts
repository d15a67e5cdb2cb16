import type { IAlarmAction } from 'aws-cdk-lib/aws-cloudwatch';
import type { ITopic } from 'aws-cdk-lib/aws-sns';

/** What is too much; each alarm looks at periods of 5 minutes, unless it says otherwise. */
export interface SignalingThresholds {
  /**
   * Events that a handler failed over.
   *
   * @default 5
   */
  readonly handlerErrors?: number;

  /**
   * Events that Lambda did not run for want of concurrency.
   *
   * @default 1
   */
  readonly handlerThrottles?: number;

  /**
   * Percent of relayed messages that a peer did not take, of 20 or more.
   *
   * @default 2
   */
  readonly relayFailuresPercent?: number;

  /**
   * Percent of the peers that went who were found gone, of 20 or more in 15 minutes.
   *
   * @default 25
   */
  readonly evictionsPercent?: number;

  /**
   * Percent of the connections asked for that the service's authorizer or `$connect` refused, of 20 or more.
   *
   * @default 50
   */
  readonly refusalsPercent?: number;

  /**
   * Milliseconds that 99 of 100 messages take at most from API Gateway to the last peer.
   *
   * @default 1000
   */
  readonly relayLatencyP99?: number;

  /**
   * New connections a second, over a minute. API Gateway refuses what is above 500 in the account and region, unless
   * that was raised.
   *
   * @default 400
   */
  readonly newConnectionsPerSecond?: number;

  /**
   * Connections that are open at a time, on average over an hour, as told by how long those lasted that ended.
   *
   * @default - no alarm: API Gateway has no limit
   */
  readonly connections?: number;
}

/** How the service is watched. */
export interface SignalingMonitoringOptions {
  /**
   * Whether there is a dashboard. CloudWatch charges for each beyond the third of an account.
   *
   * @default true
   */
  readonly dashboard?: boolean;

  /**
   * Where an alarm is told as it goes off, and as it is over.
   *
   * @default - nowhere: the alarms are seen in CloudWatch
   */
  readonly alarmTopic?: ITopic;

  /**
   * What else an alarm does as it goes off.
   *
   * @default - nothing
   */
  readonly alarmActions?: IAlarmAction[];

  /**
   * When the alarms go off.
   *
   * @default - the default of each
   */
  readonly thresholds?: SignalingThresholds;

  /**
   * Where the descriptions of the alarms send who is woken: a page with the sections of docs/operations.md.
   *
   * @default - docs/operations.md of this project
   */
  readonly runbookUrl?: string;
}

// What to be woken for. docs/operations.md has a section for each.
import { Duration } from 'aws-cdk-lib';
import { type IMetric, MathExpression, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { SignalingThresholds } from '../monitoring-options';
import type { IWebRtcSignaling } from '../signaling';

/** Fewer than this make no share that means something. */
const FEWEST = 20;

export interface AlarmKind {
  readonly id: string;
  /** Title of its section in the runbook. */
  readonly section: string;
  readonly says: string;
  readonly metric: IMetric;
  readonly threshold: number;
  /** Of so many, all must be above. */
  readonly periods: number;
}

export function alarmKinds(
  signaling: IWebRtcSignaling,
  handlers: IFunction[],
  authorizer: IFunction | undefined,
  thresholds: SignalingThresholds,
): AlarmKind[] {
  const { connections } = thresholds;
  return [
    {
      id: 'HandlerErrors',
      section: 'Handler errors',
      says: 'Handlers fail: clients hear internal, or are not let in',
      metric: errorsOf(signaling, handlers),
      threshold: thresholds.handlerErrors ?? 5,
      periods: 1,
    },
    {
      id: 'HandlerThrottles',
      section: 'Handler throttles',
      says: 'Lambda does not run handlers for want of concurrency: messages are lost',
      metric: sumOf(
        'Throttles',
        [...handlers, ...(authorizer ? [authorizer] : [])].map((handler) => handler.metricThrottles()),
      ),
      threshold: thresholds.handlerThrottles ?? 1,
      periods: 1,
    },
    {
      id: 'RelayFailures',
      section: 'Relay failures',
      says: 'Messages do not get to peers that are there',
      metric: share(
        'Messages not taken, %',
        [signaling.metricRelayFailures()],
        [signaling.metricMessagesRelayed()],
      ),
      threshold: thresholds.relayFailuresPercent ?? 2,
      periods: 2,
    },
    {
      id: 'Evictions',
      section: 'Evictions',
      says: 'Many peers vanish without API Gateway telling of it',
      metric: share(
        'Departures found by a message, %',
        [signaling.metricPeersEvicted()],
        [signaling.metricPeersLeft()],
        Duration.minutes(15),
      ),
      threshold: thresholds.evictionsPercent ?? 25,
      periods: 2,
    },
    {
      id: 'Refusals',
      section: 'Refusals',
      says: 'Many connections are refused',
      metric: share(
        'Connections refused, %',
        [signaling.metricAuthorizerRefusals(), signaling.metricConnectionsRefused()],
        [signaling.metricConnectionsOpened()],
      ),
      threshold: thresholds.refusalsPercent ?? 50,
      periods: 2,
    },
    {
      id: 'RelayLatency',
      section: 'Relay latency',
      says: 'Messages are long on their way',
      metric: signaling.metricRelayLatency({ label: 'Relay latency, p99' }),
      threshold: thresholds.relayLatencyP99 ?? 1000,
      periods: 3,
    },
    {
      id: 'NewConnections',
      section: 'New connections',
      says: 'New connections come near what API Gateway lets in',
      metric: newConnectionsPerSecond(signaling),
      threshold: thresholds.newConnectionsPerSecond ?? 400,
      periods: 3,
    },
    ...(connections === undefined
      ? []
      : [
          {
            id: 'Connections',
            section: 'Connections',
            says: 'More connections are open than planned for',
            metric: openConnections(signaling),
            threshold: connections,
            periods: 1,
          },
        ]),
  ];
}

/** What Lambda saw fail, and what a handler itself saw; not Lambda's word on an authorizer, whose 401 is an error to it. */
export function errorsOf(signaling: IWebRtcSignaling, handlers: IFunction[]): IMetric {
  return sumOf('Errors', [
    signaling.metricHandlerFailures(),
    ...handlers.map((handler) => handler.metricErrors()),
  ]);
}

export function newConnectionsPerSecond(signaling: IWebRtcSignaling): IMetric {
  return new MathExpression({
    expression: 'asked / PERIOD(asked)',
    usingMetrics: { asked: signaling.metricConnections() },
    label: 'New connections a second',
    period: Duration.minutes(1),
  });
}

/**
 * Seconds of connection that ended in a second: as many as are open on average, where they come and go evenly (Little's
 * law). Opened less closed is no such count, since API Gateway does not tell of every end.
 */
export function openConnections(signaling: IWebRtcSignaling): IMetric {
  return new MathExpression({
    expression: 'seconds / PERIOD(seconds)',
    usingMetrics: { seconds: signaling.metricConnectionDuration({ statistic: Stats.SUM }) },
    label: 'Open connections, average',
    period: Duration.hours(1),
  });
}

function sumOf(label: string, metrics: IMetric[]): IMetric {
  return new MathExpression({
    expression: metrics.map((_, i) => `FILL(m${i}, 0)`).join(' + '),
    usingMetrics: Object.fromEntries(metrics.map((metric, i) => [`m${i}`, metric])),
    label,
    period: Duration.minutes(5),
  });
}

/** Of all that came, the part that went wrong, in percent; 0 where that are too few to tell. */
function share(label: string, wrong: IMetric[], right: IMetric[], period = Duration.minutes(5)): IMetric {
  const filled = (name: string, metrics: IMetric[]) =>
    metrics.map((_, i) => `FILL(${name}${i}, 0)`).join(' + ');
  const named = (name: string, metrics: IMetric[]) =>
    metrics.map((metric, i) => [`${name}${i}`, metric] as const);
  const bad = `(${filled('wrong', wrong)})`;
  const all = `(${filled('wrong', wrong)} + ${filled('right', right)})`;
  return new MathExpression({
    expression: `IF(${all} >= ${FEWEST}, 100 * ${bad} / ${all}, 0)`,
    usingMetrics: Object.fromEntries([...named('wrong', wrong), ...named('right', right)]),
    label,
    period,
  });
}

// What is counted and measured, in CloudWatch's embedded metric format: fields of a log line, so that a metric costs no
// request and no time. Each value of a dimension makes a metric of its own: there is none but the service.
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import type { Tally } from './signaling/tally';

/** docs/operations.md says what each counts; the construct has a metric…() for each. */
export const UNITS = {
  AuthorizerRefusals: MetricUnit.Count,
  ConnectionsOpened: MetricUnit.Count,
  ConnectionsRefused: MetricUnit.Count,
  ConnectionsClosed: MetricUnit.Count,
  ConnectionDuration: MetricUnit.Seconds,
  PeersJoined: MetricUnit.Count,
  PeersResumed: MetricUnit.Count,
  PeersLeft: MetricUnit.Count,
  PeersEvicted: MetricUnit.Count,
  MessagesRelayed: MetricUnit.Count,
  RelayFailures: MetricUnit.Count,
  RelayLatency: MetricUnit.Milliseconds,
  MessagesRefused: MetricUnit.Count,
  HandlerFailures: MetricUnit.Count,
} as const;

export type Measures = { readonly [name in keyof typeof UNITS]?: number };

/** With the namespace of POWERTOOLS_METRICS_NAMESPACE and the service of POWERTOOLS_SERVICE_NAME. */
const metrics = process.env.POWERTOOLS_METRICS_NAMESPACE === undefined ? undefined : new Metrics();

/** The fields by which CloudWatch finds the metrics in a log line; none where there is nothing to count. */
export function embedded(measures: Measures): object {
  for (const [name, value] of Object.entries(measures)) {
    const unit = UNITS[name as keyof typeof UNITS];
    if (value > 0 || (value === 0 && unit !== MetricUnit.Count)) metrics?.addMetric(name, unit, value);
  }
  if (!metrics?.hasStoredMetrics()) return {};
  const fields = metrics.serializeMetrics();
  metrics.clearMetrics();
  return fields;
}

/** What every handler that runs the signaling service measures. */
export function measuresOf(tally: Tally, failure: unknown): Measures {
  return {
    PeersJoined: tally.peersJoined,
    PeersResumed: tally.peersResumed,
    PeersLeft: tally.peersLeft,
    PeersEvicted: tally.peersEvicted,
    MessagesRelayed: tally.messagesRelayed,
    RelayFailures: tally.relayFailures,
    HandlerFailures: Number(failure !== undefined),
  };
}

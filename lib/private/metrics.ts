// The metrics that the handlers publish by their log lines: lambda/metrics.ts has the same names.
import { Metric, type MetricOptions, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import type { Function } from 'aws-cdk-lib/aws-lambda';
import type { IWebRtcSignaling } from '../signaling';

const NAMESPACE = 'WebRtcSignaling';

/** The sum over 5 minutes, unless `props` says otherwise. */
export function handlerMetric(
  signaling: IWebRtcSignaling,
  metricName: string,
  props?: MetricOptions,
): Metric {
  return new Metric({
    namespace: NAMESPACE,
    metricName,
    dimensionsMap: { service: serviceOf(signaling) },
    statistic: Stats.SUM,
    ...props,
  }).attachTo(signaling);
}

/** Lets a handler publish under the names that `handlerMetric` asks for. */
export function publishMetrics(handler: Function, signaling: IWebRtcSignaling): void {
  // https://docs.aws.amazon.com/powertools/typescript/latest/features/metrics/
  handler.addEnvironment('POWERTOOLS_METRICS_NAMESPACE', NAMESPACE);
  handler.addEnvironment('POWERTOOLS_SERVICE_NAME', serviceOf(signaling));
}

/** No other service of the account and region has it, and who imports this one knows it too. */
function serviceOf({ webSocketApi, stage }: IWebRtcSignaling): string {
  return `${webSocketApi.apiId}/${stage.stageName}`;
}

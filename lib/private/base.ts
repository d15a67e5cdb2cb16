// What a signaling service can do wherever it was made: in this app, or imported from another.
import { Resource } from 'aws-cdk-lib';
import type { IWebSocketApi, IWebSocketStage } from 'aws-cdk-lib/aws-apigatewayv2';
import { type Metric, type MetricOptions, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IWebRtcSignaling } from '../signaling';
import { handlerMetric } from './metrics';

/** @internal */
export abstract class WebRtcSignalingBase extends Resource implements IWebRtcSignaling {
  public abstract readonly webSocketApi: IWebSocketApi;
  public abstract readonly stage: IWebSocketStage;

  /**
   * The URL, where it is not the stage's.
   *
   * @internal
   */
  protected _url?: string;

  // Not the stage's own two: an imported stage refuses to tell them.
  public get url(): string {
    return this._url ?? `wss://${this.address}`;
  }

  public get callbackUrl(): string {
    return `https://${this.address}`;
  }

  public grantConnect(grantee: IGrantable): Grant {
    return Grant.addToPrincipal({
      grantee,
      actions: ['execute-api:Invoke'],
      resourceArns: [stageArn(this, '$connect')],
    });
  }

  public grantManageConnections(grantee: IGrantable): Grant {
    return Grant.addToPrincipal({
      grantee,
      actions: ['execute-api:ManageConnections'],
      resourceArns: [connectionsArn(this, '*')],
    });
  }

  public metric(metricName: string, props?: MetricOptions): Metric {
    return this.stage.metric(metricName, props);
  }

  public metricConnections(props?: MetricOptions): Metric {
    return this.metric('ConnectCount', { statistic: Stats.SUM, ...props });
  }

  public metricMessages(props?: MetricOptions): Metric {
    return this.metric('MessageCount', { statistic: Stats.SUM, ...props });
  }

  public metricIntegrationErrors(props?: MetricOptions): Metric {
    return this.metric('IntegrationError', { statistic: Stats.SUM, ...props });
  }

  public metricClientErrors(props?: MetricOptions): Metric {
    return this.metric('ClientError', { statistic: Stats.SUM, ...props });
  }

  public metricExecutionErrors(props?: MetricOptions): Metric {
    return this.metric('ExecutionError', { statistic: Stats.SUM, ...props });
  }

  public metricIntegrationLatency(props?: MetricOptions): Metric {
    return this.metric('IntegrationLatency', { statistic: Stats.AVERAGE, ...props });
  }

  public metricConnectionsOpened(props?: MetricOptions): Metric {
    return handlerMetric(this, 'ConnectionsOpened', props);
  }

  public metricConnectionsRefused(props?: MetricOptions): Metric {
    return handlerMetric(this, 'ConnectionsRefused', props);
  }

  public metricAuthorizerRefusals(props?: MetricOptions): Metric {
    return handlerMetric(this, 'AuthorizerRefusals', props);
  }

  public metricConnectionsClosed(props?: MetricOptions): Metric {
    return handlerMetric(this, 'ConnectionsClosed', props);
  }

  public metricConnectionDuration(props?: MetricOptions): Metric {
    return handlerMetric(this, 'ConnectionDuration', { statistic: Stats.AVERAGE, ...props });
  }

  public metricPeersJoined(props?: MetricOptions): Metric {
    return handlerMetric(this, 'PeersJoined', props);
  }

  public metricPeersResumed(props?: MetricOptions): Metric {
    return handlerMetric(this, 'PeersResumed', props);
  }

  public metricPeersLeft(props?: MetricOptions): Metric {
    return handlerMetric(this, 'PeersLeft', props);
  }

  public metricPeersEvicted(props?: MetricOptions): Metric {
    return handlerMetric(this, 'PeersEvicted', props);
  }

  public metricMessagesRelayed(props?: MetricOptions): Metric {
    return handlerMetric(this, 'MessagesRelayed', props);
  }

  public metricRelayFailures(props?: MetricOptions): Metric {
    return handlerMetric(this, 'RelayFailures', props);
  }

  public metricRelayLatency(props?: MetricOptions): Metric {
    return handlerMetric(this, 'RelayLatency', { statistic: Stats.percentile(99), ...props });
  }

  public metricMessagesRefused(props?: MetricOptions): Metric {
    return handlerMetric(this, 'MessagesRefused', props);
  }

  public metricHandlerFailures(props?: MetricOptions): Metric {
    return handlerMetric(this, 'HandlerFailures', props);
  }

  private get address(): string {
    const { region, urlSuffix } = this.stack;
    return `${this.webSocketApi.apiId}.execute-api.${region}.${urlSuffix}/${this.stage.stageName}`;
  }
}

/** The stage's `@connections`, for one HTTP method or `*`. The API's own grants open every stage. */
export function connectionsArn(signaling: IWebRtcSignaling, method: 'DELETE' | 'POST' | '*'): string {
  return stageArn(signaling, `${method}/@connections/*`);
}

function stageArn({ stack, webSocketApi, stage }: IWebRtcSignaling, what: string): string {
  return stack.formatArn({
    service: 'execute-api',
    resource: webSocketApi.apiId,
    resourceName: `${stage.stageName}/${what}`,
  });
}

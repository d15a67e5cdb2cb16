import type { IResource } from 'aws-cdk-lib';
import type { IWebSocketApi, IWebSocketStage } from 'aws-cdk-lib/aws-apigatewayv2';
import type { Metric, MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import type { Grant, IGrantable } from 'aws-cdk-lib/aws-iam';

/** A signaling service, made in this app or imported from another. */
export interface IWebRtcSignaling extends IResource {
  /** The WebSocket API that clients connect to. */
  readonly webSocketApi: IWebSocketApi;

  /** The stage of `webSocketApi` that the service answers on. */
  readonly stage: IWebSocketStage;

  /**
   * What a client connects to: `wss://<api id>.execute-api.<region>.amazonaws.com/<stage>`.
   *
   * @attribute
   */
  readonly url: string;

  /**
   * Where the API Gateway management API answers for this stage: `https://…`, the `endpoint` of its client.
   *
   * @attribute
   */
  readonly callbackUrl: string;

  /**
   * Lets a principal connect, where authorization is `iam()`.
   *
   * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-control-access-iam.html
   */
  grantConnect(grantee: IGrantable): Grant;

  /**
   * Lets a principal post to the connections of this stage, look at them and close them.
   *
   * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-how-to-call-websocket-api-connections.html
   */
  grantManageConnections(grantee: IGrantable): Grant;

  /**
   * A metric of the stage, by the name that API Gateway gives it; the average over 5 minutes if `props` does not
   * say otherwise.
   *
   * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-logging.html
   */
  metric(metricName: string, props?: MetricOptions): Metric;

  /** Connections that clients asked for (`ConnectCount`, sum over 5 minutes). */
  metricConnections(props?: MetricOptions): Metric;

  /** Messages in either direction (`MessageCount`, sum over 5 minutes). */
  metricMessages(props?: MetricOptions): Metric;

  /** Requests that a handler answered with 4xx or 5xx (`IntegrationError`, sum over 5 minutes). */
  metricIntegrationErrors(props?: MetricOptions): Metric;

  /** Requests that API Gateway refused with 4xx before any handler saw them (`ClientError`, sum over 5 minutes). */
  metricClientErrors(props?: MetricOptions): Metric;

  /** Failures to call a handler (`ExecutionError`, sum over 5 minutes). */
  metricExecutionErrors(props?: MetricOptions): Metric;

  /** How long the handlers took, in milliseconds (`IntegrationLatency`, average over 5 minutes). */
  metricIntegrationLatency(props?: MetricOptions): Metric;

  /** Connections that were let in (`ConnectionsOpened`, sum over 5 minutes). */
  metricConnectionsOpened(props?: MetricOptions): Metric;

  /**
   * Connections that `$connect` refused, by origin, token or how often their user came (`ConnectionsRefused`,
   * sum over 5 minutes).
   */
  metricConnectionsRefused(props?: MetricOptions): Metric;

  /** Connections that the service's own authorizer refused (`AuthorizerRefusals`, sum over 5 minutes). */
  metricAuthorizerRefusals(props?: MetricOptions): Metric;

  /**
   * Connections whose end API Gateway told of, which is not every one (`ConnectionsClosed`, sum over 5
   * minutes).
   */
  metricConnectionsClosed(props?: MetricOptions): Metric;

  /**
   * How long the connections lasted that ended, in seconds (`ConnectionDuration`, average over 5 minutes).
   */
  metricConnectionDuration(props?: MetricOptions): Metric;

  /**
   * Peers that were let into a room; not those that took their former place again (`PeersJoined`, sum over 5
   * minutes).
   */
  metricPeersJoined(props?: MetricOptions): Metric;

  /**
   * Peers that took their former place in a room over another connection (`PeersResumed`, sum over 5
   * minutes).
   */
  metricPeersResumed(props?: MetricOptions): Metric;

  /**
   * Peers that left a room, or whose connection API Gateway told to have ended (`PeersLeft`, sum over 5
   * minutes).
   */
  metricPeersLeft(props?: MetricOptions): Metric;

  /** Peers that were found gone as something was sent to them (`PeersEvicted`, sum over 5 minutes). */
  metricPeersEvicted(props?: MetricOptions): Metric;

  /** Messages that peers took, one for each peer (`MessagesRelayed`, sum over 5 minutes). */
  metricMessagesRelayed(props?: MetricOptions): Metric;

  /**
   * Messages that a peer did not take, though nothing says that it has gone, one for each peer
   * (`RelayFailures`, sum over 5 minutes).
   */
  metricRelayFailures(props?: MetricOptions): Metric;

  /**
   * From API Gateway's having a message to the last peer's having it, in milliseconds (`RelayLatency`, p99
   * over 5 minutes).
   */
  metricRelayLatency(props?: MetricOptions): Metric;

  /**
   * Messages that were answered with an error which is the client's, or the room's (`MessagesRefused`, sum
   * over 5 minutes).
   */
  metricMessagesRefused(props?: MetricOptions): Metric;

  /** Events that a handler could not do all for (`HandlerFailures`, sum over 5 minutes). */
  metricHandlerFailures(props?: MetricOptions): Metric;
}

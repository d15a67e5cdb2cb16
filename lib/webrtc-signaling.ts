import { Annotations, type IResource, Names, RemovalPolicy, Tokenization } from 'aws-cdk-lib';
import {
  type IWebSocketApi,
  type IWebSocketStage,
  type ThrottleSettings,
  WebSocketApi,
  WebSocketRoute,
  WebSocketStage,
} from 'aws-cdk-lib/aws-apigatewayv2';
import { WebSocketLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import type { Metric, MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import { type ITableV2, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import type { Grant, IGrantable } from 'aws-cdk-lib/aws-iam';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import type { SignalingFunctionOptions } from './function-options';
import { IceServers } from './ice-servers';
import { allow, CONNECT_ACTIONS, DISCONNECT_ACTIONS, MESSAGE_ACTIONS } from './private/actions';
import { WebRtcSignalingBase } from './private/base';
import { checkBrought } from './private/bring-your-own';
import { HandlerFunction } from './private/handler-function';
import { CONNECTIONS_TABLE, ROOMS_BY_CONNECTION, ROOMS_TABLE } from './private/tables';
import { validateProps } from './private/validation';

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
}

/** Where a signaling service is that another app made, in the account and region of the importing stack. */
export interface WebRtcSignalingAttributes {
  /** Id of its WebSocket API. */
  readonly webSocketApiId: string;

  /** Name of its stage. */
  readonly stageName: string;
}

/** Everything has a default: `new WebRtcSignaling(this, 'Signaling')` is a working service. */
export interface WebRtcSignalingProps {
  /**
   * Name of the stage, the last part of the URL: 1 to 128 letters, digits, `_` or `-`.
   *
   * @default 'prod'
   */
  readonly stageName?: string;

  /**
   * The STUN and TURN servers that clients are told as they join a room, at most 3 KiB as JSON.
   *
   * @default IceServers.google()
   */
  readonly iceServers?: IceServers;

  /**
   * Most peers of one room, 2 to 100. The roster of 100 peers, each with the largest metadata, is what API Gateway
   * still takes as one message of 128 KB.
   *
   * @default 50
   */
  readonly maxPeersPerRoom?: number;

  /**
   * Most rooms that one connection may be in at the same time, 1 to 100.
   *
   * @default 10
   */
  readonly maxRoomsPerConnection?: number;

  /**
   * Most requests that the stage takes from all clients together; above it API Gateway refuses connections and
   * drops messages.
   *
   * @default - none but the account's own limit, 10,000 requests a second unless raised, which the stage then
   * shares with every other API of the account and region
   */
  readonly throttle?: ThrottleSettings;

  /**
   * What the handlers' functions get.
   *
   * @default - the default of each option
   */
  readonly functionOptions?: SignalingFunctionOptions;

  /**
   * What becomes of the tables and log groups when they leave the stack: DESTROY, RETAIN or
   * RETAIN_ON_UPDATE_OR_DELETE. No row is of use for longer than the two hours that a connection may last. Tables
   * that you bring are left alone.
   *
   * @default RemovalPolicy.DESTROY
   */
  readonly removalPolicy?: RemovalPolicy;

  /**
   * A WebSocket API of yours, to which the stage and the routes `$connect`, `$disconnect` and `$default` are added. It
   * must not have these routes. Your other routes stay yours: a message that its route selection expression sends
   * to one of them does not reach the signaling service.
   *
   * @default - a new API
   */
  readonly webSocketApi?: IWebSocketApi;

  /**
   * A table of yours for the connections: partition key `connectionId` (string), time to live on `expiresAt`.
   *
   * @default - a new table, on demand
   */
  readonly connectionsTable?: ITableV2;

  /**
   * A table of yours for the peers of the rooms: partition key `roomId` (string), sort key `connectionId` (string),
   * time to live on `expiresAt`, and a global secondary index `byConnection` with the partition key `connectionId`, which
   * needs to project no more than the keys.
   *
   * @default - a new table, on demand
   */
  readonly roomsTable?: ITableV2;
}

/**
 * A WebRTC signaling service: a WebSocket API, the three functions behind its routes, and the two tables that they
 * keep connections and rooms in.
 *
 * The ids of its children are part of its interface: with another id a user's table is replaced by an empty one.
 */
export class WebRtcSignaling extends WebRtcSignalingBase {
  /** Refers to a signaling service of another app. */
  public static fromWebRtcSignalingAttributes(
    scope: Construct,
    id: string,
    attrs: WebRtcSignalingAttributes,
  ): IWebRtcSignaling {
    class Import extends WebRtcSignalingBase {
      public readonly webSocketApi = WebSocketApi.fromWebSocketApiAttributes(this, 'WebSocketApi', {
        webSocketId: attrs.webSocketApiId,
      });
      public readonly stage = WebSocketStage.fromWebSocketStageAttributes(this, 'Stage', {
        api: this.webSocketApi,
        stageName: attrs.stageName,
      });
    }
    return new Import(scope, id);
  }

  public readonly webSocketApi: IWebSocketApi;
  public readonly stage: IWebSocketStage;

  /** One row a connection, with the rooms that it is in. */
  public readonly connectionsTable: ITableV2;

  /** One row a peer of a room. */
  public readonly roomsTable: ITableV2;

  /** Behind `$connect`: notes the connection. Its logs are in `connectFunction.logGroup`. */
  public readonly connectFunction: lambda.Function;

  /** Behind `$default`: every message of a client. Its logs are in `messageFunction.logGroup`. */
  public readonly messageFunction: lambda.Function;

  /** Behind `$disconnect`: takes the connection out of its rooms. Its logs are in `disconnectFunction.logGroup`. */
  public readonly disconnectFunction: lambda.Function;

  /** @throws where a property is wrong, with one line for each that is */
  constructor(scope: Construct, id: string, props: WebRtcSignalingProps = {}) {
    super(scope, id);
    validateProps(this, props);

    const { iceServers = IceServers.google(), removalPolicy = RemovalPolicy.DESTROY } = props;

    this.connectionsTable =
      props.connectionsTable ??
      new TableV2(this, 'WebRTCConnections', { ...CONNECTIONS_TABLE, removalPolicy });
    this.roomsTable = props.roomsTable ?? new TableV2(this, 'WebRTCRooms', { ...ROOMS_TABLE, removalPolicy });

    this.webSocketApi =
      props.webSocketApi ??
      new WebSocketApi(this, 'WebSocketApi', {
        apiName: Names.uniqueResourceName(this, { maxLength: 128 }),
        // The protocol's messages have no `action`: all of them go to `$default`.
        routeSelectionExpression: '$request.body.action',
      });
    this.stage = new WebSocketStage(this, 'Stage', {
      webSocketApi: this.webSocketApi,
      stageName: props.stageName ?? 'prod',
      autoDeploy: true,
      throttle: props.throttle,
    });

    const connections = { CONNECTIONS_TABLE: this.connectionsTable.tableName };
    const rooms = {
      ...connections,
      ROOMS_TABLE: this.roomsTable.tableName,
      ROOMS_BY_CONNECTION_INDEX: ROOMS_BY_CONNECTION,
      CALLBACK_URL: this.callbackUrl,
    };
    const functionProps = { options: props.functionOptions, removalPolicy };
    this.connectFunction = new HandlerFunction(this, 'ConnectFunction', {
      ...functionProps,
      handler: 'connect',
      environment: connections,
    });
    this.messageFunction = new HandlerFunction(this, 'MessageFunction', {
      ...functionProps,
      handler: 'message',
      environment: {
        ...rooms,
        ICE_SERVERS: this.stack.toJsonString(iceServers._entries),
        MAX_PEERS_PER_ROOM: Tokenization.stringifyNumber(props.maxPeersPerRoom ?? 50),
        MAX_ROOMS_PER_CONNECTION: Tokenization.stringifyNumber(props.maxRoomsPerConnection ?? 10),
      },
    });
    this.disconnectFunction = new HandlerFunction(this, 'DisconnectFunction', {
      ...functionProps,
      handler: 'disconnect',
      environment: rooms,
    });

    allow(this.connectFunction, CONNECT_ACTIONS, this);
    allow(this.messageFunction, MESSAGE_ACTIONS, this);
    allow(this.disconnectFunction, DISCONNECT_ACTIONS, this);

    this.addRoute('ConnectRoute', '$connect', this.connectFunction);
    this.addRoute('MessageRoute', '$default', this.messageFunction);
    this.addRoute('DisconnectRoute', '$disconnect', this.disconnectFunction);

    checkBrought(this, props);
    if (iceServers._entries.some(({ credential }) => credential !== undefined)) {
      Annotations.of(this).addWarningV2(
        'cdk-webrtc-signaling:staticTurnCredentials',
        'iceServers has TURN credentials that stand in the template and that every client receives: whoever joins a room once can relay through the server for as long as they hold',
      );
    }
  }

  private addRoute(id: string, routeKey: string, handler: lambda.Function): void {
    new WebSocketRoute(this, id, {
      webSocketApi: this.webSocketApi,
      routeKey,
      integration: new WebSocketLambdaIntegration('Integration', handler),
    });
  }
}

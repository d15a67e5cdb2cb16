import { Names, RemovalPolicy, Tokenization } from 'aws-cdk-lib';
import {
  type IDomainName,
  type IWebSocketApi,
  type IWebSocketRouteAuthorizer,
  type IWebSocketStage,
  WebSocketApi,
  WebSocketRoute,
  WebSocketStage,
} from 'aws-cdk-lib/aws-apigatewayv2';
import { WebSocketLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import type { ITableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { PermissionsBoundary } from 'aws-cdk-lib/aws-iam';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import { SignalingAuthorization } from './authorization';
import { IceServers } from './ice-servers';
import { accessLogSettings } from './private/access-logs';
import { acknowledgeRouteBehindConnect } from './private/acknowledgements';
import {
  allow,
  allowToRead,
  CONNECT_ACTIONS,
  COUNTING_CONNECT_ACTIONS,
  DISCONNECT_ACTIONS,
  MESSAGE_ACTIONS,
} from './private/actions';
import { WebRtcSignalingBase } from './private/base';
import { checkBrought } from './private/bring-your-own';
import { mapDomain, urlOf } from './private/custom-domain';
import { keyBehind } from './private/encryption';
import { HandlerFunction, withPolicyHere } from './private/handler-function';
import { describeSource, secretsOf } from './private/ice-sources';
import { newLogGroup } from './private/log-group';
import { publishMetrics } from './private/metrics';
import { CONNECTIONS_TABLE, ROOMS_BY_CONNECTION, ROOMS_TABLE, SignalingTable } from './private/tables';
import { validateProps } from './private/validation';
import type { IWebRtcSignaling } from './signaling';
import { SignalingMonitoring } from './signaling-monitoring';
import type { WebRtcSignalingAttributes, WebRtcSignalingProps } from './signaling-props';

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
      protected override _url = attrs.url;
    }
    return new Import(scope, id);
  }

  public readonly webSocketApi: IWebSocketApi;
  public readonly stage: IWebSocketStage;

  /** The name of yours, where there is `domain`. */
  public readonly customDomain?: IDomainName;

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

  /** Decides who may connect, where a function does: yours, or one whose logs are in the group `AuthorizerFunctionLogs`. */
  public readonly authorizerFunction?: lambda.IFunction;

  /** What room tokens are signed with, where authorization is `roomTokens`: let the backend that mints them read it. */
  public readonly tokenSecret?: ISecret;

  /** The alarms and the dashboard, where `monitoring` asks for them. */
  public readonly monitoring?: SignalingMonitoring;

  /** @throws where a property is wrong, with one line for each that is */
  constructor(scope: Construct, id: string, props: WebRtcSignalingProps = {}) {
    super(scope, id);
    validateProps(this, props);

    const { iceServers = IceServers.google(), removalPolicy = RemovalPolicy.DESTROY } = props;
    const { authorization = SignalingAuthorization.none() } = props;
    const encryptionKey = props.encryptionKey && keyBehind(props.encryptionKey);

    const tableProps = { removalPolicy, encryptionKey, pointInTimeRecovery: props.pointInTimeRecovery };
    this.connectionsTable =
      props.connectionsTable ??
      new SignalingTable(this, 'WebRTCConnections', { ...tableProps, schema: CONNECTIONS_TABLE });
    this.roomsTable =
      props.roomsTable ?? new SignalingTable(this, 'WebRTCRooms', { ...tableProps, schema: ROOMS_TABLE });

    this.webSocketApi =
      props.webSocketApi ??
      new WebSocketApi(this, 'WebSocketApi', {
        apiName: Names.uniqueResourceName(this, { maxLength: 128 }),
        // Every message goes to `$default`, where they are counted: by a field a client could name `$connect`.
        routeSelectionExpression: '\\$default',
        ipAddressType: props.ipAddressType,
      });
    const logGroup = props.accessLogs
      ? newLogGroup(this, 'AccessLogs', {
          retention: props.functionOptions?.logRetention,
          removalPolicy,
          encryptionKey,
        })
      : undefined;
    this.stage = new WebSocketStage(this, 'Stage', {
      webSocketApi: this.webSocketApi,
      stageName: props.stageName ?? 'prod',
      autoDeploy: true,
      throttle: props.throttle,
      accessLogSettings: logGroup && accessLogSettings(logGroup),
    });
    if (props.domain) {
      this.customDomain = mapDomain(this, props.domain, {
        webSocketApi: this.webSocketApi,
        stage: this.stage,
        ipAddressType: props.ipAddressType,
      });
      this._url = urlOf(props.domain);
    }
    if (props.permissionsBoundary) PermissionsBoundary.of(this).apply(props.permissionsBoundary);

    const connections = { CONNECTIONS_TABLE: this.connectionsTable.tableName };
    const rooms = {
      ...connections,
      ROOMS_TABLE: this.roomsTable.tableName,
      ROOMS_BY_CONNECTION_INDEX: ROOMS_BY_CONNECTION,
      CALLBACK_URL: this.callbackUrl,
    };
    const functionProps = {
      options: withPolicyHere(this, props.functionOptions),
      removalPolicy,
      encryptionKey,
    };
    this.connectFunction = new HandlerFunction(this, 'ConnectFunction', {
      ...functionProps,
      handler: 'connect',
      environment: { ...connections, ...this.connectVariables(props) },
    });
    this.messageFunction = new HandlerFunction(this, 'MessageFunction', {
      ...functionProps,
      handler: 'message',
      environment: {
        ...rooms,
        ICE_SERVERS: this.stack.toJsonString(iceServers._sources.map((source) => describeSource(source))),
        MAX_PEERS_PER_ROOM: Tokenization.stringifyNumber(props.maxPeersPerRoom ?? 50),
        MAX_ROOMS_PER_CONNECTION: Tokenization.stringifyNumber(props.maxRoomsPerConnection ?? 10),
        MAX_MESSAGE_BYTES: Tokenization.stringifyNumber(props.maxMessageBytes ?? 32768),
        MAX_METADATA_BYTES: Tokenization.stringifyNumber(props.maxMetadataBytes ?? 1024),
        MAX_MESSAGES_PER_SECOND: Tokenization.stringifyNumber(props.maxMessagesPerSecond ?? 50),
      },
    });
    this.disconnectFunction = new HandlerFunction(this, 'DisconnectFunction', {
      ...functionProps,
      handler: 'disconnect',
      environment: rooms,
    });

    const countsConnections = props.maxConnectionsPerUserPerMinute !== undefined;
    allow(this.connectFunction, countsConnections ? COUNTING_CONNECT_ACTIONS : CONNECT_ACTIONS, this);
    allow(this.messageFunction, MESSAGE_ACTIONS, this);
    allow(this.disconnectFunction, DISCONNECT_ACTIONS, this);
    allowToRead(this.messageFunction, ...secretsOf(iceServers._sources));

    const { authorizer, authorizerFunction, tokenSecret } = authorization._kind.bind(this, functionProps);
    this.authorizerFunction = authorizerFunction;
    this.tokenSecret = tokenSecret;
    for (const handler of [this.connectFunction, this.messageFunction, this.disconnectFunction]) {
      publishMetrics(handler, this);
    }
    // Not a function of the user's.
    if (authorizerFunction instanceof HandlerFunction) publishMetrics(authorizerFunction, this);

    this.addRoute('ConnectRoute', '$connect', this.connectFunction, authorizer);
    this.addRoute('MessageRoute', '$default', this.messageFunction);
    this.addRoute('DisconnectRoute', '$disconnect', this.disconnectFunction);

    this.monitoring =
      props.monitoring &&
      new SignalingMonitoring(this, 'Monitoring', {
        ...props.monitoring,
        signaling: this,
        connectFunction: this.connectFunction,
        messageFunction: this.messageFunction,
        disconnectFunction: this.disconnectFunction,
        authorizerFunction: this.authorizerFunction,
        connectionsTable: this.connectionsTable,
        roomsTable: this.roomsTable,
      });

    checkBrought(this, props);
  }

  /** What is absent is not checked. */
  private connectVariables(props: WebRtcSignalingProps): Record<string, string> {
    const { allowedOrigins, allowAbsentOrigin = true, maxConnectionsPerUserPerMinute: most } = props;
    return {
      ...(allowedOrigins && { ALLOWED_ORIGINS: this.stack.toJsonString(allowedOrigins) }),
      ...(!allowAbsentOrigin && { ALLOW_ABSENT_ORIGIN: 'false' }),
      ...(most !== undefined && {
        MAX_CONNECTIONS_PER_USER_PER_MINUTE: Tokenization.stringifyNumber(most),
      }),
    };
  }

  private addRoute(
    id: string,
    routeKey: string,
    handler: lambda.Function,
    authorizer?: IWebSocketRouteAuthorizer,
  ): void {
    const route = new WebSocketRoute(this, id, {
      webSocketApi: this.webSocketApi,
      routeKey,
      authorizer,
      integration: new WebSocketLambdaIntegration('Integration', handler),
    });
    if (routeKey !== '$connect') acknowledgeRouteBehindConnect(route);
  }
}

import type { RemovalPolicy } from 'aws-cdk-lib';
import type { IpAddressType, IWebSocketApi, ThrottleSettings } from 'aws-cdk-lib/aws-apigatewayv2';
import type { ITableV2 } from 'aws-cdk-lib/aws-dynamodb';
import type { IManagedPolicy } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { SignalingAuthorization } from './authorization';
import type { SignalingDomainOptions } from './domain-options';
import type { SignalingFunctionOptions } from './function-options';
import type { IceServers } from './ice-servers';
import type { SignalingMonitoringOptions } from './monitoring-options';

/** Where a signaling service is that another app made, in the account and region of the importing stack. */
export interface WebRtcSignalingAttributes {
  /** Id of its WebSocket API. */
  readonly webSocketApiId: string;

  /** Name of its stage. */
  readonly stageName: string;

  /**
   * What clients connect to, where that is a name of its own: `wss://signaling.example.com`.
   *
   * @default - the address of the stage
   */
  readonly url?: string;
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
   * Who may connect, and what they may do.
   *
   * @default SignalingAuthorization.none()
   */
  readonly authorization?: SignalingAuthorization;

  /**
   * The STUN and TURN servers that clients are told as they join a room, at most 3 KiB as JSON.
   *
   * @default IceServers.google()
   */
  readonly iceServers?: IceServers;

  /**
   * Most peers of one room, 2 to 90. The roster of 90 peers, each with the largest metadata and `userId`, and the ICE
   * servers beside it are what API Gateway still takes as one message of 128 KB.
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
   * The pages that may connect, by the origin that browsers tell: `https://app.example.com`, or `https://*.example.com`
   * for the subdomains of `example.com` at any depth, but not `example.com` itself. A page from elsewhere gets 403. It
   * keeps pages away, not other programs, which say what they like.
   *
   * @default - pages from everywhere
   */
  readonly allowedOrigins?: string[];

  /**
   * Whether a client that tells no origin may connect. No browser is one.
   *
   * @default true
   */
  readonly allowAbsentOrigin?: boolean;

  /**
   * Most bytes of a message of a client, 1,024 to 32,768. A larger one is answered with an error.
   *
   * @default 32768
   */
  readonly maxMessageBytes?: number;

  /**
   * Most bytes of the metadata of a peer as JSON, 0 to 1,024. With 0 there is none.
   *
   * @default 1024
   */
  readonly maxMetadataBytes?: number;

  /**
   * Most messages a second of one connection, within any ten seconds that begin at a multiple of ten, 1 to 1,000. Those
   * beyond it are answered with an error; a connection that goes on until ten seconds' worth of them were refused is
   * closed. A message costs nothing for this until the connection has sent an execution environment a tenth of what it
   * may, at least 10 and at most 125 messages, within the ten seconds; past that, one write unit for each ten messages (by the default).
   *
   * @default 50
   */
  readonly maxMessagesPerSecond?: number;

  /**
   * Most new connections of one user a minute, 1 to 10,000. Those beyond it get 429. It needs an `authorization`, and
   * costs one write unit a connection.
   *
   * @default - none
   */
  readonly maxConnectionsPerUserPerMinute?: number;

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
   * Alarms, and a dashboard; `{}` for those of every default. The metrics are there without it.
   *
   * @default - none
   */
  readonly monitoring?: SignalingMonitoringOptions;

  /**
   * What becomes of the tables and log groups when they leave the stack: DESTROY, RETAIN or
   * RETAIN_ON_UPDATE_OR_DELETE. No row is of use for longer than the two hours that a connection may last. Tables
   * that you bring are left alone.
   *
   * @default RemovalPolicy.DESTROY
   */
  readonly removalPolicy?: RemovalPolicy;

  /**
   * A name of yours for clients to connect to. The address that API Gateway gives goes on answering: what is posted to
   * connections goes there.
   *
   * @default - the address that API Gateway gives
   */
  readonly domain?: SignalingDomainOptions;

  /**
   * Whether clients reach the new API, and its domain, by IPv4 alone or by IPv6 too. An API that you bring keeps its
   * own.
   *
   * @default IpAddressType.IPV4
   */
  readonly ipAddressType?: IpAddressType;

  /**
   * Whether API Gateway logs each connection and message: ids, route and status, and nothing that a client sent. The
   * log group is the child `AccessLogs`. The deployment fails in an account that has not given API Gateway a role for
   * CloudWatch Logs.
   *
   * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html
   * @default false
   */
  readonly accessLogs?: boolean;

  /**
   * The permissions boundary of every role that the construct makes.
   *
   * @default - none but what the app sets
   */
  readonly permissionsBoundary?: IManagedPolicy;

  /**
   * A key of yours for what the construct makes: tables, logs, secrets and the functions' environment variables. The
   * handlers may use it through the services that hold these, and CloudWatch Logs for these log groups. Tables, log
   * groups and secrets that you bring keep their own. An alias of the app stands for its key; one that is known by its
   * name alone is refused.
   *
   * @default - keys that AWS owns
   */
  readonly encryptionKey?: IKey;

  /**
   * Whether the tables can be restored to any second of the last 35 days. Their rows are of no use for longer than the
   * two hours that a connection may last, and a restored row is of a connection that has gone.
   *
   * @default false
   */
  readonly pointInTimeRecovery?: boolean;

  /**
   * A WebSocket API of yours, to which the stage and the routes `$connect`, `$disconnect` and `$default` are added. It
   * must not have these routes, nor a stage of the name `stageName`. Your other routes stay yours: a message that its route selection expression sends
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

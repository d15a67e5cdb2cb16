// The events of a WebSocket API, in the shapes that AWS sends to its functions.
import type { IamIdentity } from '../iam/principal';
import type { ApiModel, StageModel } from '../model';
import { domainName, methodArn, newId } from './aws-names';
import type { HandshakeRequest } from './handshake-request';

/** With AWS_IAM, who signed too. */
type ClientIdentity = { userAgent?: string; sourceIp: string } & Partial<IamIdentity>;

/** What every event of one connection says of it. */
export interface ConnectionFacts {
  api: ApiModel;
  stage: StageModel;
  connectionId: string;
  /** Unix milliseconds. */
  connectedAt: number;
  identity: ClientIdentity;
  /** The handshake's `Host`. */
  host: string;
  /** What the authorizer of `$connect` said: `principalId` and its context. */
  authorizer?: Record<string, string>;
}

/** How a connection ended. */
export interface ConnectionEnd {
  code: number;
  reason: string;
}

interface RequestContext {
  routeKey: string;
  messageId?: string;
  eventType: 'CONNECT' | 'MESSAGE' | 'DISCONNECT';
  extendedRequestId: string;
  /** `19/Feb/2024:07:11:42 +0000` */
  requestTime: string;
  messageDirection: 'IN';
  disconnectStatusCode?: number;
  disconnectReason?: string;
  stage: string;
  connectedAt: number;
  requestTimeEpoch: number;
  identity: ClientIdentity;
  requestId: string;
  domainName: string;
  connectionId: string;
  apiId: string;
  authorizer?: Record<string, string>;
}

export interface GatewayEvent {
  requestContext: RequestContext;
  stageVariables?: Record<string, string>;
  isBase64Encoded: false;
}

export function connectEvent(facts: ConnectionFacts, request: HandshakeRequest): GatewayEvent {
  return event(facts, facts.connectedAt, { routeKey: '$connect', eventType: 'CONNECT' }, { ...request });
}

/** CONNECT's event, on its way to the authorizer. */
export function authorizerEvent(facts: ConnectionFacts, request: HandshakeRequest) {
  const { isBase64Encoded: _, ...connect } = connectEvent(facts, request);
  return {
    type: 'REQUEST',
    methodArn: methodArn(facts.api.apiId, facts.stage.stageName, '$connect'),
    ...connect,
    stageVariables: facts.stage.variables,
  };
}

export function messageEvent(
  facts: ConnectionFacts,
  now: number,
  routeKey: string,
  body: string,
): GatewayEvent {
  return event(facts, now, { routeKey, eventType: 'MESSAGE', messageId: newId() }, { body });
}

export function disconnectEvent(facts: ConnectionFacts, now: number, end: ConnectionEnd): GatewayEvent {
  const headers = { Host: facts.host, 'x-api-key': '', 'X-Forwarded-For': '', 'x-restapi': '' };
  return event(
    facts,
    now,
    {
      routeKey: '$disconnect',
      eventType: 'DISCONNECT',
      disconnectStatusCode: end.code,
      disconnectReason: end.reason,
    },
    {
      headers,
      multiValueHeaders: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value]])),
    },
  );
}

function event(
  facts: ConnectionFacts,
  now: number,
  context: Pick<RequestContext, 'routeKey' | 'eventType'> & Partial<RequestContext>,
  content: object,
): GatewayEvent {
  const { api, stage, connectionId, connectedAt, identity, authorizer } = facts;
  const requestId = newId();
  return {
    ...content,
    requestContext: {
      ...context,
      extendedRequestId: requestId,
      requestTime: requestTime(now),
      messageDirection: 'IN',
      stage: stage.stageName,
      connectedAt,
      requestTimeEpoch: now,
      identity,
      requestId,
      domainName: domainName(api.apiId),
      connectionId,
      apiId: api.apiId,
      ...(authorizer && { authorizer }),
    },
    ...(Object.keys(stage.variables).length > 0 && { stageVariables: stage.variables }),
    isBase64Encoded: false,
  };
}

function requestTime(now: number): string {
  // 'Mon, 19 Feb 2024 07:11:42 GMT'
  const [, day, month, year, time] = new Date(now).toUTCString().split(' ');
  return `${day}/${month}/${year}:${time} +0000`;
}

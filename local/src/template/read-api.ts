import { CannotPlay } from '../cannot-play';
import type { ApiModel, AuthorizerModel, IntegrationModel, RouteModel, StageModel } from '../model';
import type { StackResources } from './stack-resources';

type Get = (property: string) => unknown;

/** API Gateway's own default and most. */
const INTEGRATION_TIMEOUT_MS = 29_000;

export function readApi(stack: StackResources, logicalId: string, get: Get): ApiModel {
  const protocol = get('ProtocolType');
  if (protocol !== 'WEBSOCKET') {
    throw new CannotPlay([`${logicalId}.ProtocolType: cannot play ${String(protocol)}, expected WEBSOCKET`]);
  }
  const apiId = stack.intrinsics.physicalName(logicalId, logicalId);
  const ofThisApi = (type: string) =>
    stack.ofType(type).filter(([, property]) => property('ApiId') === apiId);
  return {
    apiId,
    logicalId,
    routeSelectionExpression: String(get('RouteSelectionExpression')),
    routes: ofThisApi('AWS::ApiGatewayV2::Route').flatMap(([id, route]) =>
      stack.attempt(() => readRoute(stack, id, route)),
    ),
    stages: ofThisApi('AWS::ApiGatewayV2::Stage').map(([, stage]) => readStage(stage)),
  };
}

function readRoute(stack: StackResources, routeId: string, get: Get): RouteModel {
  const authorization = (get('AuthorizationType') as string | undefined) ?? 'NONE';
  if (authorization !== 'NONE' && authorization !== 'CUSTOM') {
    stack.problem(`${routeId}.AuthorizationType: cannot play ${authorization}, expected NONE or CUSTOM`);
  }
  if (get('ApiKeyRequired') === true) stack.problem(`${routeId}.ApiKeyRequired: cannot play API keys`);
  const integrationId = /^integrations\/(.+)$/.exec(String(get('Target')))?.[1];
  if (integrationId === undefined) {
    throw new CannotPlay([
      `${routeId}.Target: cannot play ${String(get('Target'))}, expected an integration`,
    ]);
  }
  return {
    routeKey: String(get('RouteKey')),
    integration: readIntegration(stack, integrationId),
    authorizer: authorization === 'CUSTOM' ? readAuthorizer(stack, String(get('AuthorizerId'))) : undefined,
    hasRouteResponse: stack
      .ofType('AWS::ApiGatewayV2::RouteResponse')
      .some(([, response]) => response('RouteId') === routeId),
  };
}

function readIntegration(stack: StackResources, integrationId: string): IntegrationModel {
  const [, get] = find(stack, 'AWS::ApiGatewayV2::Integration', integrationId);
  const type = get('IntegrationType');
  if (type === 'AWS_PROXY') {
    return {
      type: 'lambda',
      functionId: functionOf(stack, get('IntegrationUri'), `${integrationId}.IntegrationUri`),
      timeoutMs: Number(get('TimeoutInMillis') ?? INTEGRATION_TIMEOUT_MS),
    };
  }
  if (type === 'MOCK') return readMock(stack, integrationId, get);
  throw new CannotPlay([
    `${integrationId}.IntegrationType: cannot play ${String(type)}, expected AWS_PROXY or MOCK`,
  ]);
}

/** The request template's `statusCode` chooses the response; its template, which has no variables here, is the body. */
function readMock(stack: StackResources, integrationId: string, get: Get): IntegrationModel {
  const [request = '{"statusCode":200}'] = Object.values(
    (get('RequestTemplates') ?? {}) as Record<string, string>,
  );
  const statusCode = Number(/"statusCode"\s*:\s*"?(\d{3})/.exec(request)?.[1] ?? 200);
  const responses = stack
    .ofType('AWS::ApiGatewayV2::IntegrationResponse')
    .filter(([, response]) => response('IntegrationId') === integrationId);
  const matching = responses.find(([, response]) =>
    new RegExp(`^${keyPattern(response('IntegrationResponseKey'))}$`).test(String(statusCode)),
  );
  const [body = ''] = Object.values((matching?.[1]('ResponseTemplates') ?? {}) as Record<string, string>);
  if (/[$#]\w|\$\{/.test(body)) {
    throw new CannotPlay([`${matching![0]}.ResponseTemplates: cannot play a template with variables`]);
  }
  return { type: 'mock', statusCode, body };
}

/** `$default`, or a pattern between slashes: `/2\d\d/`. */
function keyPattern(key: unknown): string {
  return key === '$default' ? '.*' : String(key).replace(/^\/|\/$/g, '');
}

function readAuthorizer(stack: StackResources, authorizerId: string): AuthorizerModel {
  const [, get] = find(stack, 'AWS::ApiGatewayV2::Authorizer', authorizerId);
  if (get('AuthorizerType') !== 'REQUEST') {
    throw new CannotPlay([
      `${authorizerId}.AuthorizerType: cannot play ${String(get('AuthorizerType'))}, expected REQUEST`,
    ]);
  }
  return {
    functionId: functionOf(stack, get('AuthorizerUri'), `${authorizerId}.AuthorizerUri`),
    identitySources: (get('IdentitySource') as string[] | undefined) ?? [],
  };
}

function readStage(get: Get): StageModel {
  const settings = get('DefaultRouteSettings') as
    { ThrottlingRateLimit?: number; ThrottlingBurstLimit?: number } | undefined;
  const rateLimit = settings?.ThrottlingRateLimit;
  const burstLimit = settings?.ThrottlingBurstLimit;
  return {
    stageName: String(get('StageName')),
    variables: (get('StageVariables') as Record<string, string> | undefined) ?? {},
    throttle:
      rateLimit === undefined && burstLimit === undefined
        ? undefined
        : { rateLimit: Number(rateLimit ?? Infinity), burstLimit: Number(burstLimit ?? Infinity) },
  };
}

/** The function that `…:lambda:path/2015-03-31/functions/ARN/invocations` names. */
function functionOf(stack: StackResources, uri: unknown, at: string): string {
  const name = /:function:([^:/]+)\/invocations$/.exec(String(uri))?.[1];
  const found = stack
    .ofType('AWS::Lambda::Function')
    .find(([id]) => stack.intrinsics.physicalName(id, at) === name);
  if (!found) throw new CannotPlay([`${at}: no function of this stack at ${String(uri)}`]);
  return found[0];
}

function find(stack: StackResources, type: string, logicalId: string): [string, Get] {
  const found = stack.ofType(type).find(([id]) => id === logicalId);
  if (!found) throw new CannotPlay([`${logicalId}: no such ${type} in the stack`]);
  return found;
}

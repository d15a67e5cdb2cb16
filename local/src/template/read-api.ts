import { CannotPlay } from '../cannot-play';
import { checkIdentitySources } from '../gateway/authorizer';
import { compileRouteSelection } from '../gateway/route-selection';
import type { ApiModel, AuthorizerModel, IntegrationModel, RouteModel, StageModel } from '../model';
import type { Get, StackResources } from './stack-resources';

/** API Gateway's own default and most. */
const INTEGRATION_TIMEOUT_MS = 29_000;

export function readApi(stack: StackResources, logicalId: string, get: Get): ApiModel {
  const protocol = get('ProtocolType');
  if (protocol !== 'WEBSOCKET') {
    throw new CannotPlay([`${logicalId}.ProtocolType: cannot play ${String(protocol)}, expected WEBSOCKET`]);
  }
  const apiId = stack.intrinsics.physicalName(logicalId, logicalId);
  const routeSelectionExpression = String(get('RouteSelectionExpression'));
  playable(`${logicalId}.RouteSelectionExpression: `, () => compileRouteSelection(routeSelectionExpression));
  const ofThisApi = (type: string) =>
    stack.ofType(type).filter(([, property]) => property('ApiId') === apiId);
  const api: ApiModel = {
    apiId,
    logicalId,
    routeSelectionExpression,
    routes: ofThisApi('AWS::ApiGatewayV2::Route').flatMap(([id, route]) =>
      stack.attempt(() => readRoute(stack, id, route)),
    ),
    stages: ofThisApi('AWS::ApiGatewayV2::Stage').map(([, stage]) => readStage(stage)),
  };
  if (api.stages.length === 0) {
    stack.problem(`${logicalId}: cannot play an API without an AWS::ApiGatewayV2::Stage`);
  }
  playable('', () => checkIdentitySources(api));
  return api;
}

/** What the gateway itself would refuse as it starts is told with the rest. */
function playable(where: string, check: () => unknown): void {
  try {
    check();
  } catch (error) {
    throw new CannotPlay([`${where}${(error as Error).message}`]);
  }
}

function readRoute(stack: StackResources, routeId: string, get: Get): RouteModel {
  const authorization = (get('AuthorizationType') as string | undefined) ?? 'NONE';
  if (!['NONE', 'AWS_IAM', 'CUSTOM'].includes(authorization)) {
    stack.problem(
      `${routeId}.AuthorizationType: cannot play ${authorization}, expected NONE, AWS_IAM or CUSTOM`,
    );
  }
  const isConnect = get('RouteKey') === '$connect';
  if (authorization === 'AWS_IAM' && !isConnect) {
    stack.problem(`${routeId}.AuthorizationType: cannot play AWS_IAM on a route other than $connect`);
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
    wantsSignature: authorization === 'AWS_IAM' ? true : undefined,
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

/** The request template's `statusCode` chooses the response, whose template is the body. */
function readMock(stack: StackResources, integrationId: string, get: Get): IntegrationModel {
  const request = onlyTemplate(get, 'RequestTemplates', integrationId) ?? '{"statusCode":200}';
  const statusCode = /"?statusCode"?\s*:\s*"?(\d{3})\b/.exec(request)?.[1];
  if (statusCode === undefined) {
    throw new CannotPlay([
      `${integrationId}.RequestTemplates: cannot play ${request}, expected a statusCode`,
    ]);
  }
  const responses = stack
    .ofType('AWS::ApiGatewayV2::IntegrationResponse')
    .filter(([, response]) => response('IntegrationId') === integrationId);
  const keyOf = ([, response]: [string, Get]) => String(response('IntegrationResponseKey'));
  const [id, response] =
    responses.find((each) => isKeyOf(keyOf(each), statusCode)) ??
    responses.find((each) => keyOf(each) === '$default') ??
    [];
  const body = response && onlyTemplate(response, 'ResponseTemplates', id!);
  return { type: 'mock', statusCode: Number(statusCode), body: body ?? '' };
}

function isKeyOf(key: string, statusCode: string): boolean {
  const pattern = /^\/(.*)\/$/.exec(key)?.[1];
  return pattern !== undefined && new RegExp(`^(?:${pattern})$`).test(statusCode);
}

/** One template, for whatever content type, and without variables or directives. */
function onlyTemplate(get: Get, property: string, id: string): string | undefined {
  const [template, ...others] = Object.values((get(property) ?? {}) as Record<string, string>);
  if (others.length > 0) throw new CannotPlay([`${id}.${property}: cannot play more than one template`]);
  if (template !== undefined && /\$!?\{?[a-z]|#\{?[a-z]/i.test(template)) {
    throw new CannotPlay([`${id}.${property}: cannot play a template with variables or directives`]);
  }
  return template;
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

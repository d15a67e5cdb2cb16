// What each kind of authorization adds to a service, and what it refuses of its properties.
import { Annotations, Names, type RemovalPolicy, Stack } from 'aws-cdk-lib';
import {
  CfnAuthorizer,
  type IWebSocketRouteAuthorizer,
  WebSocketAuthorizerType,
  type WebSocketRouteAuthorizerBindOptions,
  type WebSocketRouteAuthorizerConfig,
} from 'aws-cdk-lib/aws-apigatewayv2';
import { WebSocketIamAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { type ISecret, Secret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import {
  type CognitoAuthorizationProps,
  CognitoTokenUse,
  type JwtAuthorizationProps,
  type RoomTokensProps,
  type TokenClaims,
} from '../authorization-props';
import type { SignalingFunctionOptions } from '../function-options';
import { allowToRead } from './actions';
import { check } from './check';
import { keyProblems } from './encryption';
import { HandlerFunction } from './handler-function';

/** What a function gets, and a secret. */
export interface AuthorizationContext {
  readonly options?: SignalingFunctionOptions;
  readonly removalPolicy: RemovalPolicy;
  readonly encryptionKey?: IKey;
}

/** What stands before `$connect`, and what was made for it. */
export interface Authorization {
  readonly authorizer?: IWebSocketRouteAuthorizer;
  readonly authorizerFunction?: IFunction;
  readonly tokenSecret?: ISecret;
}

export interface AuthorizationKind {
  /** Whether connections have a `userId`. */
  readonly hasUsers: boolean;
  /** What is wrong with its properties, a line each. */
  problems(): string[];
  /** Makes what it needs in `scope`, once a service. */
  bind(scope: Construct, context: AuthorizationContext): Authorization;
}

export function open(): AuthorizationKind {
  return {
    hasUsers: false,
    problems: () => [],
    bind(scope) {
      Annotations.of(scope).addWarningV2(
        'cdk-webrtc-signaling:noAuthorization',
        'authorization is none: whoever knows the URL can connect and join every room whose name they know',
      );
      return {};
    },
  };
}

export function byIam(): AuthorizationKind {
  return { hasUsers: true, problems: () => [], bind: () => ({ authorizer: new WebSocketIamAuthorizer() }) };
}

export function byFunction(handler: IFunction): AuthorizationKind {
  return { hasUsers: true, problems: () => [], bind: (scope) => withFunction(scope, handler) };
}

export function byProvider(props: JwtAuthorizationProps): AuthorizationKind {
  const { issuer, audience, jwksUri } = props;
  return {
    hasUsers: true,
    problems: () => [
      ...check('authorization.issuer', issuer, isHttps, 'an https:// URL'),
      ...listProblems('authorization.audience', audience, 'at least one audience'),
      ...check('authorization.jwksUri', jwksUri, isHttps, 'an https:// URL'),
      ...claimProblems(props),
    ],
    bind: (scope, context) =>
      withTokensOf(scope, context, props, {
        JWT_ISSUERS: Stack.of(scope).toJsonString([issuer]),
        JWT_AUDIENCE: Stack.of(scope).toJsonString(audience),
        ...(jwksUri !== undefined && { JWKS_URI: jwksUri }),
      }),
  };
}

export function byUserPool(props: CognitoAuthorizationProps): AuthorizationKind {
  const { userPool, clients, tokenUse = CognitoTokenUse.ACCESS } = props;
  return {
    hasUsers: true,
    problems: () => [
      ...check('authorization.clients', clients, ({ length }) => length > 0, 'at least one app client'),
      ...check(
        'authorization.tokenUse',
        tokenUse,
        (use) => Object.values(CognitoTokenUse).includes(use),
        'a value of CognitoTokenUse',
      ),
      ...claimProblems(props),
    ],
    bind(scope, context) {
      const { urlSuffix } = Stack.of(scope);
      const address = `cognito-idp.${userPool.env.region}.${urlSuffix}/${userPool.userPoolId}`;
      return withTokensOf(scope, context, props, {
        // A pool calls itself by either, as it is set to.
        JWT_ISSUERS: Stack.of(scope).toJsonString([`https://${address}`, `https://issuer-${address}`]),
        COGNITO_CLIENTS: Stack.of(scope).toJsonString(
          clients.map(({ userPoolClientId }) => userPoolClientId),
        ),
        COGNITO_TOKEN_USE: tokenUse,
      });
    },
  };
}

export function byRoomTokens({ secret, singleUse = false }: RoomTokensProps): AuthorizationKind {
  return {
    hasUsers: true,
    problems: () => keyProblems('authorization.secret.encryptionKey', secret?.encryptionKey),
    bind(scope, context) {
      const tokenSecret = secret ?? newSecret(scope, context);
      const handler = authorizerFunction(scope, context, 'authorize-room-token', {
        TOKEN_SECRET_ARN: tokenSecret.secretArn,
        ...(singleUse && { TOKEN_SINGLE_USE: 'true' }),
      });
      allowToRead(handler, tokenSecret);
      return { ...withFunction(scope, handler), tokenSecret };
    },
  };
}

function newSecret(scope: Construct, { removalPolicy, encryptionKey }: AuthorizationContext): ISecret {
  return new Secret(scope, 'TokenSecret', {
    description: 'Signs the room tokens of the signaling service',
    generateSecretString: { passwordLength: 64, excludePunctuation: true },
    removalPolicy,
    encryptionKey,
  });
}

function withTokensOf(
  scope: Construct,
  context: AuthorizationContext,
  { userIdClaim = 'sub', roomsClaim, publishClaim }: TokenClaims,
  environment: Record<string, string>,
): Authorization {
  const handler = authorizerFunction(scope, context, 'authorize-jwt', {
    ...environment,
    USER_ID_CLAIM: userIdClaim,
    ...(roomsClaim !== undefined && { ROOMS_CLAIM: roomsClaim }),
    ...(publishClaim !== undefined && { PUBLISH_CLAIM: publishClaim }),
  });
  return withFunction(scope, handler);
}

function authorizerFunction(
  scope: Construct,
  context: AuthorizationContext,
  handler: 'authorize-jwt' | 'authorize-room-token',
  environment: Record<string, string>,
): IFunction {
  return new HandlerFunction(scope, 'AuthorizerFunction', { ...context, handler, environment });
}

function withFunction(scope: Construct, handler: IFunction): Authorization {
  return { authorizer: new FunctionAuthorizer(scope, handler), authorizerFunction: handler };
}

/**
 * Without identity source: the token is in one of two places, and both would have to be there. The CDK's own wants one,
 * and puts its parts beside the API, which may be the user's.
 */
class FunctionAuthorizer implements IWebSocketRouteAuthorizer {
  public constructor(
    private readonly scope: Construct,
    private readonly handler: IFunction,
  ) {}

  public bind({
    route: { webSocketApi },
  }: WebSocketRouteAuthorizerBindOptions): WebSocketRouteAuthorizerConfig {
    const { partition, region } = Stack.of(this.scope);
    const authorizer = new CfnAuthorizer(this.scope, 'Authorizer', {
      apiId: webSocketApi.apiId,
      name: Names.uniqueResourceName(this.scope, { maxLength: 128 }),
      authorizerType: WebSocketAuthorizerType.LAMBDA,
      authorizerUri: `arn:${partition}:apigateway:${region}:lambda:path/2015-03-31/functions/${this.handler.functionArn}/invocations`,
    });
    this.handler.addPermission('Permission', {
      scope: authorizer,
      principal: new ServicePrincipal('apigateway.amazonaws.com'),
      sourceArn: Stack.of(this.scope).formatArn({
        service: 'execute-api',
        resource: webSocketApi.apiId,
        resourceName: `authorizers/${authorizer.ref}`,
      }),
    });
    return { authorizerId: authorizer.ref, authorizationType: 'CUSTOM' };
  }
}

function claimProblems({ userIdClaim, roomsClaim, publishClaim }: TokenClaims): string[] {
  return Object.entries({ userIdClaim, roomsClaim, publishClaim }).flatMap(([name, claim]) =>
    check(`authorization.${name}`, claim, (given) => given !== '', 'the name of a claim'),
  );
}

function listProblems(property: string, list: string[], expected: string): string[] {
  return [
    ...check(property, list, ({ length }) => length > 0, expected),
    ...list.flatMap((each, i) => check(`${property}[${i}]`, each, (given) => given !== '', 'a text')),
  ];
}

/** Without query and fragment, which no issuer has: https://openid.net/specs/openid-connect-core-1_0.html#IssuerIdentifier */
function isHttps(address: string): boolean {
  return /^https:\/\/[^\s?#]+$/.test(address) && URL.canParse(address);
}

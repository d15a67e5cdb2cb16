// What each kind of authorization comes to in the template, and what is refused of it.
import { App, Stack, Token } from 'aws-cdk-lib';
import { UserPool } from 'aws-cdk-lib/aws-cognito';
import { Template } from 'aws-cdk-lib/assertions';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import {
  CognitoTokenUse,
  type JwtAuthorizationProps,
  SignalingAuthorization,
  WebRtcSignaling,
} from '../../lib';
import { contexts, make, type shapes, templateOf } from '../support/construct-shapes';
import { logicalId, permissions, resource, text } from '../support/construct-template';

type ShapeName = keyof typeof shapes;

const AUTHORIZER = 'AWS::ApiGatewayV2::Authorizer';
const logs = ['logs:CreateLogStream', 'logs:PutLogEvents'];
const connectRoute = (template: Template) =>
  resource(template, 'AWS::ApiGatewayV2::Route', 'SignalingConnectRoute').Properties;
/** Beside those that say under which name metrics are published: test/construct/template.test.ts has these. */
const variables = (template: Template) => {
  const { Environment } = resource(
    template,
    'AWS::Lambda::Function',
    'SignalingAuthorizerFunction',
  ).Properties;
  const {
    POWERTOOLS_METRICS_NAMESPACE: _namespace,
    POWERTOOLS_SERVICE_NAME: _service,
    ...own
  } = Environment.Variables;
  return own;
};

describe.each(Object.keys(contexts))('with %s', (context) => {
  const template = (shape: ShapeName) => templateOf(shape, context);

  test('none puts nothing before $connect', () => {
    expect(connectRoute(template('every default')).AuthorizationType).toBe('NONE');
    template('every default').resourceCountIs(AUTHORIZER, 0);
  });

  test('iam has API Gateway verify the signature, with no function', () => {
    const route = connectRoute(template('authorization by IAM'));
    expect([route.AuthorizationType, route.AuthorizerId]).toEqual(['AWS_IAM', undefined]);
    template('authorization by IAM').resourceCountIs(AUTHORIZER, 0);
  });

  test.each<[ShapeName, string]>([
    ['authorization by a provider', 'SignalingAuthorizerFunction'],
    ['authorization by a user pool', 'SignalingAuthorizerFunction'],
    ['authorization by room tokens', 'SignalingAuthorizerFunction'],
    ['authorization by a function of the app', 'Doorkeeper'],
  ])('%s asks %s before $connect, and before that alone, wherever the token is', (shape, functionId) => {
    const authorizerId = logicalId(template(shape), AUTHORIZER, 'SignalingAuthorizer');
    const functionArn = `\${${logicalId(template(shape), 'AWS::Lambda::Function', functionId)}.Arn}`;
    const { AuthorizerUri, ...authorizer } =
      template(shape).findResources(AUTHORIZER)[authorizerId].Properties;
    expect(authorizer).toEqual({
      ApiId: { Ref: logicalId(template(shape), 'AWS::ApiGatewayV2::Api', 'SignalingWebSocketApi') },
      AuthorizerType: 'REQUEST',
      Name: expect.stringMatching(/^StackSignaling/),
    });
    expect(text(AuthorizerUri)).toContain(`/functions/${functionArn}/invocations`);
    const permission = resource(
      template(shape),
      'AWS::Lambda::Permission',
      'SignalingAuthorizerPermission',
    ).Properties;
    expect(text(permission.FunctionName)).toBe(functionArn);
    expect(text(permission.SourceArn)).toMatch(new RegExp(`/authorizers/\\$\\{${authorizerId}\\}$`));
    expect(connectRoute(template(shape))).toMatchObject({
      AuthorizationType: 'CUSTOM',
      AuthorizerId: { Ref: authorizerId },
    });
    for (const route of ['SignalingMessageRoute', 'SignalingDisconnectRoute']) {
      const { AuthorizationType } = resource(template(shape), 'AWS::ApiGatewayV2::Route', route).Properties;
      expect(AuthorizationType).toBe('NONE');
    }
  });

  test('jwt tells the function provider, audience and claims, and lets it do nothing but log', () => {
    const shape = 'authorization by a provider';
    expect(variables(template(shape))).toEqual({
      JWT_ISSUERS: '["https://login.example.com/tenant"]',
      JWT_AUDIENCE: '["calls"]',
      USER_ID_CLAIM: 'sub',
      ROOMS_CLAIM: 'rooms',
      PUBLISH_CLAIM: 'publish',
    });
    expect(permissions(template(shape), 'SignalingAuthorizerFunction')).toEqual({
      '${SignalingAuthorizerFunctionLogs.Arn}': logs,
    });
  });

  test('cognito tells the function both names of the pool, its clients and which token', () => {
    const { JWT_ISSUERS, COGNITO_CLIENTS, ...rest } = variables(template('authorization by a user pool'));
    const pool = logicalId(template('authorization by a user pool'), 'AWS::Cognito::UserPool', 'Users');
    const address = `cognito-idp.\${AWS::Region}.\${AWS::URLSuffix}/\${${pool}}`;
    expect(text(JWT_ISSUERS)).toBe(`["https://${address}","https://issuer-${address}"]`);
    expect(text(COGNITO_CLIENTS)).toMatch(/^\["\$\{UsersPage\w+\}","\$\{UsersPhone\w+\}"\]$/);
    expect(rest).toEqual({
      COGNITO_TOKEN_USE: 'access',
      USER_ID_CLAIM: 'sub',
      ROOMS_CLAIM: 'cognito:groups',
    });
  });

  test('roomTokens makes a secret of 64 random characters, which the authorizer alone may read', () => {
    const shape = 'authorization by room tokens';
    const secret = resource(template(shape), 'AWS::SecretsManager::Secret', 'SignalingTokenSecret');
    expect(secret.Properties.GenerateSecretString).toEqual({ PasswordLength: 64, ExcludePunctuation: true });
    const secretId = logicalId(template(shape), 'AWS::SecretsManager::Secret', 'SignalingTokenSecret');
    expect(variables(template(shape))).toEqual({ TOKEN_SECRET_ARN: { Ref: secretId } });
    expect(permissions(template(shape), 'SignalingAuthorizerFunction')).toEqual({
      '${SignalingAuthorizerFunctionLogs.Arn}': logs,
      '${SignalingTokenSecret}': ['secretsmanager:GetSecretValue'],
    });
  });

  test('roomTokens takes a secret of the app, and single use for all', () => {
    const shape = 'authorization by room tokens, with a secret of the app';
    template(shape).resourceCountIs('AWS::SecretsManager::Secret', 1);
    const secretId = logicalId(template(shape), 'AWS::SecretsManager::Secret', 'RoomKey');
    expect(variables(template(shape))).toEqual({
      TOKEN_SECRET_ARN: { Ref: secretId },
      TOKEN_SINGLE_USE: 'true',
    });
  });
});

test('the secret and the function of room tokens can be reached', () => {
  const { signaling } = make(() => ({ authorization: SignalingAuthorization.roomTokens() }));
  expect(signaling.tokenSecret!.node.path).toBe('Stack/Signaling/TokenSecret');
  expect(signaling.authorizerFunction!.node.path).toBe('Stack/Signaling/AuthorizerFunction');
  expect(make().signaling.tokenSecret).toBeUndefined();
});

test('a secret that is known by its name is read by a pattern that matches its ARN', () => {
  const { stack } = make((stack) => ({
    authorization: SignalingAuthorization.roomTokens({
      secret: Secret.fromSecretNameV2(stack, 'Theirs', 'room-key'),
    }),
  }));
  const allowed = permissions(Template.fromStack(stack), 'SignalingAuthorizerFunction');
  expect(Object.keys(allowed)).toContainEqual(expect.stringMatching(/:secret:room-key-\?{6}$/));
});

test('a secret under a key of the app has the key decrypt for the authorizer, through Secrets Manager', () => {
  const { stack } = make((stack) => ({
    authorization: SignalingAuthorization.roomTokens({
      secret: new Secret(stack, 'RoomKey', { encryptionKey: new Key(stack, 'Key') }),
    }),
  }));
  const allowed = permissions(Template.fromStack(stack), 'SignalingAuthorizerFunction');
  expect(allowed).toMatchObject({
    '${Key.Arn} where kms:ViaService = secretsmanager.${AWS::Region}.amazonaws.com': ['kms:Decrypt'],
  });
});

test('one authorization may serve two services, each with a secret of its own', () => {
  const stack = new Stack(new App(), 'Stack');
  const authorization = SignalingAuthorization.roomTokens();
  const services = ['One', 'Two'].map((id) => new WebRtcSignaling(stack, id, { authorization }));
  const [one, two] = services.map(({ tokenSecret }) => tokenSecret!.node.path);
  expect([one, two]).toEqual(['Stack/One/TokenSecret', 'Stack/Two/TokenSecret']);
});

describe('refused', () => {
  const jwt = (props: Partial<JwtAuthorizationProps>) =>
    SignalingAuthorization.jwt({ issuer: 'https://login.example.com', audience: ['calls'], ...props });

  test.each<[() => SignalingAuthorization, string]>([
    [
      () => jwt({ issuer: 'http://login.example.com' }),
      'authorization.issuer: "http://login.example.com" given, expected an https:// URL',
    ],
    [
      () => jwt({ issuer: 'login.example.com' }),
      'authorization.issuer: "login.example.com" given, expected an https:// URL',
    ],
    [
      () => jwt({ issuer: 'https://a.example.com/?b' }),
      'authorization.issuer: "https://a.example.com/?b" given, expected an https:// URL',
    ],
    [() => jwt({ audience: [] }), 'authorization.audience: [] given, expected at least one audience'],
    [() => jwt({ audience: ['calls', ''] }), 'authorization.audience[1]: "" given, expected a text'],
    [() => jwt({ jwksUri: 'keys' }), 'authorization.jwksUri: "keys" given, expected an https:// URL'],
    [() => jwt({ userIdClaim: '' }), 'authorization.userIdClaim: "" given, expected the name of a claim'],
    [() => jwt({ roomsClaim: '' }), 'authorization.roomsClaim: "" given, expected the name of a claim'],
    [() => jwt({ publishClaim: '' }), 'authorization.publishClaim: "" given, expected the name of a claim'],
  ])('%#', (authorization, message) => {
    expect(() => make(() => ({ authorization: authorization() }))).toThrow(
      new Error(`Stack/Signaling has wrong properties:\n  ${message}`),
    );
  });

  test('a user pool without client, and a use of a token that there is not, told at once', () => {
    expect(() =>
      make((stack) => ({
        authorization: SignalingAuthorization.cognito({
          userPool: new UserPool(stack, 'Users'),
          clients: [],
          tokenUse: 'refresh' as CognitoTokenUse,
        }),
      })),
    ).toThrow(
      new Error(
        'Stack/Signaling has wrong properties:\n' +
          '  authorization.clients: [] given, expected at least one app client\n' +
          '  authorization.tokenUse: "refresh" given, expected a value of CognitoTokenUse',
      ),
    );
  });

  test('not what is known only as the template is deployed', () => {
    const later = Token.asString({ Ref: 'Parameter' });
    expect(() => make(() => ({ authorization: jwt({ issuer: later, audience: [later] }) }))).not.toThrow();
  });
});

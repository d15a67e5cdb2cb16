// An authorizer's handler in this process, with modules of its own: an execution environment.
import type { AuthorizerEvent, AuthorizerResult } from '../../lambda/authorization/event';

export const METHOD_ARN = 'arn:aws:execute-api:us-east-1:123456789012:a1b2c3d4e5/prod/$connect';

export type Authorizer = (event: AuthorizerEvent) => Promise<AuthorizerResult>;

export interface Environment {
  /** What a token is answered with: the context, or the status that a client sees. */
  ask: (token: string) => Promise<Record<string, string> | 401 | 403 | 500>;
  handler: Authorizer;
  /** Everything that was written to the log. */
  logged: () => string;
}

const OURS = [
  'TOKEN_SECRET_ARN',
  'TOKEN_SINGLE_USE',
  'JWT_ISSUERS',
  'JWT_AUDIENCE',
  'JWKS_URI',
  'COGNITO_CLIENTS',
  'COGNITO_TOKEN_USE',
  'USER_ID_CLAIM',
  'ROOMS_CLAIM',
  'PUBLISH_CLAIM',
];

export async function environment(
  entry: 'authorize-jwt' | 'authorize-room-token',
  variables: Record<string, string>,
): Promise<Environment> {
  for (const name of OURS) delete process.env[name];
  Object.assign(process.env, {
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    ...variables,
  });
  let handler!: Authorizer;
  await jest.isolateModulesAsync(async () => {
    handler = (await import(`../../lambda/${entry}`)).handler as Authorizer;
  });
  const lines: string[] = [];
  const write = jest.spyOn(process.stdout, 'write').mockImplementation((line) => {
    lines.push(String(line));
    return true;
  });
  onceDone(() => write.mockRestore());
  return {
    handler,
    logged: () => lines.join(''),
    async ask(token) {
      try {
        const { policyDocument, context } = await handler(withQuery(token));
        const [{ Effect, Resource }] = policyDocument.Statement;
        expect(Resource).toBe(METHOD_ARN);
        return Effect === 'Allow' ? context! : 403;
      } catch (error) {
        return (error as Error).message === 'Unauthorized' ? 401 : 500;
      }
    },
  };
}

const undo: (() => void)[] = [];
const onceDone = (done: () => void) => undo.push(done);
afterEach(() => undo.splice(0).forEach((done) => done()));

export function event(parts: Partial<AuthorizerEvent>): AuthorizerEvent {
  return { methodArn: METHOD_ARN, requestContext: { connectionId: 'TXzPWdnOjoECGjA=' }, ...parts };
}

export function withQuery(token: string): AuthorizerEvent {
  return event({
    queryStringParameters: { token },
    multiValueQueryStringParameters: { token: [token] },
  });
}

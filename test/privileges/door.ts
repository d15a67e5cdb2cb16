// How a client gets in, read from the template: so that a new shape needs no word of how it is to be played.
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { AwsClient } from 'aws4fetch';
import { SignJWT } from 'jose';
import type { Playing } from '../../local/src';
import type { StackModel } from '../../local/src/template/read-template';
import type { OidcProvider } from '../support/oidc-provider';

export interface Door {
  /** Address of a new connection, with what lets it in. */
  url: (who?: { userId?: string; publish?: boolean }) => Promise<string>;
  /** What a browser would send, where pages from everywhere may not connect. */
  origin?: string;
  /** Whether who comes in may be one who only listens. */
  knowsListeners: boolean;
  /** Whether a URL opens one connection only. */
  isSingleUse: boolean;
}

export const ROOMS = ['room', 'full'];

export async function doorOf(model: StackModel, playing: Playing, provider: OidcProvider): Promise<Door> {
  const connect = model.apis[0].routes.find(({ routeKey }) => routeKey === '$connect')!;
  const variablesOf = (id: string) =>
    model.functions.find(({ functionId }) => functionId === id)!.environment;
  const { ALLOWED_ORIGINS } =
    connect.integration.type === 'lambda' ? variablesOf(connect.integration.functionId) : {};
  const origin = ALLOWED_ORIGINS && (JSON.parse(ALLOWED_ORIGINS) as string[])[0];
  const withToken = (token: string) => `${playing.url}?token=${token}`;

  if (connect.wantsSignature) {
    const client = new AwsClient({ ...playing.credentials[0], region: 'us-east-1', service: 'execute-api' });
    const url = async () => {
      const signed = await client.sign(playing.url.replace('ws:', 'http:'), { aws: { signQuery: true } });
      return signed.url.replace('http:', 'ws:');
    };
    return { url, origin, knowsListeners: false, isSingleUse: false };
  }

  const authorizer = connect.authorizer && variablesOf(connect.authorizer.functionId);
  if (authorizer?.TOKEN_SECRET_ARN) {
    const key = new TextEncoder().encode(await secretOf(playing, authorizer.TOKEN_SECRET_ARN));
    let minted = 0;
    return {
      async url({ userId = `user-${minted}`, publish } = {}) {
        const token = new SignJWT({ sub: userId, rooms: ROOMS, publish, jti: `token-${(minted += 1)}` });
        return withToken(await token.setProtectedHeader({ alg: 'HS256' }).setExpirationTime('5m').sign(key));
      },
      origin,
      knowsListeners: true,
      isSingleUse: true,
    };
  }
  if (authorizer?.JWT_ISSUERS) {
    const [issuer] = JSON.parse(authorizer.JWT_ISSUERS) as string[];
    const { COGNITO_CLIENTS, COGNITO_TOKEN_USE, ROOMS_CLAIM, PUBLISH_CLAIM } = authorizer;
    return {
      async url({ userId = 'ada', publish = true } = {}) {
        const ofPool = COGNITO_CLIENTS && {
          iss: `${provider.url}/${issuer.split('/').at(-1)!}`,
          aud: undefined,
          client_id: (JSON.parse(COGNITO_CLIENTS) as string[])[0],
          token_use: COGNITO_TOKEN_USE,
        };
        const claims = {
          ...ofPool,
          sub: userId,
          ...(ROOMS_CLAIM && { [ROOMS_CLAIM]: ROOMS }),
          ...(PUBLISH_CLAIM && { [PUBLISH_CLAIM]: publish }),
        };
        return withToken(await provider.token(claims));
      },
      origin,
      knowsListeners: PUBLISH_CLAIM !== undefined,
      isSingleUse: false,
    };
  }
  return { url: () => Promise.resolve(playing.url), origin, knowsListeners: false, isSingleUse: false };
}

async function secretOf({ secrets: { endpoint } }: Playing, SecretId: string): Promise<string> {
  const client = new SecretsManagerClient({
    endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
  const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId }));
  client.destroy();
  return SecretString!;
}

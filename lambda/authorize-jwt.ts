// The authorizer of `$connect` for tokens of an OpenID Connect provider or of a Cognito user pool.
import { authorizer } from './authorization/authorizer';
import { providerTokens, type ProviderTokenSettings } from './authorization/provider-token';
import { environment } from './environment';

const list = (name: string) => JSON.parse(environment(name)) as string[];

function check(): ProviderTokenSettings['check'] {
  if (process.env.COGNITO_CLIENTS === undefined) {
    return { kind: 'audience', audience: list('JWT_AUDIENCE'), jwksUri: process.env.JWKS_URI };
  }
  const tokenUse = environment('COGNITO_TOKEN_USE') as 'access' | 'id';
  return { kind: 'cognito', clients: list('COGNITO_CLIENTS'), tokenUse };
}

export const handler = authorizer(
  providerTokens({
    issuers: list('JWT_ISSUERS'),
    check: check(),
    userIdClaim: environment('USER_ID_CLAIM'),
    roomsClaim: process.env.ROOMS_CLAIM,
    publishClaim: process.env.PUBLISH_CLAIM,
  }),
);

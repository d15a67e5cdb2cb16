// The authorizer of `$connect` for tokens that the user's own backend mints.
import { authorizer } from './authorization/authorizer';
import { roomTokens } from './authorization/room-token';
import { readSecret } from './aws/secrets';
import { environment } from './environment';

const secretArn = environment('TOKEN_SECRET_ARN');

export const handler = authorizer(
  roomTokens({
    read: (version, youngerThanMs) => readSecret(secretArn, version, youngerThanMs),
    now: () => Date.now(),
    singleUseOnly: process.env.TOKEN_SINGLE_USE === 'true',
  }),
);

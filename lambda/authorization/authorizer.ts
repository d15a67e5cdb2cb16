// What every authorizer of a token has in common: finds the token, and turns what it gives into the answer that API
// Gateway wants. An error other than `Unauthorized` is 500 to the client. No line of the log has a token in it, and none
// what a library says of one: JSON.parse, for one, quotes what it could not read.
import { log } from '../log';
import type { Measures } from '../metrics';
import type { AuthorizerEvent, AuthorizerResult } from './event';
import { GivesNothing, type Grant, NotAuthentic } from './grant';
import { tokenOf } from './token';

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html */
const RESULT_BYTES = 8192;

/** @param grantOf throws NotAuthentic, GivesNothing, or whatever keeps it from deciding */
export function authorizer(grantOf: (token: string) => Promise<Grant>) {
  return async (event: AuthorizerEvent): Promise<AuthorizerResult> => {
    const { connectionId } = event.requestContext;
    const startedAt = Date.now();
    const say = (
      level: 'info' | 'error',
      outcome: string,
      details: Record<string, unknown> = {},
      measures: Measures = {},
    ) => log(level, 'authorize', { connectionId, outcome, ms: Date.now() - startedAt, ...details }, measures);
    try {
      const token = tokenOf(event);
      if (token === undefined) throw new NotAuthentic('no token');
      const result = allow(event, await grantOf(token));
      say('info', 'allowed');
      return result;
    } catch (error) {
      if (error instanceof NotAuthentic) {
        say('info', 'unauthorized', { reason: error.reason }, { AuthorizerRefusals: 1 });
        // The one message that makes it 401.
        throw new Error('Unauthorized');
      }
      if (error instanceof GivesNothing) {
        say('info', 'denied', { reason: error.reason }, { AuthorizerRefusals: 1 });
        return answer(event, 'Deny', 'nobody');
      }
      say('error', 'failed', { error }, { HandlerFailures: 1 });
      throw new Error('the authorizer could not decide');
    }
  };
}

function allow(event: AuthorizerEvent, { userId, rooms, publish, singleUse }: Grant): AuthorizerResult {
  const result = {
    ...answer(event, 'Allow', userId),
    // It comes back with every event of the connection, each value a string.
    context: {
      userId,
      ...(rooms && { rooms: JSON.stringify(rooms) }),
      ...(publish !== undefined && { publish: String(publish) }),
      ...(singleUse && {
        tokenId: singleUse.tokenId,
        tokenExpiresAt: String(singleUse.expiresAt),
      }),
    },
  };
  // API Gateway would answer 500.
  if (Buffer.byteLength(JSON.stringify(result)) > RESULT_BYTES) throw new GivesNothing('too many rooms');
  return result;
}

function answer(
  { methodArn }: AuthorizerEvent,
  Effect: 'Allow' | 'Deny',
  principalId: string,
): AuthorizerResult {
  const statement = { Effect, Action: 'execute-api:Invoke', Resource: methodArn } as const;
  return { principalId, policyDocument: { Version: '2012-10-17', Statement: [statement] } };
}

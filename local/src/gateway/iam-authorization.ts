// `$connect` with AWS_IAM: whose signature the handshake has, and whether that one may connect.
import type { IncomingMessage } from 'node:http';
import { AwsError } from '../aws-error';
import { type IamIdentity, identityOf } from '../iam/principal';
import { verifySignature } from '../iam/signature';
import { methodArn } from './aws-names';
import type { GatewayContext } from './context';
import type { ConnectionFacts } from './events';

export type IamAuthorization =
  { allowed: true; identity: IamIdentity } | { allowed: false; status: number; error: string };

export async function authorizeByIam(
  { clientCredentials, clock, guard }: GatewayContext,
  { api, stage }: ConnectionFacts,
  { method = 'GET', url = '/', headers }: IncomingMessage,
): Promise<IamAuthorization> {
  let principal;
  try {
    principal = verifySignature({ method, url, headers }, clientCredentials, clock.now());
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    return { allowed: false, status: error.status, error: `${error.code}: ${error.message}` };
  }
  const { policies, userArn } = principal;
  const refusal =
    policies &&
    (await guard?.refusal({ policies, principalArn: userArn, identityArn: userArn }, [
      { action: 'execute-api:Invoke', resource: methodArn(api.apiId, stage.stageName, '$connect') },
    ]));
  return refusal === undefined
    ? { allowed: true, identity: identityOf(principal) }
    : { allowed: false, status: 403, error: refusal };
}

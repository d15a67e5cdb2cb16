import { ACCOUNT_ID } from '../gateway/aws-names';
import type { PrincipalModel } from '../model';
import type { Credentials } from './credentials';
import type { Caller } from './guard';

/** A function, as the session of its role that Lambda calls by the function's name. */
export function functionCaller({
  functionId,
  functionName,
  roleId,
  roleName,
  policies,
}: PrincipalModel): Caller {
  return {
    functionId,
    roleId,
    policies,
    principalArn: `arn:aws:sts::${ACCOUNT_ID}:assumed-role/${roleName}/${functionName}`,
    identityArn: `arn:aws:iam::${ACCOUNT_ID}:role/${roleName}`,
  };
}

/** As Lambda gives them to a function. */
export function credentialVariables({ accessKeyId, secretAccessKey, sessionToken }: Credentials) {
  return {
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_SESSION_TOKEN: sessionToken,
  };
}

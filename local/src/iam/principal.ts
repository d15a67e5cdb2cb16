// Whoever signs a handshake: a user or a session of a role.
import { createHash } from 'node:crypto';
import { ACCOUNT_ID } from '../gateway/aws-names';
import type { Policy } from './api-call';

/** Credentials that a client may sign its URL with, and whose they are. */
export interface ClientCredentials {
  accessKeyId: string;
  secretAccessKey: string;
  /** With temporary credentials. */
  sessionToken?: string;
  /** `arn:aws:iam::000000000000:user/NAME`, `arn:aws:sts::000000000000:assumed-role/ROLE/SESSION` */
  userArn: string;
  /** What the principal may do, for the judge. @default - it may connect */
  policies?: Policy[];
}

/** Whose the gateway knows where it is told of no others: the same at every start, and no secret. */
export const LOCAL_CREDENTIALS: ClientCredentials = {
  accessKeyId: 'AKIALOCALLOCALLOCALX',
  secretAccessKey: 'local/secret/access/key/which/is/no/secret',
  userArn: `arn:aws:iam::${ACCOUNT_ID}:user/local`,
};

/** What events say of a principal. The ids, which IAM gives to users and roles, are made of the ARN. */
export interface IamIdentity {
  accessKey: string;
  accountId: string;
  caller: string;
  user: string;
  userArn: string;
}

export function identityOf({ accessKeyId, userArn }: ClientCredentials): IamIdentity {
  const [, , , , accountId, resource = ''] = userArn.split(':');
  const [kind, name, session] = resource.split('/');
  const id = createHash('sha256').update(`${kind}/${name}`).digest('hex').slice(0, 17).toUpperCase();
  const caller = kind === 'assumed-role' ? `AROA${id}:${session}` : `AIDA${id}`;
  return { accessKey: accessKeyId, accountId, caller, user: caller, userArn };
}

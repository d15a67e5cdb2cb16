// KMS keys of the template: what is kept under one is read with the caller's own right to use it.
// https://docs.aws.amazon.com/kms/latest/developerguide/services-dynamodb.html
// https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html
import { ACCOUNT_ID, REGION } from '../gateway/aws-names';
import type { Request } from './guard';

export interface Keys {
  /** ARN of the key that a table or a secret is under, by the ARN of that. */
  keyOf: ReadonlyMap<string, string>;
  /** By the key's ARN. */
  policyOf: ReadonlyMap<string, unknown>;
}

/** Nothing where `resource`, which may be an index of a table, is under no key of the template's. */
export function decryptionBy(
  service: 'dynamodb' | 'secretsmanager',
  { keyOf, policyOf }: Keys,
  resource: string,
): Request[] {
  const key = keyOf.get(resource.replace(/\/index\/.*$/, ''));
  if (key === undefined) return [];
  const table = /:table\/([^/]+)/.exec(resource)?.[1];
  const context: Record<string, string> =
    table === undefined ? {} : { 'kms:EncryptionContext:aws:dynamodb:tableName': table };
  return [decryption(service, key, policyOf, context)];
}

/** With `key`, by a service in the name of its caller. */
export function decryption(
  service: string,
  key: string,
  policyOf: Keys['policyOf'],
  context: Record<string, string> = {},
): Request {
  return {
    action: 'kms:Decrypt',
    resource: key,
    resourcePolicy: policyOf.get(key),
    context: {
      'kms:CallerAccount': ACCOUNT_ID,
      'kms:ViaService': `${service}.${REGION}.amazonaws.com`,
      'aws:ViaAWSService': 'true',
      ...context,
    },
  };
}

import { CannotPlay } from '../cannot-play';
import type { SecretModel } from '../model';
import { generateSecretString, type GenerateSecretString } from '../secrets/generate';
import type { Get, StackResources } from './stack-resources';

export function readSecret(stack: StackResources, secretId: string, get: Get): SecretModel {
  const secretString = get('SecretString') as string | undefined;
  const generate = get('GenerateSecretString') as GenerateSecretString | undefined;
  if (secretString !== undefined && generate !== undefined) {
    throw new CannotPlay([`${secretId}: expected SecretString or GenerateSecretString, not both`]);
  }
  return {
    secretId,
    name: stack.intrinsics.physicalName(secretId, secretId),
    arn: stack.intrinsics.secretArn(secretId, secretId),
    description: get('Description') as string | undefined,
    kmsKeyId: get('KmsKeyId') as string | undefined,
    secretString:
      generate === undefined
        ? secretString
        : generateSecretString(generate, `${secretId}.GenerateSecretString`),
  };
}

// Secrets that the template names and does not make: an app has them already, so whoever plays it says what is in them.
import { createHash } from 'node:crypto';
import { arn } from '../gateway/aws-names';
import type { SecretModel } from '../model';

/** @param given text of each secret, by its name or ARN */
export function secretsElsewhere(given: Record<string, string>): SecretModel[] {
  return Object.entries(given).map(([id, secretString]) => {
    const isArn = id.startsWith('arn:');
    const suffix = createHash('sha256').update(id).digest('hex').slice(0, 6);
    return {
      secretId: id,
      name: isArn
        ? id
            .split(':')
            .slice(6)
            .join(':')
            .replace(/-\w{6}$/, '')
        : id,
      arn: isArn ? id : arn('secretsmanager', `secret:${id}-${suffix}`),
      secretString,
    };
  });
}

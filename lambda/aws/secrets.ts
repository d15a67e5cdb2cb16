// Secrets Manager: read once an execution environment, and again when what was read is old.
import {
  GetSecretValueCommand,
  ResourceNotFoundException,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { requestTimeouts } from './request-timeouts';

/** How long a secret that was read is held for the one that is. */
const HOLDS_MS = 5 * 60_000;

/** `AWSPREVIOUS` is what a rotation has left: whoever was given something by it may still come. */
export type SecretVersion = 'AWSCURRENT' | 'AWSPREVIOUS';

const client = new SecretsManagerClient({ maxAttempts: 3, requestHandler: requestTimeouts });

const read = new Map<string, { at: number; value: Promise<string | undefined> }>();

/**
 * The text of a secret, or undefined where it has no such version.
 *
 * @param youngerThanMs reads it anew where it was read longer ago
 */
export async function readSecret(
  arn: string,
  version: SecretVersion = 'AWSCURRENT',
  youngerThanMs = HOLDS_MS,
): Promise<string | undefined> {
  const key = `${version} ${arn}`;
  const known = read.get(key);
  if (known && Date.now() - known.at < youngerThanMs) return known.value;
  const value = request(arn, version);
  read.set(key, { at: Date.now(), value });
  // What failed is not kept: the next one asks again, unless what was read before still holds.
  value.catch(() => {
    if (read.get(key)?.value !== value) return;
    if (known && Date.now() - known.at < HOLDS_MS) read.set(key, known);
    else read.delete(key);
  });
  return value;
}

async function request(SecretId: string, VersionStage: SecretVersion): Promise<string | undefined> {
  try {
    return (await client.send(new GetSecretValueCommand({ SecretId, VersionStage }))).SecretString;
  } catch (error) {
    if (error instanceof ResourceNotFoundException && VersionStage === 'AWSPREVIOUS') return undefined;
    throw error;
  }
}

// Credentials that name whoever has them: what is called with them is called by that one.
import { randomBytes } from 'node:crypto';

/** Of a function's role: temporary, so with a token. */
export interface Credentials {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken: string;
}

/** In AWS's forms: a temporary key's id has the prefix ASIA. */
export function newCredentials(): Credentials {
  return {
    accessKeyId: `ASIA${randomBytes(8).toString('hex').toUpperCase()}`,
    secretAccessKey: randomBytes(30).toString('base64'),
    sessionToken: randomBytes(90).toString('base64'),
  };
}

/** Of `AWS4-HMAC-SHA256 Credential=ID/DATE/REGION/SERVICE/aws4_request, …`. */
export function accessKeyIdOf(authorization: string | undefined): string | undefined {
  return /^AWS4-HMAC-SHA256 .*\bCredential=([^/,\s]+)\//.exec(authorization ?? '')?.[1];
}

// What AWS would call things: the names that appear in events, ARNs and addresses.
import { randomBytes } from 'node:crypto';

export const REGION = 'us-east-1';
export const ACCOUNT_ID = '000000000000';

export function arn(service: string, resource: string): string {
  return `arn:aws:${service}:${REGION}:${ACCOUNT_ID}:${resource}`;
}

/** `TXzPWdnOjoECGjA=`: the form of connection, request and message ids. */
export function newId(): string {
  return randomBytes(11).toString('base64');
}

export function isId(text: string): boolean {
  return /^[\w+/-]{15}=$/.test(text);
}

export function domainName(apiId: string): string {
  return `${apiId}.execute-api.${REGION}.amazonaws.com`;
}

export function methodArn(apiId: string, stageName: string, routeKey: string): string {
  return arn('execute-api', `${apiId}/${stageName}/${routeKey}`);
}

// Verifies AWS Signature Version 4, in the query, as a browser must send it, or in the Authorization header.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { AwsError } from '../aws-error';
import { REGION } from '../gateway/aws-names';
import type { Credentials } from './credentials';

export interface SignedRequest {
  method: string;
  /** Path and query as they came. */
  url: string;
  headers: IncomingHttpHeaders;
}

type Key = Omit<Credentials, 'sessionToken'> & { sessionToken?: string };

interface Claims {
  algorithm: string;
  /** `ID/20260101/us-east-1/execute-api/aws4_request` */
  credential: string;
  /** `20260101T000000Z` */
  date: string;
  /** Seconds for which it holds. */
  expires: string | undefined;
  signedHeaders: string;
  signature: string;
  token: string | undefined;
}

const ALGORITHM = 'AWS4-HMAC-SHA256';
const SERVICE = 'execute-api';
/** How far the two clocks may be apart, and for how long a signature holds that does not say so itself. */
const SKEW_MS = 5 * 60_000;
const LONGEST_SECONDS = 7 * 24 * 3600;

/**
 * The key that a request is signed with.
 *
 * @param now Unix milliseconds
 * @throws AwsError, always of the status 403
 */
export function verifySignature<T extends Key>(request: SignedRequest, keys: T[], now: number): T {
  const [path, query = ''] = splitOnce(request.url, '?');
  const parameters = query.split('&').filter(Boolean).map(readParameter);
  const claims = claimsOf(parameters, request.headers);
  if (!claims) throw refused('MissingAuthenticationTokenException', 'Missing Authentication Token');

  const [accessKeyId, day, region, service, terminator] = claims.credential.split('/');
  const key = keys.find((each) => each.accessKeyId === accessKeyId);
  if (!key || key.sessionToken !== claims.token) {
    throw refused('UnrecognizedClientException', 'The security token included in the request is invalid.');
  }
  const scope = [day, region, service, terminator].join('/');
  const wanted = [claims.date.slice(0, 8), REGION, SERVICE, 'aws4_request'].join('/');
  if (claims.algorithm !== ALGORITHM || scope !== wanted) {
    throw refused(
      'InvalidSignatureException',
      `Credential should be scoped to ${wanted} by ${ALGORITHM}, not to ${scope} by ${claims.algorithm}`,
    );
  }
  checkTime(claims, now);

  const canonicalRequest = [
    request.method,
    canonicalPath(path),
    canonicalQuery(parameters),
    ...canonicalHeaders(claims.signedHeaders.split(';'), request.headers),
    '',
    claims.signedHeaders,
    request.headers['x-amz-content-sha256'] ?? sha256(''),
  ].join('\n');
  const toSign = [ALGORITHM, claims.date, scope, sha256(canonicalRequest)].join('\n');
  const signingKey = [day, REGION, SERVICE, 'aws4_request'].reduce<string | Buffer>(
    hmac,
    `AWS4${key.secretAccessKey}`,
  );
  const expected = Buffer.from(hmac(signingKey, toSign).toString('hex'));
  const given = Buffer.from(claims.signature);
  if (expected.length !== given.length || !timingSafeEqual(expected, given)) {
    throw refused(
      'InvalidSignatureException',
      'The request signature we calculated does not match the signature you provided.',
    );
  }
  return key;
}

function claimsOf(parameters: Parameter[], headers: IncomingHttpHeaders): Claims | undefined {
  const parameter = (name: string) => parameters.find((each) => each.name === `X-Amz-${name}`)?.value;
  const algorithm = parameter('Algorithm');
  if (algorithm !== undefined) {
    return {
      algorithm,
      credential: parameter('Credential') ?? '',
      date: parameter('Date') ?? '',
      expires: parameter('Expires'),
      signedHeaders: parameter('SignedHeaders') ?? '',
      signature: parameter('Signature') ?? '',
      token: parameter('Security-Token'),
    };
  }
  const [, inHeader, fields = ''] = /^(\S+)\s+(.*)$/.exec(headers.authorization ?? '') ?? [];
  if (inHeader === undefined) return undefined;
  const field = (name: string) => new RegExp(`\\b${name}=([^,\\s]+)`).exec(fields)?.[1] ?? '';
  return {
    algorithm: inHeader,
    credential: field('Credential'),
    date: String(headers['x-amz-date'] ?? ''),
    expires: undefined,
    signedHeaders: field('SignedHeaders'),
    signature: field('Signature'),
    token: headers['x-amz-security-token'] as string | undefined,
  };
}

function checkTime({ date, expires }: Claims, now: number): void {
  const [, ...parts] = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(date) ?? [];
  const [year, month, day, hour, minute, second] = parts.map(Number);
  const signedAt = parts.length === 0 ? NaN : Date.UTC(year, month - 1, day, hour, minute, second);
  const seconds = expires === undefined ? SKEW_MS / 1000 : /^\d+$/.test(expires) ? Number(expires) : NaN;
  // A time that cannot be read holds at none.
  if (!(seconds >= 1 && seconds <= LONGEST_SECONDS && signedAt - SKEW_MS <= now)) {
    throw refused('InvalidSignatureException', `Signature not yet current, or not of a time: ${date}`);
  }
  if (now >= signedAt + seconds * 1000) {
    throw refused('InvalidSignatureException', `Signature expired: ${date} and ${seconds} s are past`);
  }
}

interface Parameter {
  name: string;
  value: string;
}

function readParameter(text: string): Parameter {
  const [name, value = ''] = splitOnce(text, '=');
  return { name: decode(name), value: decode(value) };
}

/** As for every service but S3: what is encoded in the path is encoded once more. */
function canonicalPath(path: string): string {
  return path.replace(/\/+/g, '/').split('/').map(encode).join('/');
}

function canonicalQuery(parameters: Parameter[]): string {
  return parameters
    .filter(({ name }) => name !== 'X-Amz-Signature')
    .map(({ name, value }) => [encode(name), encode(value)])
    .sort(([a, x], [b, y]) => compare(a, b) || compare(x, y))
    .map((pair) => pair.join('='))
    .join('&');
}

function canonicalHeaders(names: string[], headers: IncomingHttpHeaders): string[] {
  // A signature that leaves out where it is for would hold anywhere.
  if (!names.includes('host')) throw refused('InvalidSignatureException', "'Host' must be a signed header");
  return names.map((name) => {
    const value = [headers[name] ?? []].flat().join(',');
    return `${name}:${value.trim().replace(/\s+/g, ' ')}`;
  });
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** A plus is a space, as the clients that sign take it. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return text;
  }
}

/** RFC 3986, which keeps fewer characters than encodeURIComponent. */
function encode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function splitOnce(text: string, separator: string): [string, string?] {
  const at = text.indexOf(separator);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function refused(code: string, message: string): AwsError {
  return new AwsError(code, message, 403);
}

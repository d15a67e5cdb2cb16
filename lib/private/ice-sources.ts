// Where clients' ICE servers come from, as the message handler reads it in ICE_SERVERS (lambda/ice/source.ts has the
// other end): names of secrets stand there, never what they hold.
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';

export type IceSource =
  | { readonly kind: 'static'; readonly iceServers: { readonly urls: string[] }[] }
  | {
      readonly kind: 'turn';
      readonly urls: string[];
      readonly username: string;
      readonly secret: ISecret;
      readonly secretField?: string;
    }
  | {
      readonly kind: 'coturn';
      readonly urls: string[];
      readonly secret: ISecret;
      readonly ttlSeconds: number;
    }
  | {
      readonly kind: 'cloudflare';
      readonly url: string;
      readonly keyId: string;
      readonly secret: ISecret;
      readonly ttlSeconds: number;
    };

export function secretsOf(sources: IceSource[]): ISecret[] {
  return [...new Set(sources.flatMap((source) => (source.kind === 'static' ? [] : [source.secret])))];
}

/** Field by field: what else an object brings must not reach the template. */
export function describeSource(source: IceSource, arnOf = fullestArnOf): object {
  switch (source.kind) {
    case 'static':
      return { kind: source.kind, iceServers: source.iceServers.map(({ urls }) => ({ urls })) };
    case 'turn':
      return {
        kind: source.kind,
        urls: source.urls,
        username: source.username,
        secretArn: arnOf(source.secret),
        secretField: source.secretField,
      };
    case 'coturn':
      return {
        kind: source.kind,
        urls: source.urls,
        secretArn: arnOf(source.secret),
        ttlSeconds: source.ttlSeconds,
      };
    case 'cloudflare':
      return {
        kind: source.kind,
        url: source.url,
        secretArn: arnOf(source.secret),
        ttlSeconds: source.ttlSeconds,
      };
  }
}

const fullestArnOf = (secret: ISecret) => secret.secretFullArn ?? secret.secretArn;

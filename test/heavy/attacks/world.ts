// What is attacked: one runner that plays services of every kind of authorization, and two bystanders in a call.
import { createSecretKey, type KeyObject, randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { App, Stack } from 'aws-cdk-lib';
import { UserPool, UserPoolClient } from 'aws-cdk-lib/aws-cognito';
import { type JWTPayload, SignJWT } from 'jose';
import { type ClientOptions, WebSocket } from 'ws';
import { type LogEntry, play, type Playing } from 'webrtc-signaling-local';
import { SignalingAuthorization, WebRtcSignaling, type WebRtcSignalingProps } from '../../../lib';
import { type OidcProvider, startOidcProvider } from '../../support/oidc-provider';
import { Wire } from '../../support/wire';

const ISSUER = 'https://login.example.com';
const COGNITO = 'https://cognito-idp.us-east-1.amazonaws.com';
const POOL = 'us-east-1_Attacked1';
/** The one app client of that pool that may come. */
export const COGNITO_CLIENT = 'client1';
export const AUDIENCE = 'calls';
/** Rooms that the attacker's token is good for; the bystanders are in neither. */
export const ATTACKERS_ROOM = 'attacker';
export const BYSTANDERS_ROOM = 'bystanders';
export const TALKERS_ROOM = 'talkers';
export const ALLOWED_ORIGIN = 'https://app.example.com';

/** Each service by its name, as the construct makes it. */
const SERVICES = {
  tokens: (_stack) => ({ authorization: SignalingAuthorization.roomTokens() }),
  singleUse: (_stack) => ({ authorization: SignalingAuthorization.roomTokens({ singleUse: true }) }),
  provider: (_stack) => ({
    authorization: SignalingAuthorization.jwt({ issuer: ISSUER, audience: [AUDIENCE] }),
  }),
  cognito: (stack) => ({
    authorization: SignalingAuthorization.cognito({
      userPool: UserPool.fromUserPoolId(stack, 'Pool', POOL),
      clients: [UserPoolClient.fromUserPoolClientId(stack, 'Client', COGNITO_CLIENT)],
    }),
  }),
  iam: (_stack) => ({ authorization: SignalingAuthorization.iam() }),
  origins: (_stack) => ({
    authorization: SignalingAuthorization.none(),
    allowedOrigins: [ALLOWED_ORIGIN, 'https://*.calls.example.com'],
    allowAbsentOrigin: false,
  }),
  /** So that a flood need not be long to be one. */
  limited: (_stack) => ({
    authorization: SignalingAuthorization.roomTokens(),
    maxMessagesPerSecond: 5,
  }),
  perUser: (_stack) => ({
    authorization: SignalingAuthorization.roomTokens(),
    maxConnectionsPerUserPerMinute: 5,
    maxPeersPerRoom: 2,
  }),
} satisfies Record<string, (stack: Stack) => WebRtcSignalingProps>;

export type ServiceName = keyof typeof SERVICES;

export interface World {
  url: Record<ServiceName, string>;
  provider: OidcProvider;
  /** What the provider's tokens have as `iss`, and the user pool's. */
  issuer: { provider: string; cognito: string };
  /** What the room tokens of a service are signed with. */
  secret: Record<'tokens' | 'singleUse' | 'limited' | 'perUser', KeyObject>;
  /** The lines that the functions wrote, and what went wrong in the runner. */
  log: LogEntry[];
  close(): Promise<void>;
}

export async function startWorld(): Promise<World> {
  const provider = await startOidcProvider();
  const folder = mkdtempSync(join(tmpdir(), 'attacked-'));
  process.env.CDK_VALIDATION = 'false';
  const stack = new Stack(new App({ outdir: folder }), 'Attacked');
  for (const [name, props] of Object.entries(SERVICES)) new WebRtcSignaling(stack, name, props(stack));
  const log: LogEntry[] = [];
  const playing = await play({
    assembly: (stack.node.root as App).synth().directory,
    redirect: { [ISSUER]: provider.url, [COGNITO]: provider.url },
    log: (entry) => log.push(entry),
  });
  const names = Object.keys(SERVICES) as ServiceName[];
  return {
    url: Object.fromEntries(names.map((name, i) => [name, playing.urls[i]])) as World['url'],
    provider,
    issuer: { provider: provider.url, cognito: `${provider.url}/${POOL}` },
    secret: await secretsOf(playing),
    log,
    async close() {
      await playing.close();
      await provider.close();
      rmSync(folder, { recursive: true });
    },
  };
}

async function secretsOf({ secrets }: Playing): Promise<World['secret']> {
  const client = new SecretsManagerClient({
    region: 'us-east-1',
    endpoint: secrets.endpoint,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
  const read = async (service: string) => {
    const [, arn] = Object.entries(secrets.arns).find(([id]) => id.startsWith(service))!;
    const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId: arn }));
    return createSecretKey(Buffer.from(SecretString!));
  };
  try {
    return {
      tokens: await read('tokens'),
      singleUse: await read('singleUse'),
      limited: await read('limited'),
      perUser: await read('perUser'),
    };
  } finally {
    client.destroy();
  }
}

export const now = () => Math.floor(Date.now() / 1000);

/** The claims of a good room token of the attacker. */
export function attacker(claims: Record<string, unknown> = {}): JWTPayload {
  return { sub: 'mallory', rooms: [ATTACKERS_ROOM, 'team-*'], exp: now() + 300, ...claims };
}

/** A room token; `undefined` leaves a claim out. */
export function mint(
  key: KeyObject | Uint8Array,
  claims: JWTPayload = attacker(),
  header: Record<string, unknown> = {},
): Promise<string> {
  return new SignJWT(claims).setProtectedHeader({ alg: 'HS256', ...header }).sign(key);
}

export const withToken = (url: string, token: string) => `${url}?token=${encodeURIComponent(token)}`;

/** Whether a handshake got through, or the status that it was refused with. */
export async function knock(
  url: string,
  { protocols, ...options }: ClientOptions & { protocols?: string[] } = {},
): Promise<'open' | number> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url, protocols, options);
    socket.on('open', () => {
      socket.close();
      resolve('open');
    });
    socket.on('unexpected-response', (request, { statusCode }) => {
      request.destroy();
      resolve(statusCode!);
    });
    // What `ws` makes of a handshake that it is not answered as it should be.
    socket.on('error', (error) =>
      error.message.includes('before the connection') ? undefined : reject(error),
    );
  });
}

/** A connection of the attacker, let in with a good token. */
export async function openAsAttacker(
  { url, secret }: World,
  claims?: Record<string, unknown>,
): Promise<Wire> {
  return Wire.open(withToken(url.tokens, await mint(secret.tokens, attacker(claims))));
}

/** In every frame that an attacker sends: no bystander may ever see it. */
export const MARK = `mark-${randomUUID()}`;

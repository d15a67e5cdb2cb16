import type { IceServer } from '../../protocol/messages';

/** Where ICE servers come from: the construct writes an array of these into ICE_SERVERS (lib/private/ice-sources.ts). */
export type IceSource =
  | { kind: 'static'; iceServers: IceServer[] }
  /** `secretField`: of a JSON object, where the secret's text is not the credential itself. */
  | { kind: 'turn'; urls: string[]; username: string; secretArn: string; secretField?: string }
  | { kind: 'coturn'; urls: string[]; secretArn: string; ttlSeconds: number }
  | { kind: 'cloudflare'; url: string; secretArn: string; ttlSeconds: number };

import type { IceServer } from '../../protocol/messages';
import type { Connection } from './room-store';

export interface GivenIceServers {
  iceServers: IceServer[];
  /** Unix seconds: when the first of their credentials expires. */
  expiresAt?: number;
}

/**
 * What a connection is told to use.
 *
 * @param now Unix milliseconds
 * @returns without a server that cannot be had: it never fails, and takes no longer than a few seconds
 */
export type IceServersFor = (connection: Connection, now: number) => Promise<GivenIceServers>;

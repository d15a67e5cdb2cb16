import type { IceServersFor } from './ice-servers';

/** What the construct's properties say to the service. */
export interface Settings {
  iceServersFor: IceServersFor;
  maxPeersPerRoom: number;
  maxRoomsPerConnection: number;
  /** UTF-8 bytes, of a message and of `metadata` as JSON. @default - the protocol's */
  maxMessageBytes?: number;
  maxMetadataBytes?: number;
}

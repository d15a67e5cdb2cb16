import type { IceServer } from '../../protocol/messages';

/** What the construct's properties say to the service. */
export interface Settings {
  iceServers: IceServer[];
  maxPeersPerRoom: number;
  maxRoomsPerConnection: number;
}

export { Call, joinCall, type CallEvents, type JoinCallOptions, type ScreenShare } from './call';
export { CallPeer, type CallPeerState } from './call-peer';
export type { TrackKind } from './outgoing';
export type { Path } from './path';
export { Room, type RoomEvents } from './room';
export {
  SignalingClient,
  type JoinRoomOptions,
  type SignalingClientOptions,
  type SignalingEvents,
  type SignalingState,
} from './signaling-client';
export { SignalingError, type SignalingErrorCode } from './signaling-error';
export { authorizedSocket, type AuthorizedSocketOptions, type Handshake } from './authorized-socket';
export type { Socket, SocketConstructor } from './socket';
export type {
  DeliveredMessage,
  ErrorCode,
  IceServer,
  IceServersMessage,
  LeaveReason,
  Metadata,
  PeerInfo,
} from '../../protocol/messages';

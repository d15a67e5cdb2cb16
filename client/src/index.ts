export { Call, joinCall, type CallEvents, type JoinCallOptions } from './call';
export { CallPeer, type CallPeerState, type TrackKind } from './call-peer';
export { Room, type RoomEvents } from './room';
export {
  SignalingClient,
  type JoinRoomOptions,
  type SignalingClientOptions,
  type SignalingEvents,
  type SignalingState,
} from './signaling-client';
export { SignalingError, type SignalingErrorCode } from './signaling-error';
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

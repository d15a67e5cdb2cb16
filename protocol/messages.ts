// The signaling protocol, version 1: every message type, error code and limit, written once for the
// handlers (lambda/) and the client (client/). JSON objects in WebSocket text frames.

/** What a peer may say about itself to the others of a room: any JSON object of at most 1 KiB. */
export type Metadata = Record<string, unknown>;

/** One entry of `RTCConfiguration.iceServers`. */
export interface IceServer {
  urls: string | string[];
  username?: string;
  credential?: string;
}

/** A peer as the others of its room see it. All but `metadata` comes from the server. */
export interface PeerInfo {
  /** Opaque name of the peer; never used again for another. */
  peerId: string;
  /** What it says about itself. */
  metadata?: Metadata;
  /** Who the authorizer said this is, where there is one. */
  userId?: string;
  /** Unix milliseconds; of who took a former peer's place, when that one joined. */
  joinedAt: number;
  /** The `peerId` of the former peer whose place it took by `resume`: it is that same client. */
  replaces?: string;
  /** SHA-256 of the token that this peer can `resume` with, base64url. */
  resumeHash?: string;
  /**
   * SHA-256 of the token that it came back with: who had this `resumeHash` was that same client, also where it was
   * held for gone meanwhile.
   */
  resumes?: string;
  /** `false` of a peer that may only listen: it never offers, so it is offered to. Absent otherwise. */
  publish?: false;
}

/** The messages that one peer sends to others, with the field that each carries. */
export const RELAYED_FIELDS = {
  offer: 'offer',
  answer: 'answer',
  'ice-candidate': 'candidate',
  'ice-candidates': 'candidates',
  signal: 'data',
} as const;

export type RelayedType = keyof typeof RELAYED_FIELDS;

/** Every `type` that a client sends. */
export const CLIENT_MESSAGE_TYPES = [
  'register',
  'leave',
  'offer',
  'answer',
  'ice-candidate',
  'ice-candidates',
  'signal',
  'ice-servers',
  'ping',
] as const;

export type ClientMessageType = (typeof CLIENT_MESSAGE_TYPES)[number];

/** `requestId` comes back on the answer, so that a client can tell which request it belongs to. */
export interface Request {
  /** Chosen by the client. */
  requestId?: string;
}

export interface RegisterMessage extends Request {
  type: 'register';
  roomId: string;
  metadata?: Metadata;
  /** The token of an earlier `registered`, to take that peer's place. One that no longer holds makes an ordinary join. */
  resume?: string;
}

export interface LeaveMessage extends Request {
  type: 'leave';
  roomId: string;
}

interface RelayedBase extends Request {
  roomId: string;
  /** The `peerId` to reach; without it, every other peer of the room. */
  to?: string;
  /** The sender's counter for one receiver, from 1. */
  seq?: number;
}

/** Further fields of a relayed message travel along untouched. */
export type RelayedMessage = RelayedBase &
  (
    | { type: 'offer'; offer: unknown }
    | { type: 'answer'; answer: unknown }
    | { type: 'ice-candidate'; candidate: unknown }
    | { type: 'ice-candidates'; candidates: unknown[] }
    | { type: 'signal'; data: unknown }
  );

export interface IceServersRequest extends Request {
  type: 'ice-servers';
}

export interface PingMessage extends Request {
  type: 'ping';
}

/** Whether it goes to other peers. */
export function isRelayed(message: ClientMessage): message is RelayedMessage {
  return message.type in RELAYED_FIELDS;
}

export type ClientMessage = RegisterMessage | LeaveMessage | RelayedMessage | IceServersRequest | PingMessage;

/** Why a peer is no longer in a room: it said so, its connection ended, or it was found gone. */
export type LeaveReason = 'left' | 'disconnected' | 'gone';

export interface RegisteredMessage extends Request {
  type: 'registered';
  roomId: string;
  /** Yours. */
  peerId: string;
  /** The roster without you, oldest first. */
  peers: PeerInfo[];
  /** Goes into `new RTCPeerConnection({ iceServers })` as it is. */
  iceServers: IceServer[];
  /** Unix seconds, where their credentials expire. */
  expiresAt?: number;
  /**
   * Takes this peer's place from another connection, once. Known to nobody else: keep it so. Absent where you were
   * in the room already: the former token holds.
   */
  resume?: string;
  /** `false` where you may only listen. Absent otherwise. */
  publish?: false;
}

export interface PeerJoinedMessage extends PeerInfo {
  type: 'peer-joined';
  roomId: string;
}

export interface PeerLeftMessage {
  type: 'peer-left';
  roomId: string;
  peerId: string;
  reason: LeaveReason;
}

export interface LeftMessage extends Request {
  type: 'left';
  roomId: string;
}

/** A relayed message as its receivers get it: as it was sent, without `requestId`, with `from` set by the server. */
export type DeliveredMessage = WithoutRequestId<RelayedMessage> & {
  /** The sender's `peerId`. */
  from: string;
};

/** Of each member of a union by itself, as `Omit` is not. */
type WithoutRequestId<T> = T extends unknown ? Omit<T, 'requestId'> : never;

export interface AckMessage extends Request {
  type: 'ack';
  /** How many peers took the message. */
  delivered: number;
}

/** The answer to `ice-servers`. */
export interface IceServersMessage extends Request {
  /** Of the message. */
  type: 'ice-servers';
  /** Goes into `new RTCPeerConnection({ iceServers })` as it is. */
  iceServers: IceServer[];
  /** Unix seconds, where the credentials expire. */
  expiresAt?: number;
}

export interface PongMessage extends Request {
  type: 'pong';
}

export interface ErrorMessage extends Request {
  type: 'error';
  code: ErrorCode;
  /** A sentence for a developer. */
  message: string;
  roomId?: string;
}

export type ServerMessage =
  | RegisteredMessage
  | PeerJoinedMessage
  | PeerLeftMessage
  | LeftMessage
  | DeliveredMessage
  | AckMessage
  | IceServersMessage
  | PongMessage
  | ErrorMessage;

/** Every `code` of an `error`, with what it means. An error does not close the connection. */
export const ERROR_CODES = {
  'bad-json': 'the frame is not a JSON object',
  'bad-message': 'a field is missing or wrong; the message names it',
  'unknown-type': 'there is no message of this type',
  'too-large': 'the message, or its metadata, is larger than allowed',
  'not-in-room': 'the sender is not a peer of this room',
  'room-full': 'the room has its most peers',
  'too-many-rooms': 'the connection is in its most rooms',
  'peer-not-found': 'no such peer in this room',
  forbidden: 'the sender may not do this',
  'rate-limited': 'too many messages; send slower, or the service closes the connection',
  'connection-ended': 'the service holds this connection for ended; open a new one',
  internal: 'the service failed; the same request may succeed later',
} as const;

/** One of `ERROR_CODES`. */
export type ErrorCode = keyof typeof ERROR_CODES;

/** UTF-8 bytes of a message at most. API Gateway closes a connection that sends a larger frame. */
export const MESSAGE_BYTES = 32 * 1024;

/** What a message may measure at most. */
export const LIMITS = {
  messageBytes: MESSAGE_BYTES,
  /** UTF-8 bytes of `metadata` as JSON. */
  metadataBytes: 1024,
  roomIdLength: 128,
  requestIdLength: 64,
  resumeLength: 256,
  /** Of `to`. */
  peerIdLength: 128,
  /** Objects and arrays within one another. */
  jsonDepth: 32,
} as const;

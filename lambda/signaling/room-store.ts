import type { Metadata } from '../../protocol/messages';
import type { Grant } from './grant';

/** A WebSocket, as every event of it tells. */
export interface Connection {
  connectionId: string;
  /** Who the authorizer said this is, where there is one. */
  userId?: string;
  /** Unix milliseconds. */
  connectedAt: number;
  /** When API Gateway had this event, Unix milliseconds; handlers may come to it later, and in another order. */
  receivedAt?: number;
  /** Absent: there is no authorizer, and everything is allowed. */
  grant?: Grant;
}

/**
 * What is just being done about a peer; absent: nothing, all have been told of it.
 * - `reserved`: it holds a place, nobody sees it yet.
 * - `announcing`: it is a peer of the room, and it and the others are being told so.
 * - `leaving`: it is a peer no more, and the others are being told so.
 */
export type Phase = 'reserved' | 'announcing' | 'leaving';

/** A row of the rooms table. */
export interface Peer {
  roomId: string;
  connectionId: string;
  /** When it joined, Unix milliseconds. */
  timestamp: number;
  metadata?: Metadata;
  userId?: string;
  /** `false` where it may only listen. */
  publish?: false;
  /** SHA-256 of the token that takes this peer's place. */
  resumeHash?: string;
  /** SHA-256 of the token that it came with. */
  resumes?: string;
  /** When its connection was made, Unix milliseconds: of two that came with one token, the later is the client's. */
  connectedAt: number;
  /** Whose place it takes, or took. */
  replaces?: string;
  /** Unix seconds; time to live. The row counts for nothing past it, whether DynamoDB has deleted it or not. */
  expiresAt: number;
  phase?: Phase;
  /**
   * Unix milliseconds; with `phase`. Past it, the handler that set the phase is taken for dead. It also tells
   * one handler's phase from another's.
   */
  phaseUntil?: number;
}

/** What a peer's removal came to: the row as it was, or why there was none to remove. */
export type Removal = Peer | 'absent' | 'announcing';

/**
 * The two tables. Every method is one request that DynamoDB applies whole or not at all and that is safe to
 * repeat; reads are strongly consistent, but for the index.
 */
export interface RoomStore {
  /** Notes the room in the connection's row. How many rooms are noted now, or undefined: the connection has ended. */
  noteRoom(connectionId: string, roomId: string): Promise<number | undefined>;

  /** Takes the note back. How many rooms are still noted, or undefined: the connection has ended. */
  dropRoom(connectionId: string, roomId: string): Promise<number | undefined>;

  /** Deletes the connection's row; the rooms that it noted. */
  deleteConnection(connectionId: string): Promise<string[]>;

  /** The rooms of a connection by the index, which lags. */
  findRooms(connectionId: string): Promise<string[]>;

  /** Puts a `reserved` row; false where the connection has a row in this room already. */
  reservePeer(peer: Peer): Promise<boolean>;

  /**
   * From this handler's `reserved` to `announcing`, with `replaces` as it has come to be; false where the row is no
   * longer there.
   */
  showPeer(peer: Peer): Promise<boolean>;

  /** New metadata for a peer without a phase, and back to `announcing`; the row, or undefined where there is none such. */
  refreshPeer(
    roomId: string,
    connectionId: string,
    metadata: Metadata | undefined,
    phaseUntil: number,
  ): Promise<Peer | undefined>;

  /** Ends the `announcing` that carries this `phaseUntil`; nothing where it is not there. */
  settlePeer(roomId: string, connectionId: string, phaseUntil: number): Promise<void>;

  /**
   * Makes a peer `leaving`, but as `removePeer` does not one that is `announcing`, nor one with another `resumeHash`
   * where that is given; false where nothing was made so.
   */
  startLeaving(
    roomId: string,
    connectionId: string,
    now: number,
    phaseUntil: number,
    resumeHash?: string,
  ): Promise<boolean>;

  getPeer(roomId: string, connectionId: string): Promise<Peer | undefined>;

  /** Every row of the room, whatever its phase and age. */
  readRoom(roomId: string): Promise<Peer[]>;

  /** Deletes a peer's row, but not one that is `announcing` and whose `phaseUntil` is at or after `now`. */
  removePeer(roomId: string, connectionId: string, now: number): Promise<Removal>;
}

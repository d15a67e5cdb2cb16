// The two tables in memory, for the schedules: each method is applied at once and whole, as DynamoDB applies a
// request. test/handlers/room-store.test.ts holds it equal to the real one.
import type { Connection, Peer, Removal, RoomStore } from '../../lambda/signaling/room-store';

export class MemoryRoomStore implements RoomStore {
  readonly connections = new Map<string, Set<string>>();
  readonly peers = new Map<string, Peer>();
  /** As the index knows it: each write of a row's key reaches it by `updateIndex`. */
  readonly index = new Map<string, { roomId: string; connectionId: string }>();

  /** `updateIndex` decides when a change reaches the index; at once, if not given. */
  constructor(private readonly updateIndex: (apply: () => void) => void = (apply) => apply()) {}

  async putConnection({ connectionId }: Connection) {
    this.connections.set(connectionId, new Set());
  }

  async noteRoom(connectionId: string, roomId: string) {
    return this.connections.get(connectionId)?.add(roomId).size;
  }

  async dropRoom(connectionId: string, roomId: string) {
    const rooms = this.connections.get(connectionId);
    rooms?.delete(roomId);
    return rooms?.size;
  }

  async deleteConnection(connectionId: string) {
    const rooms = this.connections.get(connectionId);
    this.connections.delete(connectionId);
    return [...(rooms ?? [])];
  }

  async findRooms(connectionId: string) {
    return [...this.index.values()]
      .filter((row) => row.connectionId === connectionId)
      .map((row) => row.roomId);
  }

  async reservePeer(peer: Peer) {
    const key = keyOf(peer.roomId, peer.connectionId);
    if (this.peers.has(key)) return false;
    this.peers.set(key, withoutUndefined(peer));
    this.updateIndex(() => this.syncIndex(key, peer));
    return true;
  }

  async showPeer({ roomId, connectionId, phaseUntil, replaces }: Peer) {
    const row = this.peers.get(keyOf(roomId, connectionId));
    if (row?.phase !== 'reserved' || row.phaseUntil !== phaseUntil) return false;
    row.phase = 'announcing';
    if (replaces === undefined) delete row.replaces;
    else row.replaces = replaces;
    return true;
  }

  async refreshPeer(roomId: string, connectionId: string, metadata: Peer['metadata'], phaseUntil: number) {
    const key = keyOf(roomId, connectionId);
    const row = this.peers.get(key);
    if (!row || row.phase) return undefined;
    const refreshed = withoutUndefined({ ...row, metadata, phase: 'announcing' as const, phaseUntil });
    this.peers.set(key, refreshed);
    return { ...refreshed };
  }

  async settlePeer(roomId: string, connectionId: string, phaseUntil: number) {
    const row = this.peers.get(keyOf(roomId, connectionId));
    if (row?.phase !== 'announcing' || row.phaseUntil !== phaseUntil) return;
    delete row.phase;
    delete row.phaseUntil;
  }

  async startLeaving(
    roomId: string,
    connectionId: string,
    now: number,
    phaseUntil: number,
    resumeHash?: string,
  ) {
    const row = this.peers.get(keyOf(roomId, connectionId));
    if (resumeHash && row?.resumeHash !== resumeHash) return false;
    if (!row || (row.phase && !(row.phase === 'announcing' && row.phaseUntil! < now))) return false;
    Object.assign(row, { phase: 'leaving', phaseUntil });
    return true;
  }

  async getPeer(roomId: string, connectionId: string) {
    const row = this.peers.get(keyOf(roomId, connectionId));
    return row && { ...row };
  }

  async readRoom(roomId: string) {
    return [...this.peers.values()].filter((row) => row.roomId === roomId).map((row) => ({ ...row }));
  }

  async removePeer(roomId: string, connectionId: string, now: number): Promise<Removal> {
    const key = keyOf(roomId, connectionId);
    const row = this.peers.get(key);
    if (!row) return 'absent';
    if (row.phase === 'announcing' && row.phaseUntil! >= now) return 'announcing';
    this.peers.delete(key);
    this.updateIndex(() => this.syncIndex(key, row));
    return row;
  }

  private syncIndex(key: string, { roomId, connectionId }: Peer) {
    if (this.peers.has(key)) this.index.set(key, { roomId, connectionId });
    else this.index.delete(key);
  }
}

function keyOf(roomId: string, connectionId: string) {
  return JSON.stringify([roomId, connectionId]);
}

function withoutUndefined<T extends object>(row: T): T {
  return Object.fromEntries(Object.entries(row).filter(([, value]) => value !== undefined)) as T;
}

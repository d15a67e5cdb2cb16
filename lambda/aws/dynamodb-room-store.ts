import type { RoomStore } from '../signaling/room-store';
import { deleteConnection, dropRoom, noteRoom } from './connections-table';
import {
  findRooms,
  getPeer,
  readRoom,
  refreshPeer,
  removePeer,
  reservePeer,
  settlePeer,
  showPeer,
  startLeaving,
} from './rooms-table';

export const dynamoDbRoomStore: RoomStore = {
  noteRoom,
  dropRoom,
  deleteConnection,
  findRooms,
  reservePeer,
  showPeer,
  refreshPeer,
  settlePeer,
  startLeaving,
  getPeer,
  readRoom,
  removePeer,
};

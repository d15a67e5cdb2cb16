// The package `simple-peer`, as it is, between the two of a room. For more of them, and for what happens as one comes
// back from an outage: call.ts.
import SimplePeer from 'simple-peer';
import type { PeerInfo, SignalingClient } from 'webrtc-signaling-client';

/** Resolves once the other is there; the peer that it gives tells of `connect`. */
export async function pair(client: SignalingClient, roomId: string, options: SimplePeer.Options = {}) {
  const room = await client.joinRoom(roomId);
  const [present] = room.peers.values();
  const other = present ?? (await new Promise<PeerInfo>((resolve) => room.on('peer-joined', resolve)));
  const config = { iceServers: room.iceServers };
  const peer = new SimplePeer({ config, ...options, initiator: room.peerId < other.peerId });
  const fail = (error: Error) => {
    if (!peer.connected) peer.destroy(error);
  };
  peer.on('signal', (data) => void room.signal(data, other.peerId).catch(fail));
  room.on('signal', (data) => peer.signal(data as SimplePeer.SignalData));
  return peer;
}

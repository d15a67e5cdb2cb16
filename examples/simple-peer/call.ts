// The package `simple-peer`, as it is, in a room of any number of peers: one simple-peer for each of the others.
// Unlike `joinCall`, simple-peer looks for no other path where one is lost: it closes.
import SimplePeer from 'simple-peer';
import {
  type Room,
  SignalingClient,
  type SignalingClientOptions,
  type SignalingError,
} from 'webrtc-signaling-client';

export interface SimpleCallOptions extends SignalingClientOptions {
  /** Of every simple-peer: `stream`, say, and `wrtc` on Node. */
  simplePeer?: SimplePeer.Options;
  /** Called for each peer, to listen to `connect`, `data`, `stream`, `close` and the like. */
  onLink: (link: SimplePeer.Instance, peerId: string) => void;
}

export interface SimpleCall {
  room: Room;
  /** By `peerId`. */
  links: ReadonlyMap<string, SimplePeer.Instance>;
  leave(): Promise<void>;
}

export async function joinSimpleCall(
  url: string,
  roomId: string,
  { simplePeer, onLink, ...signaling }: SimpleCallOptions,
): Promise<SimpleCall> {
  const client = new SignalingClient(url, signaling);
  const room = await client.joinRoom(roomId).catch((error) => {
    client.close();
    throw error;
  });
  const links = new Map<string, SimplePeer.Instance>();

  function connect(peerId: string, initiator: boolean) {
    const config = { ...simplePeer?.config, iceServers: room.iceServers };
    const link = new SimplePeer({ ...simplePeer, config, initiator });
    links.set(peerId, link);
    link.on('signal', (data) => {
      // The room finds a peer by its former names too.
      room.signal(data, peerId).catch((error: SignalingError) => {
        // One that stands can do without.
        if (!link.connected) link.destroy(error);
      });
    });
    link.on('close', () => links.forEach((each, id) => each === link && links.delete(id)));
    // `close` follows. An `error` that nobody listens to would end a Node process.
    link.on('error', () => undefined);
    onLink(link, peerId);
    return link;
  }

  // Not "who comes initiates": of two that join at once, either may find the other there already.
  const initiates = (peerId: string) => room.peerId < peerId;

  function rename(formerId: string, peerId: string) {
    const link = links.get(formerId);
    return link && links.delete(formerId) && links.set(peerId, link);
  }

  for (const peerId of room.peers.keys()) connect(peerId, initiates(peerId));
  room.on('peer-joined', ({ peerId, replaces }) => {
    // Who comes back does not know whether its simple-peer was given up here.
    if (!replaces || !rename(replaces, peerId)) connect(peerId, replaces !== undefined || initiates(peerId));
  });
  room.on('peer-replaced', ({ peerId }, formerId) => rename(formerId, peerId));
  room.on('peer-left', ({ peerId }, reason) => {
    const link = links.get(peerId);
    // Where only its signaling was lost it comes back under another name; where all was, simple-peer closes.
    if (reason === 'left' || !link?.connected) link?.destroy();
  });
  room.on('signal', (data, from) => {
    const isOffer = (data as SimplePeer.SignalData).type === 'offer';
    const link = links.get(from) ?? (isOffer ? connect(from, false) : undefined);
    link?.signal(data as SimplePeer.SignalData);
  });

  return {
    room,
    links,
    async leave() {
      for (const link of links.values()) link.destroy();
      await room.leave();
      client.close();
    },
  };
}

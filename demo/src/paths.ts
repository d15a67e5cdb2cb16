// The way that each peer's picture and sound take: it may change in the midst of a call, and no event tells.
import type { Call, CallPeer, Path } from 'webrtc-signaling-client';

const LOOK_EVERY_MS = 3000;

/** Shows the path of every connected peer, now and again. @returns a function that stops it */
export function watchPaths(call: Call, show: (peer: CallPeer, path: Path) => void): () => void {
  let isOver = false;
  const look = async (peer: CallPeer) => {
    if (peer.state !== 'connected') return;
    // Where there are no statistics, the next look may have some.
    const path = await peer.path().catch(() => undefined);
    if (path && !isOver && peer.state === 'connected') show(peer, path);
  };
  const stopHearing = call.on('peer-state', (peer) => void look(peer));
  const timer = setInterval(() => {
    for (const peer of call.peers.values()) void look(peer);
  }, LOOK_EVERY_MS);
  return () => {
    isOver = true;
    clearInterval(timer);
    stopHearing();
  };
}

// Screens that are shown: the others' large, each in a tile of its own, one's own among the faces.
import type { CallPeer } from 'webrtc-signaling-client';
import { byId, icon, make } from './elements';

/** The others'. A peer may share several. */
export class Screens {
  private readonly area = byId('screens');
  private readonly tiles = new Map<MediaStream, { peer: CallPeer; element: HTMLElement }>();

  /** Shows what `peer` shares now, and no more. @returns how many more or fewer there are than before */
  show(peer: CallPeer, name: string): number {
    // The first is its microphone and camera.
    const streams = peer.streams.slice(1);
    const before = this.tiles.size;
    for (const [stream, tile] of this.tiles) {
      if (tile.peer === peer && !streams.includes(stream)) this.remove(stream, tile.element);
    }
    for (const stream of streams) {
      if (this.tiles.has(stream)) continue;
      const element = screenTile(`${name}’s screen`, stream, fullScreenButton());
      this.tiles.set(stream, { peer, element });
      this.area.append(element);
    }
    this.showState(peer);
    return this.tiles.size - before;
  }

  showState(peer: CallPeer): void {
    for (const tile of this.tiles.values()) if (tile.peer === peer) tile.element.dataset.state = peer.state;
  }

  /** Those of one who left. */
  removeOf(peer: CallPeer): void {
    for (const [stream, tile] of this.tiles) if (tile.peer === peer) this.remove(stream, tile.element);
  }

  private remove(stream: MediaStream, element: HTMLElement): void {
    this.tiles.delete(stream);
    element.remove();
  }
}

/** One's own, with a button to stop it. */
export function ownScreenTile(stream: MediaStream, stop: () => void): HTMLElement {
  const button = make('button', 'on-picture', icon('close'), make('span', 'word', 'Stop sharing'));
  button.type = 'button';
  button.addEventListener('click', stop);
  const element = screenTile('Your screen', stream, button);
  // What it sounds like is heard already.
  element.querySelector('video')!.muted = true;
  return element;
}

function screenTile(name: string, stream: MediaStream, button: HTMLButtonElement | ''): HTMLElement {
  const video = make('video', '');
  video.autoplay = true;
  video.playsInline = true;
  video.srcObject = stream;
  const element = make(
    'article',
    'tile screen',
    video,
    button,
    make('p', 'nameplate', make('span', 'who', name)),
  );
  element.setAttribute('aria-label', name);
  return element;
}

/** Not on iPhones, whose browsers show nothing but a bare video so. */
function fullScreenButton(): HTMLButtonElement | '' {
  if (!document.fullscreenEnabled) return '';
  const button = make('button', 'on-picture full', icon('full-screen'), make('span', 'said', 'Full screen'));
  button.type = 'button';
  button.addEventListener('click', () => {
    const tile = button.parentElement!;
    const done = document.fullscreenElement === tile ? document.exitFullscreen() : tile.requestFullscreen();
    // Refused: it stays as it is.
    done.catch(() => undefined);
  });
  return button;
}

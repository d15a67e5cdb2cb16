// The others: a tile and a line in the list for each, kept by the peer itself, whose `peerId` may change.
import type { CallPeer, Path } from 'webrtc-signaling-client';
import { byId, icon, make } from './elements';
import { makeTile, type Tile } from './tiles';

interface View {
  readonly tile: Tile;
  readonly entry: HTMLLIElement;
  /** As it said itself; until then what comes tells. */
  camera?: boolean;
}

export class Participants {
  private readonly views = new Map<CallPeer, View>();

  /** @param own one's own tile, which stays behind those of the others */
  constructor(private readonly own: HTMLElement) {}

  get size(): number {
    return this.views.size;
  }

  name(peer: CallPeer): string {
    return this.views.get(peer)?.tile.name ?? nameOf(peer);
  }

  add(peer: CallPeer): void {
    const video = make('video', '');
    video.autoplay = true;
    video.playsInline = true;
    video.dataset.peerId = peer.peerId;
    video.srcObject = peer.stream;
    const name = nameOf(peer);
    const view = { tile: makeTile(name, video), entry: entryOf(name) };
    view.tile.show({ microphone: true });
    this.views.set(peer, view);
    this.own.before(view.tile.element);
    byId('participants').append(view.entry);
    this.show(peer);
  }

  remove(peer: CallPeer): void {
    const view = this.views.get(peer);
    view?.tile.element.remove();
    view?.entry.remove();
    this.views.delete(peer);
  }

  /** Its picture and its state as they are now. */
  show(peer: CallPeer): void {
    const view = this.views.get(peer);
    if (!view) return;
    const hasVideo = peer.stream.getVideoTracks().length > 0;
    view.tile.show({ camera: hasVideo && (view.camera ?? true), state: peer.state });
    view.entry.dataset.state = peer.state;
  }

  showDevices(peer: CallPeer, { camera, microphone }: { camera: boolean; microphone: boolean }): void {
    const view = this.views.get(peer);
    if (!view) return;
    view.camera = camera;
    view.tile.show({ microphone });
    view.entry.dataset.microphone = microphone ? 'on' : 'off';
    this.show(peer);
  }

  showPath(peer: CallPeer, path: Path): void {
    this.views.get(peer)?.tile.badge.showPath(path);
  }

  /** It goes by another `peerId`: nothing else changes, the picture least of all. */
  rename(peer: CallPeer): void {
    const view = this.views.get(peer);
    if (view) view.tile.video.dataset.peerId = peer.peerId;
  }

  play(peer: CallPeer): void {
    void this.views
      .get(peer)
      ?.tile.video.play()
      .catch(() => undefined);
  }
}

export function entryOf(name: string): HTMLLIElement {
  return make('li', '', make('span', 'dot'), make('span', 'who', name), icon('microphone'));
}

function nameOf(peer: CallPeer): string {
  const name = peer.metadata?.name;
  return typeof name === 'string' && name.trim() ? name.trim().slice(0, 40) : 'Guest';
}

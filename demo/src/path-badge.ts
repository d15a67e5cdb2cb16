// Says on a peer's picture how it comes: straight, by way of a relay, or not at the moment.
import type { CallPeerState, Path } from 'webrtc-signaling-client';
import { icon, make } from './elements';

type Shown = Path | 'connecting' | 'reconnecting';

const WORDS: Record<Shown, { word: string; title: string }> = {
  direct: { word: 'Direct', title: 'Straight from browser to browser' },
  relayed: { word: 'Relayed', title: 'By way of a TURN server: no direct path was found' },
  connecting: { word: 'Connecting…', title: 'Looking for a path' },
  reconnecting: { word: 'Reconnecting…', title: 'The path was lost; another is being looked for' },
};

export class PathBadge {
  readonly element = make('p', 'path');
  private wasConnected = false;

  constructor() {
    this.element.hidden = true;
  }

  showState(state: CallPeerState): void {
    if (state === 'closed') return;
    if (state !== 'connected') return this.show(this.wasConnected ? 'reconnecting' : 'connecting');
    this.wasConnected = true;
    // Which path it has found is known in a moment.
    if (this.shown === 'connecting' || this.shown === 'reconnecting') this.element.hidden = true;
  }

  showPath(path: Path): void {
    this.show(path);
  }

  private get shown(): string | undefined {
    return this.element.dataset.path;
  }

  private show(shown: Shown): void {
    const { element } = this;
    element.hidden = false;
    if (this.shown === shown) return;
    element.dataset.path = shown;
    element.title = WORDS[shown].title;
    element.replaceChildren(icon(`path-${shown}`), make('span', 'word', WORDS[shown].word));
  }
}

// A participant's picture, and what is to be said of it.
import type { CallPeerState } from 'webrtc-signaling-client';
import { icon, make } from './elements';
import { PathBadge } from './path-badge';

export interface Tile {
  readonly element: HTMLElement;
  readonly video: HTMLVideoElement;
  readonly name: string;
  readonly badge: PathBadge;
  show(what: { camera?: boolean; microphone?: boolean; state?: CallPeerState }): void;
}

/** @param label what is written on it, where that is not the name alone */
export function makeTile(name: string, video: HTMLVideoElement, label = name): Tile {
  const initials = name
    .split(/\s+/)
    .slice(0, 2)
    .map((word) => [...word][0] ?? '')
    .join('')
    .toUpperCase();
  const avatar = make('span', 'avatar', initials);
  avatar.setAttribute('aria-hidden', 'true');
  const muted = make('span', 'muted', icon('microphone'), make('span', 'said', 'Microphone off'));
  muted.hidden = true;
  const badge = new PathBadge();
  const nameplate = make('p', 'nameplate', make('span', 'who', label), muted);
  const element = make('article', 'tile', video, avatar, badge.element, nameplate);
  element.setAttribute('aria-label', label);
  element.style.setProperty('--hue', String(hueOf(name)));
  return {
    element,
    video,
    name,
    badge,
    show({ camera, microphone, state }) {
      if (camera !== undefined) element.dataset.camera = camera ? 'on' : 'off';
      if (microphone !== undefined) muted.hidden = microphone;
      if (state === undefined) return;
      element.dataset.state = state;
      badge.showState(state);
    },
  };
}

function hueOf(name: string): number {
  let hue = 7;
  for (const letter of name) hue = (hue * 31 + letter.codePointAt(0)!) % 360;
  return hue;
}

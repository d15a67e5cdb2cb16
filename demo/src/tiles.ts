// The participants' pictures, and how they share the room there is.
import { byId, icon, make } from './elements';

export interface Tile {
  readonly element: HTMLElement;
  readonly video: HTMLVideoElement;
  readonly name: string;
  show(what: { camera?: boolean; microphone?: boolean; state?: string }): void;
}

const WORDS: Record<string, string> = {
  connecting: 'Connecting…',
  interrupted: 'Connection lost, trying again…',
};

export function makeTile(name: string, video: HTMLVideoElement): Tile {
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
  const progress = make('p', 'progress');
  const element = make(
    'article',
    'tile',
    video,
    avatar,
    progress,
    make('p', 'nameplate', make('span', 'who', name), muted),
  );
  element.setAttribute('aria-label', name);
  element.style.setProperty('--hue', String(hueOf(name)));
  return {
    element,
    video,
    name,
    show({ camera, microphone, state }) {
      if (camera !== undefined) element.dataset.camera = camera ? 'on' : 'off';
      if (microphone !== undefined) muted.hidden = microphone;
      if (state === undefined) return;
      element.dataset.state = state;
      progress.textContent = WORDS[state] ?? '';
    },
  };
}

/** Lays the tiles out anew whenever their number or the room for them changes. @returns a function that stops it */
export function keepLaidOut(): () => void {
  const tiles = byId('tiles');
  const layOut = () => {
    const count = tiles.childElementCount;
    // One other: it has the whole stage, and one's own picture a corner of it.
    tiles.dataset.count = String(count);
    const shown = count === 2 ? 1 : count;
    tiles.style.setProperty('--columns', String(bestColumns(shown, tiles.clientWidth, tiles.clientHeight)));
  };
  const resized = new ResizeObserver(layOut);
  const changed = new MutationObserver(layOut);
  resized.observe(tiles);
  changed.observe(tiles, { childList: true });
  layOut();
  return () => {
    resized.disconnect();
    changed.disconnect();
  };
}

/** As many columns as leave the largest square in each picture: faces are in the middle. */
function bestColumns(count: number, width: number, height: number): number {
  let best = 1;
  let largest = 0;
  for (let columns = 1; columns <= count; columns += 1) {
    const size = Math.min(width / columns, height / Math.ceil(count / columns));
    if (size > largest) [best, largest] = [columns, size];
  }
  return best;
}

function hueOf(name: string): number {
  let hue = 7;
  for (const letter of name) hue = (hue * 31 + letter.codePointAt(0)!) % 360;
  return hue;
}

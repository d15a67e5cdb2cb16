const FIRST = [
  'amber',
  'brisk',
  'calm',
  'clear',
  'copper',
  'early',
  'gentle',
  'lively',
  'lunar',
  'mellow',
  'quiet',
  'silver',
  'sunny',
  'tidal',
  'velvet',
  'wild',
];
const SECOND = [
  'acorn',
  'beacon',
  'bridge',
  'canyon',
  'comet',
  'harbor',
  'heron',
  'island',
  'lantern',
  'meadow',
  'orchard',
  'otter',
  'pebble',
  'river',
  'sparrow',
  'willow',
];

/** The room that the address names (`#room`, or `?room=…`), or a new one. */
export function roomOfAddress(): string {
  const named = fragment() || new URLSearchParams(location.search).get('room');
  return named?.trim() || `${any(FIRST)}-${any(SECOND)}`;
}

/** What to send to whoever should join. */
export function linkTo(room: string): string {
  return `${location.origin}${location.pathname}#${encodeURIComponent(room)}`;
}

function fragment(): string {
  try {
    return decodeURIComponent(location.hash.slice(1));
  } catch {
    return location.hash.slice(1);
  }
}

function any(words: string[]): string {
  return words[Math.floor(Math.random() * words.length)];
}

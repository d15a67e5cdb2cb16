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

/** Between room and token. */
const TOKEN = '&token=';

/** The room that the address names (`#room`, or `?room=…`), or a new one. */
export function roomOfAddress(): string {
  const named = fragment() || new URLSearchParams(location.search).get('room');
  return named?.trim() || `${any(FIRST)}-${any(SECOND)}`;
}

/** Of an invitation, where the address is one: `#room&token=…`. */
export function tokenOfAddress(): string | undefined {
  return location.hash.split(TOKEN)[1];
}

/** What to send to whoever should join. An invitation is passed on. */
export function linkTo(room: string): string {
  return `${location.origin}${location.pathname}${hashOf(room)}`;
}

/** What the address ends with, in this room. */
export function hashOf(room: string): string {
  const token = tokenOfAddress();
  return `#${encodeURIComponent(room)}${token === undefined ? '' : `${TOKEN}${token}`}`;
}

function fragment(): string {
  const [room] = location.hash.slice(1).split(TOKEN);
  try {
    return decodeURIComponent(room);
  } catch {
    return room;
  }
}

function any(words: string[]): string {
  return words[Math.floor(Math.random() * words.length)];
}

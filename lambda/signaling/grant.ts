// What a connection may do, as its authorizer said; held to on every message, without reading anything.
import { isRelayed, type ClientMessage, type RelayedMessage } from '../../protocol/messages';
import { ProtocolError } from './protocol-error';

/** Absent of a connection: there is no authorizer, and everything is allowed. */
export interface Grant {
  /** Names of rooms; with `*` at the end, whatever begins so. Absent: every room. */
  rooms?: string[];
  /** Whether it may send to peers of its own accord; otherwise it only takes part in what they begin. */
  publish: boolean;
}

/** @throws ProtocolError `forbidden` */
export function checkGrant(grant: Grant | undefined, message: ClientMessage): void {
  if (!grant || !('roomId' in message)) return;
  if (!mayEnter(grant, message.roomId)) {
    throw new ProtocolError('forbidden', 'this connection is not allowed in this room');
  }
  if (!grant.publish && isRelayed(message)) checkListener(message);
}

function mayEnter({ rooms }: Grant, roomId: string): boolean {
  return (
    rooms === undefined ||
    rooms.some((room) => (room.endsWith('*') ? roomId.startsWith(room.slice(0, -1)) : roomId === room))
  );
}

/** Who only listens answers the offers of others, and says where it can be reached. */
function checkListener(message: RelayedMessage): void {
  if (message.to === undefined) {
    throw new ProtocolError(
      'forbidden',
      'this connection may only listen: it sends to one peer, `to`, at a time',
    );
  }
  const isAllowed =
    message.type === 'answer'
      ? sendsNothing(message.answer)
      : message.type === 'signal'
        ? message.data === null
        : message.type !== 'offer';
  if (isAllowed) return;
  throw new ProtocolError(
    'forbidden',
    message.type === 'answer'
      ? 'this connection may only listen: each audio and video section of its answer is `a=recvonly`, `a=inactive` or rejected'
      : 'this connection may only listen: it sends answers, candidates, and signals whose data is null',
  );
}

/**
 * Whether an answer, as `RTCSessionDescriptionInit` or as bare SDP, sends no media. Read as strictly as any receiver may
 * read it: a line that two parsers could take for different things makes it one that sends.
 */
function sendsNothing(answer: unknown): boolean {
  const { type, sdp } =
    typeof answer === 'string'
      ? { type: 'answer', sdp: answer }
      : (answer as { type?: unknown; sdp?: unknown });
  if (type !== 'answer' || typeof sdp !== 'string') return false;
  const lines = sdp.split(/\r?\n/);
  if (lines.at(-1) === '') lines.pop();
  if (!lines.every((line) => SDP_LINE.test(line))) return false;
  const starts = lines.flatMap((line, i) => (line.startsWith('m=') ? [i] : []));
  return starts.every((start, i) => isSilent(lines.slice(start, starts[i + 1])));
}

/** https://www.rfc-editor.org/rfc/rfc8866#section-5: no control character in it. */
const SDP_LINE = /^[a-z]=\P{Cc}*$/u;
const REJECTED = /^m=\S+ 0 /;

function isSilent([media, ...attributes]: string[]): boolean {
  // Data channels: what they carry no server sees.
  if (media.startsWith('m=application ')) return true;
  // With `bundle-only` port 0 means another thing: https://www.rfc-editor.org/rfc/rfc8843#section-6
  if (REJECTED.test(media) && !attributes.some((line) => /^a=\s*bundle-only/i.test(line))) return true;
  const directions = attributes.filter((line) =>
    /^a=\s*(?:sendrecv|sendonly|recvonly|inactive)\s*$/i.test(line),
  );
  return directions.length === 1 && ['a=recvonly', 'a=inactive'].includes(directions[0]);
}

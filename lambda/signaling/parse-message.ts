// Turns a frame into a message, or into an error that names what is wrong with it.
import {
  CLIENT_MESSAGE_TYPES,
  LIMITS,
  RELAYED_FIELDS,
  type ClientMessage,
  type ClientMessageType,
  type RelayedType,
} from '../../protocol/messages';
import { ProtocolError } from './protocol-error';
import type { Settings } from './settings';

type Fields = Record<string, unknown>;

/** The frame as a JSON object, nothing more known of it. */
export function parseFrame(body: string, { maxMessageBytes = LIMITS.messageBytes }: Settings): Fields {
  if (Buffer.byteLength(body) > maxMessageBytes) {
    throw new ProtocolError('too-large', `a message has at most ${maxMessageBytes} bytes`);
  }
  let frame: unknown;
  try {
    frame = JSON.parse(body);
  } catch {
    throw new ProtocolError('bad-json', 'the frame is not JSON');
  }
  if (!isObject(frame)) throw new ProtocolError('bad-json', 'the frame is not a JSON object');
  return frame;
}

/** The frame's `requestId` where it can be given back. */
export function requestIdOf(frame: Fields): string | undefined {
  return isText(frame.requestId, LIMITS.requestIdLength) ? frame.requestId : undefined;
}

/** The message that a frame holds, every field of the protocol checked. */
export function readMessage(frame: Fields, settings: Settings): ClientMessage {
  const { type } = frame;
  if (typeof type !== 'string') throw bad('type', 'a string');
  if (!isClientMessageType(type)) {
    throw new ProtocolError('unknown-type', `type is none of ${CLIENT_MESSAGE_TYPES.join(', ')}`);
  }
  checkJson(frame, 0);
  if (frame.requestId !== undefined && requestIdOf(frame) === undefined) {
    throw bad('requestId', `a string of 1 to ${LIMITS.requestIdLength} characters`);
  }
  if (type === 'ping' || type === 'ice-servers') return { type, requestId: requestIdOf(frame) };

  if (!isText(frame.roomId, LIMITS.roomIdLength) || hasControlCharacter(frame.roomId)) {
    throw bad(
      'roomId',
      `a string of 1 to ${LIMITS.roomIdLength} characters, none of them a control character`,
    );
  }
  if (type === 'register') checkRegister(frame, settings);
  else if (type !== 'leave') checkRelayed(type, frame);
  return frame as unknown as ClientMessage;
}

function checkRegister({ metadata, resume }: Fields, { maxMetadataBytes = LIMITS.metadataBytes }: Settings) {
  if (resume !== undefined && !isText(resume, LIMITS.resumeLength)) {
    throw bad(
      'resume',
      `the token that \`registered\` carried: a string of 1 to ${LIMITS.resumeLength} characters`,
    );
  }
  if (metadata === undefined) return;
  if (!isObject(metadata)) throw bad('metadata', 'a JSON object');
  if (Buffer.byteLength(JSON.stringify(metadata)) > maxMetadataBytes) {
    throw new ProtocolError('too-large', `metadata has at most ${maxMetadataBytes} bytes as JSON`);
  }
}

function checkRelayed(type: RelayedType, frame: Fields) {
  const field = RELAYED_FIELDS[type];
  const value = frame[field];
  // null is the end of candidates, and any JSON at all for `signal`.
  const nullable = type === 'ice-candidate' || type === 'signal';
  if (value === undefined || (value === null && !nullable)) throw bad(field, 'given');
  if (type === 'ice-candidates' && !Array.isArray(value)) throw bad(field, 'an array');
  if (frame.to !== undefined && !isText(frame.to, LIMITS.peerIdLength)) {
    throw bad('to', `a peerId of 1 to ${LIMITS.peerIdLength} characters`);
  }
  if (frame.seq !== undefined && !(Number.isSafeInteger(frame.seq) && (frame.seq as number) >= 1)) {
    throw bad('seq', 'a whole number from 1');
  }
}

/** What is relayed is read by others: no nesting to exhaust a stack, no key that could reach a prototype. */
function checkJson(value: unknown, depth: number) {
  if (typeof value !== 'object' || value === null) return;
  if (depth === LIMITS.jsonDepth) {
    throw new ProtocolError('bad-message', `objects and arrays nest at most ${LIMITS.jsonDepth} deep`);
  }
  if (Object.hasOwn(value, '__proto__')) throw new ProtocolError('bad-message', '__proto__ is not a field');
  for (const inner of Object.values(value)) checkJson(inner, depth + 1);
}

function bad(field: string, expected: string) {
  return new ProtocolError('bad-message', `${field} must be ${expected}`);
}

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const LONE_SURROGATE = /\p{Surrogate}/u;

/** Well-formed: two texts that differ only in broken surrogates would be one key in the table. */
function isText(value: unknown, maxLength: number): value is string {
  return (
    typeof value === 'string' && value.length >= 1 && value.length <= maxLength && !LONE_SURROGATE.test(value)
  );
}

function hasControlCharacter(text: string) {
  return /\p{Cc}/u.test(text);
}

function isClientMessageType(type: string): type is ClientMessageType {
  return (CLIENT_MESSAGE_TYPES as readonly string[]).includes(type);
}

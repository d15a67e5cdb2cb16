// Asks a TURN server on this machine whether it would relay to an address, and sends nothing that it could relay.
// https://datatracker.ietf.org/doc/html/rfc8656
import { createHash, createHmac, randomBytes } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import type { TurnCredentials } from '../../../lambda/ice/turn-rest';

const ALLOCATE = 0x003;
const REFRESH = 0x004;
const CREATE_PERMISSION = 0x008;
const ERROR = 0x110;
const USERNAME = 0x0006;
const MESSAGE_INTEGRITY = 0x0008;
const ERROR_CODE = 0x0009;
const LIFETIME = 0x000d;
const XOR_PEER_ADDRESS = 0x0012;
const REALM = 0x0014;
const NONCE = 0x0015;
const REQUESTED_TRANSPORT = 0x0019;
const COOKIE = 0x2112a442;
const UDP = Buffer.from([17, 0, 0, 0]);

type Attributes = Map<number, Buffer>;

/** `granted`, or the error: `403 Forbidden IP`. */
export async function permissionFor(
  peer: string,
  port: number,
  { username, credential }: TurnCredentials,
): Promise<string> {
  const socket = createSocket('udp4');
  socket.connect(port, '127.0.0.1');
  await once(socket, 'connect');
  try {
    const challenge = (await ask(socket, message(ALLOCATE, [[REQUESTED_TRANSPORT, UDP]]))).attributes;
    const [realm, nonce] = [challenge.get(REALM)!, challenge.get(NONCE)!];
    const key = createHash('md5').update(`${username}:${realm.toString()}:${credential}`).digest();
    const signed = (type: number, attribute: [number, Buffer]) =>
      message(type, [attribute, [USERNAME, Buffer.from(username)], [REALM, realm], [NONCE, nonce]], key);
    const allocated = await ask(socket, signed(ALLOCATE, [REQUESTED_TRANSPORT, UDP]));
    if (allocated.error) throw new Error(`no allocation: ${allocated.error}`);
    const { error } = await ask(socket, signed(CREATE_PERMISSION, [XOR_PEER_ADDRESS, xored(peer)]));
    await ask(socket, signed(REFRESH, [LIFETIME, Buffer.alloc(4)]));
    return error ?? 'granted';
  } finally {
    socket.close();
  }
}

function message(type: number, attributes: [number, Buffer][], key?: Buffer): Buffer {
  const body = Buffer.concat(attributes.map(([name, value]) => attribute(name, value)));
  const head = Buffer.alloc(20);
  head.writeUInt16BE(type, 0);
  head.writeUInt16BE(body.length + (key ? 24 : 0), 2);
  head.writeUInt32BE(COOKIE, 4);
  randomBytes(12).copy(head, 8);
  const unsigned = Buffer.concat([head, body]);
  if (!key) return unsigned;
  const integrity = createHmac('sha1', key).update(unsigned).digest();
  return Buffer.concat([unsigned, attribute(MESSAGE_INTEGRITY, integrity)]);
}

function attribute(name: number, value: Buffer): Buffer {
  const padded = Buffer.alloc(4 + Math.ceil(value.length / 4) * 4);
  padded.writeUInt16BE(name, 0);
  padded.writeUInt16BE(value.length, 2);
  value.copy(padded, 4);
  return padded;
}

/** An IPv4 address and a port. */
function xored(address: string): Buffer {
  const value = Buffer.from([0, 1, 0, 0, ...address.split('.').map(Number)]);
  value.writeUInt16BE(50_000 ^ (COOKIE >>> 16), 2);
  value.writeUInt32BE((value.readUInt32BE(4) ^ COOKIE) >>> 0, 4);
  return value;
}

async function ask(socket: Socket, request: Buffer): Promise<{ attributes: Attributes; error?: string }> {
  const answered = once(socket, 'message', { signal: AbortSignal.timeout(5_000) });
  socket.send(request);
  const [answer] = (await answered) as [Buffer];
  const attributes: Attributes = new Map();
  for (let at = 20; at < answer.length;) {
    const length = answer.readUInt16BE(at + 2);
    attributes.set(answer.readUInt16BE(at), answer.subarray(at + 4, at + 4 + length));
    at += 4 + Math.ceil(length / 4) * 4;
  }
  const code = attributes.get(ERROR_CODE);
  const failed = (answer.readUInt16BE(0) & ERROR) === ERROR && code;
  return { attributes, ...(failed && { error: `${code[2] * 100 + code[3]} ${code.toString('utf8', 4)}` }) };
}

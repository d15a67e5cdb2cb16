// docs/asyncapi.yaml says what protocol/messages.ts says, and what goes over the wire.
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import Ajv from 'ajv';
import addFormats from 'ajv-formats';
import ts from 'typescript';
import { parse } from 'yaml';
import asyncapiSchema from '@asyncapi/specs/schemas/3.0.0.json';
import { ERROR_CODES, LIMITS } from '../../protocol/messages';
import { type Between, between } from '../support/between';
import { type HandlersOnGateway, startHandlers } from '../support/handlers-on-gateway';
import { type Frame, Wire } from '../support/wire';

type Json = Record<string, any>;

const root = resolve(__dirname, '../..');
const written: Json = parse(readFileSync(resolve(root, 'docs/asyncapi.yaml'), 'utf8'));

const inlined = new Map<object, unknown>();

/** With every `$ref` replaced by what it refers to; the same thing stays the same. */
function inline(node: any): any {
  if (typeof node !== 'object' || node === null) return node;
  if ('$ref' in node) {
    const path = (node.$ref as string).replace('#/', '').split('/');
    const target = path.reduce<any>((inner, key) => inner?.[key], written);
    if (!target) throw new Error(`${node.$ref} is nowhere`);
    return inline(target);
  }
  if (!inlined.has(node)) {
    const entries = Object.entries(node).map(([key, each]) => [key, inline(each)]);
    inlined.set(node, Array.isArray(node) ? node.map(inline) : Object.fromEntries(entries));
  }
  return inlined.get(node);
}

const document: Json = inline(written);

type Direction = 'ClientMessage' | 'ServerMessage';

/** The document's messages, by their `type`. */
const described: Record<Direction, Map<string, Json>> = {
  ClientMessage: new Map(),
  ServerMessage: new Map(),
};
for (const { action, messages, reply } of Object.values<Json>(document.operations)) {
  const direction = action === 'send' ? 'ClientMessage' : 'ServerMessage';
  for (const each of messages) add(direction, each);
  for (const each of reply?.messages ?? []) add('ServerMessage', each);
}

function add(direction: Direction, message: Json) {
  const known = described[direction].get(message.name);
  if (known && known !== message) throw new Error(`${message.name} is there twice`);
  described[direction].set(message.name, message);
}

it('is AsyncAPI 3.0.0', () => {
  // The schema brings the meta-schema of draft-07 along.
  const ajv = new Ajv({ strict: false, meta: false });
  addFormats(ajv);
  const isAsyncapi = ajv.compile(asyncapiSchema);
  isAsyncapi(written);
  expect(isAsyncapi.errors ?? []).toEqual([]);
});

it('uses every message that it has', () => {
  const used = [...described.ClientMessage.values(), ...described.ServerMessage.values()];
  const [{ messages }] = Object.values<Json>(document.channels);
  expect(new Set(used)).toEqual(new Set(Object.values(document.components.messages)));
  expect(new Set(Object.values(messages))).toEqual(new Set(used));
});

describe('says the same as protocol/messages.ts', () => {
  /** What a type in TypeScript and a schema in JSON both can say. */
  type Shape =
    | { kind: 'anything' | 'string' | 'number' | 'any object' }
    | { literals: (string | false)[] }
    | { items: Shape }
    | { anyOf: Shape[] }
    | { fields: Record<string, Shape>; required: string[] };

  const anyOf = (shapes: Shape[]): Shape => ({
    anyOf: shapes.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)),
  });

  const program = ts.createProgram([resolve(root, 'protocol/messages.ts')], { strict: true, types: [] });
  const checker = program.getTypeChecker();
  const source = program.getSourceFile(resolve(root, 'protocol/messages.ts'))!;

  function exported(name: string): ts.Type {
    const symbols = checker.getExportsOfModule(checker.getSymbolAtLocation(source)!);
    return checker.getDeclaredTypeOfSymbol(symbols.find((symbol) => symbol.name === name)!);
  }

  function shapeOfType(type: ts.Type): Shape {
    if (type.flags & ts.TypeFlags.Unknown) return { kind: 'anything' };
    if (type.flags & ts.TypeFlags.String) return { kind: 'string' };
    if (type.flags & ts.TypeFlags.Number) return { kind: 'number' };
    if (type.isStringLiteral()) return { literals: [type.value] };
    if (type === checker.getFalseType()) return { literals: [false] };
    if (type.isUnion()) {
      const members = type.types.filter(({ flags }) => !(flags & ts.TypeFlags.Undefined));
      if (members.length === 1) return shapeOfType(members[0]);
      if (members.every((member) => member.isStringLiteral())) {
        return { literals: members.map(({ value }) => value).sort() };
      }
      return anyOf(members.map(shapeOfType));
    }
    if (checker.isArrayType(type)) {
      return { items: shapeOfType(checker.getTypeArguments(type as ts.TypeReference)[0]) };
    }
    if (!(type.flags & (ts.TypeFlags.Object | ts.TypeFlags.Intersection))) {
      throw new Error(`what is ${checker.typeToString(type)} as a schema?`);
    }
    const properties = checker.getPropertiesOfType(type);
    if (properties.length === 0) return { kind: 'any object' };
    return {
      fields: Object.fromEntries(
        properties.map((each) => [each.name, shapeOfType(checker.getTypeOfSymbol(each))]),
      ),
      required: properties
        .filter(({ flags }) => !(flags & ts.SymbolFlags.Optional))
        .map(({ name }) => name)
        .sort(),
    };
  }

  function shapeOfSchema(schema: Json): Shape {
    if (schema.allOf) {
      const parts = (schema.allOf as Json[]).map(shapeOfSchema) as { fields: object; required: string[] }[];
      return {
        fields: Object.assign({}, ...parts.map(({ fields }) => fields)),
        required: parts.flatMap(({ required }) => required).sort(),
      };
    }
    if (schema.const !== undefined) return { literals: [schema.const] };
    if (schema.enum) return { literals: [...schema.enum].sort() };
    if (schema.anyOf) return anyOf(schema.anyOf.map(shapeOfSchema));
    if (schema.type === undefined) return { kind: 'anything' };
    if (schema.type === 'integer') return { kind: 'number' };
    if (schema.type === 'array') return { items: shapeOfSchema(schema.items) };
    if (schema.type !== 'object') return { kind: schema.type };
    if (!schema.properties) return { kind: 'any object' };
    return {
      fields: Object.fromEntries(
        Object.entries<Json>(schema.properties).map(([name, each]) => [name, shapeOfSchema(each)]),
      ),
      required: [...schema.required].sort(),
    };
  }

  const declared = (direction: Direction): Map<string, ts.Type> => {
    const union = exported(direction);
    if (!union.isUnion()) throw new Error(`${direction} is not a union`);
    return new Map(
      union.types.map((type) => {
        const literal = checker.getTypeOfSymbol(type.getProperty('type')!);
        if (!literal.isStringLiteral()) throw new Error(`${checker.typeToString(type)} is of several types`);
        return [literal.value, type];
      }),
    );
  };

  describe.each<Direction>(['ClientMessage', 'ServerMessage'])('%s', (direction) => {
    const types = declared(direction);

    it('has the same messages', () => {
      expect([...described[direction].keys()].sort()).toEqual([...types.keys()].sort());
    });

    it.each([...types.keys()])('%s has the same fields, required and optional', (name) => {
      const message = described[direction].get(name);
      expect(message && shapeOfSchema(message.payload)).toEqual(shapeOfType(types.get(name)!));
    });
  });

  it('error codes are explained alike', () => {
    const { description } = document.components.schemas.errorCode;
    const lines = Object.entries(ERROR_CODES).map(([code, meaning]) => `- \`${code}\`: ${meaning}\n`);
    expect(description).toBe(lines.join(''));
  });

  it('limits are the same', () => {
    const limits: Json = { ...document.channels.signaling['x-limits'] };
    for (const { payload } of described.ClientMessage.values()) {
      for (const [field, { type, maxLength }] of Object.entries<Json>(payload.properties)) {
        if (type !== 'string') continue;
        const name = `${field === 'to' ? 'peerId' : field}Length`;
        expect(limits[name] ?? maxLength).toBe(maxLength);
        limits[name] = maxLength;
      }
    }
    expect(limits).toEqual(LIMITS);
  });
});

const ajv = new Ajv({ allErrors: true, strict: true });

/** What is wrong with a frame: an error of its schema, or a field that the schema does not tell of. */
function faults(direction: Direction, frame: Frame): string[] {
  const message = described[direction].get(frame.type);
  if (!message) return [`${frame.type} is no ${direction}`];
  const isValid = ajv.compile(message.payload);
  isValid(frame);
  const { properties = {}, allOf = [] }: Json = message.payload;
  const fields = [properties, ...allOf.map((part: Json) => part.properties)];
  return [
    ...(isValid.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`),
    ...Object.keys(frame).filter((key) => !fields.some((known) => key in known)),
  ];
}

describe('its examples', () => {
  const examples = (['ClientMessage', 'ServerMessage'] as const).flatMap((direction) =>
    [...described[direction]].map(([name, { examples }]) => ({ direction, name, examples })),
  );

  it.each(examples)('of $name as a $direction fit', ({ direction, name, examples }) => {
    expect(examples).not.toHaveLength(0);
    for (const { payload } of examples) {
      expect(payload.type).toBe(name);
      expect(faults(direction, payload)).toEqual([]);
    }
  });
});

describe('on the wire', () => {
  let service: HandlersOnGateway;
  let way: Between;

  beforeAll(async () => {
    service = await startHandlers({ maxPeersPerRoom: 3 });
    way = await between(service.url);
  });
  afterAll(async () => {
    await way.close();
    await service.close();
  });

  it('every frame of a session fits, and every message is among them', async () => {
    const [ann, bob, cem, dee] = await Promise.all([0, 1, 2, 3].map(() => Wire.open(way.url)));
    const { resume } = await ann.join('room', { metadata: { name: 'Ann' } });
    const { peerId } = await bob.join('room');
    const candidate = {
      candidate: 'candidate:1 1 udp 1 192.0.2.1 9 typ host',
      sdpMid: '0',
      sdpMLineIndex: 0,
    };
    const room = { roomId: 'room', to: peerId };
    await ann.ask({ type: 'offer', ...room, seq: 1, offer: { type: 'offer', sdp: 'v=0' } });
    await ann.ask({ type: 'answer', ...room, seq: 2, answer: { type: 'answer', sdp: 'v=0' } });
    await ann.ask({ type: 'ice-candidate', ...room, candidate: null });
    await ann.ask({ type: 'ice-candidates', ...room, candidates: [candidate, null] });
    ann.send({ type: 'signal', roomId: 'room', data: [null, 7] });
    await bob.next('signal');
    await ann.ask({ type: 'ice-servers' });
    await ann.ask({ type: 'ping' });
    await cem.join('room', { resume, metadata: { name: 'Ann' } });
    await bob.next(({ replaces }) => replaces !== undefined);
    // Too late: whose place that was, and who took it, are gone.
    await cem.ask({ type: 'leave', roomId: 'room' });
    await dee.join('room', { resume });
    await bob.next(({ resumes, replaces }) => resumes !== undefined && replaces === undefined);
    await cem.join('room');
    for (const [wire, refused] of [
      [bob, { type: 'signal', roomId: 'room', to: 'nobody', data: 1 }],
      [bob, { type: 'leave', roomId: 'elsewhere' }],
      [await Wire.open(way.url), { type: 'register', roomId: 'room' }],
    ] as const) {
      expect(await wire.ask(refused)).toMatchObject({ type: 'error' });
    }
    await bob.ask({ type: 'leave', roomId: 'room' });
    await dee.next('peer-left');

    const directionOf = (from: string) => (from === 'client' ? 'ClientMessage' : 'ServerMessage');
    const wrong = way.seen.map(({ from, frame }) => ({ frame, faults: faults(directionOf(from), frame) }));
    expect(wrong.filter(({ faults }) => faults.length > 0)).toEqual([]);
    for (const [direction, from] of [
      ['ClientMessage', 'client'],
      ['ServerMessage', 'service'],
    ] as const) {
      const seen = new Set(way.seen.filter((each) => each.from === from).map(({ frame }) => frame.type));
      expect([...seen].sort()).toEqual([...described[direction].keys()].sort());
    }
  });

  const long = (length: number) => 'x'.repeat(length);
  const relayed = { type: 'signal', roomId: 'limits', data: 0 };
  it.each<[string, Frame, Frame]>([
    ['roomId', { type: 'leave', roomId: long(128) }, { type: 'leave', roomId: long(129) }],
    ['roomId', { type: 'leave', roomId: 'a b' }, { type: 'leave', roomId: 'a\u0085b' }],
    ['roomId', { type: 'register', roomId: 'limits' }, { type: 'register', roomId: '' }],
    ['to', { ...relayed, to: long(128) }, { ...relayed, to: long(129) }],
    ['seq', { ...relayed, seq: 2 ** 53 - 1 }, { ...relayed, seq: 2 ** 53 }],
    ['seq', { ...relayed, seq: 1 }, { ...relayed, seq: 0 }],
    ['requestId', { ...relayed, requestId: long(64) }, { ...relayed, requestId: long(65) }],
    ['data', { ...relayed, data: null }, { type: 'signal', roomId: 'limits' }],
    [
      'offer',
      { type: 'offer', roomId: 'limits', offer: 'v=0' },
      { type: 'offer', roomId: 'limits', offer: null },
    ],
    [
      'candidates',
      { type: 'ice-candidates', roomId: 'limits', candidates: [] },
      { type: 'ice-candidates', roomId: 'limits', candidates: {} },
    ],
    [
      'resume',
      { type: 'register', roomId: 'limits', resume: long(256) },
      { type: 'register', roomId: 'limits', resume: long(257) },
    ],
    [
      'metadata',
      { type: 'register', roomId: 'limits', metadata: {} },
      { type: 'register', roomId: 'limits', metadata: [] },
    ],
  ])('refuses what the service refuses for its %s, and no more', async (field, fits, fails) => {
    const wire = await Wire.open(way.url);
    await wire.join('limits');
    const answer = async (frame: Frame) => {
      wire.send({ requestId: 'limits', ...frame });
      return wire.next(({ type }) => ['ack', 'left', 'registered', 'error'].includes(type as string));
    };
    expect(faults('ClientMessage', fits)).toEqual([]);
    expect((await answer(fits)).code).not.toBe('bad-message');
    expect(faults('ClientMessage', fails)).not.toEqual([]);
    expect(await answer(fails)).toMatchObject({
      code: 'bad-message',
      message: expect.stringContaining(field),
    });
    await wire.close();
  });
});

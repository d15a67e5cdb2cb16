import fc from 'fast-check';
import { FrameLengths } from '../../../local/src/gateway/frame-lengths';

/** A frame as RFC 6455, section 5.2, lays it out; its payload is zeros. */
function frame(length: number, masked: boolean): Buffer {
  const mask = masked ? 0x80 : 0;
  let header: Buffer;
  if (length < 126) header = Buffer.from([0x81, mask | length]);
  else if (length < 65_536) header = Buffer.from([0x81, mask | 126, length >> 8, length & 0xff]);
  else {
    header = Buffer.alloc(10);
    header.writeUInt16BE(0x8100 | mask | 127);
    header.writeBigUInt64BE(BigInt(length), 2);
  }
  return Buffer.concat([header, Buffer.alloc(masked ? 4 : 0), Buffer.alloc(length)]);
}

test('the lengths of the frames are read however the stream is cut into chunks', () => {
  const frames = fc.array(
    fc.record({
      length: fc.oneof(fc.nat(300), fc.constantFrom(0, 125, 126, 65_535, 65_536)),
      masked: fc.boolean(),
    }),
    { maxLength: 6 },
  );
  fc.assert(
    fc.property(frames, fc.array(fc.nat(400), { maxLength: 20 }), (sent, cuts) => {
      const stream = Buffer.concat(sent.map(({ length, masked }) => frame(length, masked)));
      const reader = new FrameLengths();
      const read: number[] = [];
      let at = 0;
      for (const size of [...cuts, stream.length]) {
        read.push(...reader.read(stream.subarray(at, at + size)));
        at += size;
      }
      expect(read).toEqual(sent.map(({ length }) => length));
    }),
    { numRuns: 200 },
  );
});

test('a length is told as soon as its header is there, ahead of the payload', () => {
  const bytes = frame(40_000, true);
  expect(new FrameLengths().read(bytes.subarray(0, 4))).toEqual([40_000]);
});

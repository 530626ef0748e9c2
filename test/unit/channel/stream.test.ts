// SPDX-License-Identifier: Apache-2.0
/** Records of connections over a ring, and the table of counters: bytes on the ring, and peers that write anything at any time. */
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { RingEnd } from '../../sim/channels.ts';
import { BASE, channelModule, DEST, Library, SOURCE } from './library.ts';

const BYTES = 8192;
const CAPACITY = 4096;
const HEADER = 12;
const MAX_DATA = 8192;
const DATA = 2;

let module: WebAssembly.Module;
beforeAll(async () => {
  module = await channelModule();
});

function send(library: Library, kind: number, data: Uint8Array, to = 7, use = 0x1234, detail = 0): boolean {
  library.at(SOURCE, data.length).set(data);
  return library.exports.send(BASE, BYTES, to, use, kind, detail, SOURCE, data.length) !== 0;
}

it('a record has these bytes', () => {
  const library = new Library(module);
  expect(send(library, DATA, Buffer.from('PING'), 0x0102, 0x0304, 5)).toBe(true);
  const bytes = new RingEnd(library.at(BASE, BYTES)).read();
  expect(Buffer.from(bytes).toString('hex')).toBe('02010403020500000400000050494e47');
});

it('comes out as it went in, over the end of the ring, or not at all', () => {
  const record = fc.record({
    to: fc.nat({ max: 65535 }),
    use: fc.nat({ max: 65535 }),
    kind: fc.nat({ max: 255 }),
    detail: fc.nat({ max: 255 }),
    data: fc.uint8Array({ maxLength: 700 }),
  });
  fc.assert(
    fc.property(
      fc.nat({ max: 2 ** 32 - 1 }),
      fc.array(fc.array(record, { maxLength: 8 }), { maxLength: 8 }),
      (start, batches) => {
        const library = new Library(module);
        const { exports } = library;
        new RingEnd(library.at(BASE, BYTES)).setIndices(start, start);
        for (const batch of batches) {
          let room = CAPACITY;
          const sent = batch.filter(({ to, use, kind, detail, data }) => {
            const fits = HEADER + data.length <= room;
            expect(exports.hasRoom(BASE, BYTES, data.length)).toBe(fits ? 1 : 0);
            expect(send(library, kind, data, to, use, detail)).toBe(fits);
            if (fits) room -= HEADER + data.length;
            return fits;
          });
          for (const { to, use, kind, detail, data } of sent) {
            expect(exports.receive(BASE, BYTES, DEST)).toBe(1);
            const got = [exports.connection(), exports.generation(), exports.kind(), exports.detail()];
            expect(got).toEqual([to, use, kind, detail]);
            expect([...library.at(DEST, exports.size())]).toEqual([...data]);
          }
          expect(exports.receive(BASE, BYTES, DEST)).toBe(0);
        }
        expect(exports.malformed()).toBe(0n);
      },
    ),
    { numRuns: 200, seed: 1 },
  );
});

describe('what is no record empties the ring, and is counted', () => {
  it.each([
    ['half a head', Buffer.alloc(HEADER - 1)],
    ['a length beyond what there is', Buffer.from('00000000020000000500000041414141', 'hex')],
    ['a length beyond any', Buffer.from('000000000200000001200000', 'hex')],
    ['the largest length', Buffer.from('0000000002000000ffffffff', 'hex')],
  ])('%s', (_name, bytes) => {
    const library = new Library(module);
    const { exports } = library;
    new RingEnd(library.at(BASE, BYTES)).write(bytes);
    expect(exports.receive(BASE, BYTES, DEST)).toBe(0);
    expect(exports.malformed()).toBe(1n);
    expect(exports.used(BASE, BYTES)).toBe(0);
    expect(send(library, DATA, Buffer.from('next'))).toBe(true);
    expect(exports.receive(BASE, BYTES, DEST)).toBe(1);
    expect(Buffer.from(library.at(DEST, exports.size())).toString()).toBe('next');
  });
});

it('with a peer that writes anything at any time: no trap, no byte outside, bounded work', () => {
  const index = fc.oneof(fc.constantFrom(0, 1, 12, 4096, 2 ** 32 - 1), fc.nat({ max: 2 ** 32 - 1 }));
  const attack = fc.oneof(
    fc.record({ at: fc.constantFrom(0, 64), word: index }),
    fc.record({ at: fc.nat({ max: BYTES - 4 }), word: index }),
    fc.record({ fill: fc.nat({ max: 255 }) }),
    fc.constant(undefined),
  );
  const step = fc.record({ isSend: fc.boolean(), size: fc.nat({ max: 5000 }) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 20 }), fc.infiniteStream(attack), (steps, attacks) => {
      const library = new Library(module);
      const { exports } = library;
      const frames = library.at(BASE, BYTES);
      const view = new DataView(frames.buffer, frames.byteOffset, BYTES);
      library.step = () => {
        const next = attacks.next().value as { at: number; word: number } | { fill: number } | undefined;
        if (next === undefined) return;
        if ('fill' in next) frames.fill(next.fill);
        else view.setUint32(next.at, next.word, true);
      };
      for (const { isSend, size } of steps) {
        const before = library.untouchable(BYTES, DEST, MAX_DATA).subarray(BASE);
        library.accesses = 0;
        if (isSend) exports.send(BASE, BYTES, 1, 1, DATA, 0, SOURCE, size);
        else if (exports.receive(BASE, BYTES, DEST) !== 0) expect(exports.size()).toBeLessThanOrEqual(MAX_DATA);
        expect(library.accesses).toBeLessThanOrEqual(10);
        const after = library.untouchable(BYTES, DEST, MAX_DATA).subarray(BASE);
        expect(Buffer.compare(before, after)).toBe(0);
      }
    }),
    { numRuns: 300, seed: 3 },
  );
});

it('counters are words of eight bytes', () => {
  const library = new Library(module);
  library.exports.setCounter(BASE, 3, 0x0102030405060708n);
  expect(Buffer.from(library.at(BASE + 24, 8)).toString('hex')).toBe('0807060504030201');
  expect(library.exports.getCounter(BASE, 3)).toBe(0x0102030405060708n);
});

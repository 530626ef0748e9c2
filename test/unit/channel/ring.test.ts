// SPDX-License-Identifier: Apache-2.0
/** The byte ring: what passes through it, and what a peer that writes anything at any time can do. */
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { RingEnd } from '../../sim/channels.ts';
import { BASE, channelModule, DEST, Library, SOURCE } from './library.ts';

let module: WebAssembly.Module;
beforeAll(async () => {
  module = await channelModule();
});

/** Ordered accesses of one operation: two indices in, one out. */
const MOST_ACCESSES = 3;

const size = fc.constantFrom(129, 130, 160, 192, 1000, 4096, 8192);
const index = fc.oneof(fc.constantFrom(0, 1, 2 ** 32 - 1, 2 ** 32 - 5, 2 ** 31), fc.nat({ max: 2 ** 32 - 1 }));

it.each([
  [0, 0],
  [128, 0],
  [129, 1],
  [131, 2],
  [4096, 2048],
  [8192, 4096],
  [16384, 8192],
])('frames of %i bytes hold %i', (bytes, expected) => {
  expect(new Library(module).exports.capacity(bytes)).toBe(expected);
});

const operation = fc.oneof(
  fc.record({ write: fc.uint8Array({ maxLength: 300 }) }),
  fc.record({ read: fc.nat({ max: 300 }) }),
);
/** Two parts at once, or the end of all that waits. */
const further = fc.oneof(
  fc.record({ first: fc.uint8Array({ maxLength: 20 }), second: fc.uint8Array({ maxLength: 300 }) }),
  fc.constant('clear' as const),
);

it('is a queue, from any index on and over its end', () => {
  fc.assert(
    fc.property(
      size,
      index,
      fc.array(fc.oneof(operation, operation, further), { maxLength: 40 }),
      (bytes, start, operations) => {
        const { exports, at, ...library } = bind(new Library(module));
        new RingEnd(at(BASE, bytes)).setIndices(start, start);
        const capacity = exports.capacity(bytes);
        const model: number[] = [];
        for (const next of operations) {
          if (next === 'clear') {
            exports.clear(BASE);
            model.length = 0;
          } else if ('first' in next) {
            const [first, second] = [next.first.length, next.second.length];
            at(SOURCE, first).set(next.first);
            at(SOURCE + 1024, second).set(next.second);
            const fits = first + second <= capacity - model.length;
            expect(exports.writeBoth(BASE, bytes, SOURCE, first, SOURCE + 1024, second)).toBe(fits ? 1 : 0);
            if (fits) model.push(...next.first, ...next.second);
          } else if ('write' in next) {
            at(SOURCE, next.write.length).set(next.write);
            const taken = exports.write(BASE, bytes, SOURCE, next.write.length);
            expect(taken).toBe(Math.min(next.write.length, capacity - model.length));
            model.push(...next.write.subarray(0, taken));
          } else {
            const count = exports.read(BASE, bytes, DEST, next.read);
            expect(count).toBe(Math.min(next.read, model.length));
            expect([...at(DEST, count)]).toEqual(model.splice(0, count));
          }
          expect([exports.used(BASE, bytes), exports.room(BASE, bytes)]).toEqual([
            model.length,
            capacity - model.length,
          ]);
        }
        expect(library.corruptions()).toBe(0n);
      },
    ),
    { numRuns: 300, seed: 1 },
  );
});

/** Methods that can be taken out of the object. */
function bind(library: Library) {
  const at = (offset: number, bytes: number): Uint8Array => library.at(offset, bytes);
  return { exports: library.exports, at, corruptions: () => library.exports.corruptions(), library };
}

it('publishes no byte before it is there, and frees none before it is taken', () => {
  // One side works while the other one does whole operations between its accesses.
  fc.assert(
    fc.property(
      size,
      index,
      fc.array(operation, { maxLength: 20 }),
      fc.infiniteStream(operation),
      (bytes, start, own, peer) => {
        const { exports, at, library } = bind(new Library(module));
        new RingEnd(at(BASE, bytes)).setIndices(start, start);
        const sent: number[] = [];
        const received: number[] = [];
        let counter = 0;
        const produce = (count: number, from: number): void => {
          const values = Array.from({ length: count }, (_, i) => (counter + i) & 0xff);
          at(from, count).set(values);
          const taken = exports.write(BASE, bytes, from, count);
          counter += taken;
          sent.push(...values.slice(0, taken));
        };
        const consume = (count: number, to: number): void => {
          const got = exports.read(BASE, bytes, to, count);
          received.push(...at(to, got));
        };
        // The producer is interrupted by the consumer and the other way round, never by itself.
        for (const next of own) {
          const isWrite = 'write' in next;
          let busy = false;
          library.step = () => {
            if (busy) return;
            busy = true;
            const other = peer.next().value as typeof next;
            const count = 'write' in other ? other.write.length : other.read;
            if (isWrite) consume(count, DEST + 1024);
            else produce(count, SOURCE + 1024);
            busy = false;
          };
          if (isWrite) produce(next.write.length, SOURCE);
          else consume(next.read, DEST);
          library.step = () => undefined;
        }
        consume(8192, DEST);
        const order = Array.from({ length: received.length }, (_, i) => i & 0xff);
        expect(received).toEqual(order);
        expect(exports.corruptions()).toBe(0n);
        expect(received.length).toBe(counter);
      },
    ),
    { numRuns: 300, seed: 2 },
  );
});

/** What a hostile peer writes: an index, a byte anywhere, or everything. */
const attack = fc.oneof(
  fc.record({ at: fc.constantFrom(0, 64), word: index }),
  fc.record({ at: fc.nat({ max: 8188 }), word: index }),
  fc.record({ fill: fc.nat({ max: 255 }) }),
  fc.constant(undefined),
);

describe('with a peer that writes anything at any time', () => {
  const count = fc.oneof(fc.nat({ max: 300 }), fc.constantFrom(4096, 8192));
  const step = fc.record({
    kind: fc.constantFrom('write' as const, 'both' as const, 'read' as const, 'used' as const, 'room' as const),
    count,
  });

  it('never traps, never leaves its buffers, and does bounded work', () => {
    fc.assert(
      fc.property(size, fc.array(step, { maxLength: 30 }), fc.infiniteStream(attack), (bytes, steps, attacks) => {
        const { exports, at, library } = bind(new Library(module));
        const frames = at(BASE, bytes);
        const view = new DataView(frames.buffer, frames.byteOffset, bytes);
        library.step = () => {
          const next = attacks.next().value as { at: number; word: number } | { fill: number } | undefined;
          if (next === undefined) return;
          if ('fill' in next) frames.fill(next.fill);
          else view.setUint32(Math.min(next.at, bytes - 4), next.word, true);
        };
        const capacity = exports.capacity(bytes);
        for (const { kind, count: wanted } of steps) {
          const before = library.untouchable(bytes, DEST, kind === 'read' ? Math.min(wanted, capacity) : 0);
          library.accesses = 0;
          const result =
            kind === 'write'
              ? exports.write(BASE, bytes, SOURCE, wanted)
              : kind === 'both'
                ? exports.writeBoth(BASE, bytes, SOURCE, 12, SOURCE, wanted)
                : kind === 'read'
                  ? exports.read(BASE, bytes, DEST, wanted)
                  : exports[kind](BASE, bytes);
          expect(result >>> 0).toBeLessThanOrEqual(
            kind === 'write' || kind === 'read' ? Math.min(wanted, capacity) : capacity,
          );
          expect(library.accesses).toBeLessThanOrEqual(MOST_ACCESSES);
          const after = library.untouchable(bytes, DEST, kind === 'read' ? Math.min(wanted, capacity) : 0);
          expect(Buffer.compare(withoutCounter(before), withoutCounter(after))).toBe(0);
        }
      }),
      { numRuns: 400, seed: 3 },
    );
  });

  it.each(['write', 'read'] as const)('carries bytes again after any indices, if the next is a %s', (first) => {
    fc.assert(
      fc.property(size, index, index, fc.uint8Array({ minLength: 1, maxLength: 64 }), (bytes, tail, head, payload) => {
        const { exports, at } = bind(new Library(module));
        const capacity = exports.capacity(bytes);
        new RingEnd(at(BASE, bytes)).setIndices(tail, head);
        const wasCorrupt = (tail - head) >>> 0 > capacity;
        at(SOURCE, payload.length).set(payload);
        if (first === 'write') exports.write(BASE, bytes, SOURCE, payload.length);
        else exports.read(BASE, bytes, DEST, 8192);
        expect(exports.corruptions()).toBe(wasCorrupt ? 1n : 0n);
        while (exports.read(BASE, bytes, DEST, 8192) > 0);
        expect(exports.write(BASE, bytes, SOURCE, payload.length)).toBe(Math.min(payload.length, capacity));
        const count = exports.read(BASE, bytes, DEST, 8192);
        expect([...at(DEST, count)]).toEqual([...payload.subarray(0, capacity)]);
        expect(exports.corruptions()).toBe(wasCorrupt ? 1n : 0n);
      }),
      { numRuns: 300, seed: 4 },
    );
  });
});

/** The library's own static data, where it counts. */
function withoutCounter(memory: Uint8Array): Uint8Array {
  return memory.subarray(BASE);
}

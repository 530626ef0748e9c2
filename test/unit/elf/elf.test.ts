// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Failure } from '../../../diagnostics/diagnostic.ts';
import { readElf } from '../../../compiler/src/elf/image.ts';
import { makeElf, pattern, type SegmentSpec } from './make-elf.ts';

const GOOD: SegmentSpec = { virtual: 0x40_0000n, data: pattern(100), memoryBytes: 0x1000n };
const truncate = (elf: Buffer, length: number) => elf.subarray(0, length);
const patch16 = (elf: Buffer, at: number, value: number) => {
  elf.writeUInt16LE(value, at);
  return elf;
};

describe('readElf', () => {
  it('reads entry and segments in ascending order, without empty ones and without those that are not loaded', () => {
    const high = { virtual: 0x50_0000n, physical: 0x9_0000n, data: pattern(8, 3) };
    const note = { type: 4, virtual: 0n, data: pattern(4) };
    const empty = { virtual: 0x60_0000n, memoryBytes: 0n };
    const elf = readElf(makeElf({ entry: 0x40_0010n, segments: [high, note, GOOD, empty] }), 'x');
    expect(elf.entry).toBe(0x40_0010n);
    expect(elf.segments.map((s) => [s.virtual, s.physical, s.fileBytes, s.memoryBytes])).toEqual([
      [0x40_0000n, 0x40_0000n, 100, 0x1000n],
      [0x50_0000n, 0x9_0000n, 8, 8n],
    ]);
    const [first] = elf.segments;
    expect(elf.bytes.subarray(first!.offset, first!.offset + first!.fileBytes)).toEqual(Buffer.from(pattern(100)));
  });

  const cases: [name: string, elf: Buffer, message: string][] = [
    ['empty', Buffer.alloc(0), 'not an ELF file'],
    ['text', Buffer.from('#!/bin/sh\n'.repeat(10)), 'not an ELF file'],
    ['32 bits', makeElf({ elfClass: 1, segments: [GOOD] }), 'a 32-bit ELF file, but the image is 64-bit'],
    ['big-endian', makeElf({ encoding: 2, segments: [GOOD] }), 'a big-endian ELF file, but the image is little-endian'],
    ['x86-64', makeElf({ machine: 62, segments: [GOOD] }), 'built for x86-64, but the image is AArch64'],
    [
      'unknown CPU',
      makeElf({ machine: 9999, segments: [GOOD] }),
      'built for machine number 9999, but the image is AArch64',
    ],
    ['object file', makeElf({ type: 1, segments: [GOOD] }), 'not a static executable'],
    ['shared', makeElf({ type: 3, segments: [GOOD] }), 'not a static executable'],
    ['no headers', makeElf({ segments: [] }), 'no program headers'],
    ['odd headers', patch16(makeElf({ segments: [GOOD] }), 54, 32), 'program headers of 32 bytes, expected 56'],
    [
      'cut headers',
      truncate(makeElf({ segments: [GOOD] }), 100),
      'truncated: the program headers lie outside the file',
    ],
    ['dynamic', makeElf({ segments: [GOOD, { type: 2, virtual: 0n }] }), 'dynamically linked'],
    ['interpreter', makeElf({ segments: [GOOD, { type: 3, virtual: 0n }] }), 'dynamically linked'],
    ['nothing', makeElf({ segments: [{ type: 4, virtual: 0n }] }), 'nothing to load: no LOAD segment'],
    ['cut', truncate(makeElf({ segments: [GOOD] }), 150), 'truncated: segment at 0x400000 lies outside the file'],
    ['wild offset', makeElf({ segments: [{ ...GOOD, offset: 1n << 63n }] }), 'truncated: segment at 0x400000'],
    ['wild size', makeElf({ segments: [{ ...GOOD, fileBytes: (1n << 64n) - 1n }] }), 'truncated: segment at 0x400000'],
    [
      'small memory',
      makeElf({ segments: [{ ...GOOD, memoryBytes: 5n }] }),
      'segment at 0x400000 is larger in the file',
    ],
    [
      'wrap',
      makeElf({ segments: [{ ...GOOD, virtual: (1n << 64n) - 16n }] }),
      'runs past the end of the address space',
    ],
    [
      'overlap',
      makeElf({ segments: [GOOD, { ...GOOD, virtual: 0x40_0800n }] }),
      'two LOAD segments overlap at 0x400800',
    ],
    ['entry', makeElf({ entry: 0x10n, segments: [GOOD] }), 'entry point 0x10 lies outside every LOAD segment'],
  ];
  it.each(cases)('refuses a malformed file: %s', (_, elf, message) => {
    expect(() => readElf(elf, 'root task')).toThrow(
      `root task: ${message}`.slice(0, message.includes('past') ? 9 : 500),
    );
    expect(() => readElf(elf, 'root task')).toThrow(message);
    expect(() => readElf(elf, 'root task')).toThrow(Failure);
  });

  it('either refuses with a Failure or gives segments that lie inside the file, whatever bytes it is fed', () => {
    const base = makeElf({ segments: [GOOD, { virtual: 0x50_0000n, data: pattern(64) }] });
    const edits = fc.array(fc.tuple(fc.nat(base.length - 1), fc.nat(255)), { maxLength: 12 });
    fc.assert(
      fc.property(edits, fc.integer({ min: 0, max: base.length }), (changes, length) => {
        const bytes = Buffer.from(base);
        for (const [at, value] of changes) bytes[at] = value;
        const fed = bytes.subarray(0, length);
        try {
          const elf = readElf(fed, 'x');
          let reached = 0n;
          for (const s of elf.segments) {
            expect(s.offset + s.fileBytes).toBeLessThanOrEqual(fed.length);
            expect(s.virtual >= reached).toBe(true);
            reached = s.virtual + s.memoryBytes;
          }
          expect(reached <= 1n << 64n).toBe(true);
        } catch (error) {
          if (!(error instanceof Failure)) throw error;
        }
      }),
      { numRuns: 3000 },
    );
  });
});

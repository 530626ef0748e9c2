// SPDX-License-Identifier: Apache-2.0
/** BLAKE3 and SHA-256 of the server against other implementations. */
import { createHash } from 'node:crypto';
import { blake3 } from '@noble/hashes/blake3.js';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { CAPACITY, Leaf } from './leaf.ts';

let leaf: Leaf;
beforeAll(async () => {
  leaf = await Leaf.load();
});

/** Bytes that repeat after 251, so that no block, chunk or subtree is like another. */
const counting = (bytes: number): Uint8Array => Uint8Array.from({ length: bytes }, (_, index) => index % 251);
/** Lengths at which blocks, chunks and subtrees end. */
const BORDERS = [0, 55, 56, 63, 64, 119, 120, 1024, 2048, 3072, 4096, 5120, 8192, 16_384, 31_744, 65_536]
  .flatMap((edge) => [edge - 1, edge, edge + 1])
  .concat([102_400, CAPACITY])
  .filter((edge) => edge >= 0);

function plain(bytes: Uint8Array): string {
  leaf.exports.hash(leaf.give(bytes));
  return leaf.output(32).toString('hex');
}

function keyed(key: Uint8Array, bytes: Uint8Array): string {
  leaf.key(key);
  leaf.exports.keyedHash(leaf.give(bytes));
  return leaf.output(32).toString('hex');
}

function sha(bytes: Uint8Array): string {
  leaf.exports.sha(leaf.give(bytes));
  return leaf.output(32).toString('hex');
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const KEY = Buffer.from('whats the Elvish word for friend');

describe('BLAKE3', () => {
  // From the published vectors of BLAKE3 (input: counting bytes modulo 251).
  it.each([
    [0, 'af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262'],
    [1, '2d3adedff11b61f14c886e35afa036736dcd87a74d27b5c1510225d0f592e213'],
    [1024, '42214739f095a406f3fc83deb889744ac00df831c10daa55189b5d121c855af7'],
    [1025, 'd00278ae47eb27b34faecf67b4fe263f82d5412916c1ffd97c8cb7fb814b8444'],
  ])('hashes %i published bytes', (bytes, digest) => {
    expect(plain(counting(bytes))).toBe(digest);
  });

  it('agrees at every border, plain and keyed', () => {
    for (const bytes of BORDERS) {
      const data = counting(bytes);
      expect(plain(data), `${bytes} bytes`).toBe(hex(blake3(data)));
      expect(keyed(KEY, data), `${bytes} bytes, keyed`).toBe(hex(blake3(data, { key: KEY })));
    }
  });

  it('agrees at every length up to 1100 and every 7th up to 5000', () => {
    for (let bytes = 0; bytes <= 5000; bytes += bytes < 1100 ? 1 : 7) {
      const data = counting(bytes);
      expect(plain(data), `${bytes} bytes`).toBe(hex(blake3(data)));
    }
  });

  it('agrees for any bytes and key (property)', () => {
    const key = fc.uint8Array({ minLength: 32, maxLength: 32 });
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 5000, size: 'max' }), key, (data, k) => {
        expect(plain(data)).toBe(hex(blake3(data)));
        expect(keyed(k, data)).toBe(hex(blake3(data, { key: k })));
      }),
      { numRuns: 150, seed: 3 },
    );
  });
});

describe('SHA-256', () => {
  const oracle = (data: Uint8Array): string => createHash('sha256').update(data).digest('hex');

  it('agrees at every length up to 300 and at every border', () => {
    for (const bytes of [...Array(300).keys(), ...BORDERS]) {
      const data = counting(bytes);
      expect(sha(data), `${bytes} bytes`).toBe(oracle(data));
    }
  });

  it('agrees for any bytes (property)', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 2000, size: 'max' }), (data) => {
        expect(sha(data)).toBe(oracle(data));
      }),
      { numRuns: 150, seed: 5 },
    );
  });
});

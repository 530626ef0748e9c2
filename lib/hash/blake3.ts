// SPDX-License-Identifier: Apache-2.0
// BLAKE3 of a byte slice, plain or keyed, 32 bytes of output.
//
//   A message is cut into chunks of 1024 bytes, chunks into blocks of 64. Chaining values of finished subtrees wait on a
//   stack until their sibling is finished: with 2ⁿ chunks it is n deep.

const OUT_BYTES: u32 = 32;
const BLOCK_BYTES: u32 = 64;
const CHUNK_BYTES: u32 = 1024;
const CHUNK_START: u32 = 1;
const CHUNK_END: u32 = 2;
const PARENT: u32 = 4;
const ROOT: u32 = 8;
const KEYED_HASH: u32 = 16;

// prettier-ignore
const IV = memory.data<u32>([
  0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
]);
// prettier-ignore
const PERMUTATION = memory.data<u8>([2, 6, 3, 10, 7, 0, 4, 13, 1, 11, 12, 5, 9, 14, 15, 8]);

const STACK_DEPTH: u32 = 32; // 2³² chunks: more than memory holds
const stack = memory.data(STACK_DEPTH * OUT_BYTES, 4);
const state = memory.data(64, 4);
const words = memory.data(64, 4);
const permuted = memory.data(64, 4);
const chaining = memory.data(OUT_BYTES, 4);

// The node whose compression is still to come: it becomes the root or a chaining value.
const nodeChaining = memory.data(OUT_BYTES, 4);
const nodeBlock = memory.data(BLOCK_BYTES, 4);
let nodeCounter: u64 = 0;
let nodeBytes: u32 = 0;
let nodeFlags: u32 = 0;


@inline
function mix(a: u32, b: u32, c: u32, d: u32, x: u32, y: u32): void {
  const at = state;
  let va = load<u32>(at + 4 * a);
  let vb = load<u32>(at + 4 * b);
  let vc = load<u32>(at + 4 * c);
  let vd = load<u32>(at + 4 * d);
  va = va + vb + x;
  vd = rotr<u32>(vd ^ va, 16);
  vc = vc + vd;
  vb = rotr<u32>(vb ^ vc, 12);
  va = va + vb + y;
  vd = rotr<u32>(vd ^ va, 8);
  vc = vc + vd;
  vb = rotr<u32>(vb ^ vc, 7);
  store<u32>(at + 4 * a, va);
  store<u32>(at + 4 * b, vb);
  store<u32>(at + 4 * c, vc);
  store<u32>(at + 4 * d, vd);
}


@inline
function word(index: u32): u32 {
  return load<u32>(words + 4 * index);
}

function round(): void {
  mix(0, 4, 8, 12, word(0), word(1));
  mix(1, 5, 9, 13, word(2), word(3));
  mix(2, 6, 10, 14, word(4), word(5));
  mix(3, 7, 11, 15, word(6), word(7));
  mix(0, 5, 10, 15, word(8), word(9));
  mix(1, 6, 11, 12, word(10), word(11));
  mix(2, 7, 8, 13, word(12), word(13));
  mix(3, 4, 9, 14, word(14), word(15));
}

/** Compresses the node at hand with further flags; its chaining value, or the hash, goes to `out`. */
function compress(flags: u32, out: usize): void {
  memory.copy(state, nodeChaining, 32);
  memory.copy(state + 32, IV, 16);
  store<u64>(state, nodeCounter, 48);
  store<u32>(state, nodeBytes, 56);
  store<u32>(state, nodeFlags | flags, 60);
  memory.copy(words, nodeBlock, 64);
  for (let i: u32 = 0; i < 7; i++) {
    if (i > 0) {
      for (let j: u32 = 0; j < 16; j++) store<u32>(permuted + 4 * j, word(load<u8>(PERMUTATION + j)));
      memory.copy(words, permuted, 64);
    }
    round();
  }
  for (let i: u32 = 0; i < 8; i++) {
    store<u32>(out + 4 * i, load<u32>(state + 4 * i) ^ load<u32>(state + 4 * (i + 8)));
  }
}

/** Makes a chunk the node at hand: all its blocks but the last are compressed. */
function chunkNode(key: usize, flags: u32, start: usize, bytes: u32, counter: u64): void {
  memory.copy(nodeChaining, key, 32);
  nodeCounter = counter;
  nodeBytes = BLOCK_BYTES;
  nodeFlags = flags | CHUNK_START;
  let done: u32 = 0;
  for (; bytes - done > BLOCK_BYTES; done += BLOCK_BYTES) {
    memory.copy(nodeBlock, start + done, BLOCK_BYTES);
    compress(0, nodeChaining);
    nodeFlags = flags;
  }
  memory.fill(nodeBlock, 0, BLOCK_BYTES);
  memory.copy(nodeBlock, start + done, bytes - done);
  nodeBytes = bytes - done;
  nodeFlags |= CHUNK_END;
}

/** Makes the parent of two chaining values the node at hand. */
function parentNode(key: usize, flags: u32, left: usize, right: usize): void {
  memory.copy(nodeBlock, left, 32);
  memory.copy(nodeBlock + 32, right, 32);
  memory.copy(nodeChaining, key, 32);
  nodeCounter = 0;
  nodeBytes = BLOCK_BYTES;
  nodeFlags = flags | PARENT;
}

function digest(key: usize, flags: u32, start: usize, bytes: u32, out: usize): void {
  let depth: u32 = 0;
  let chunks: u64 = 0;
  let done: u32 = 0;
  for (; bytes - done > CHUNK_BYTES; done += CHUNK_BYTES) {
    chunkNode(key, flags, start + done, CHUNK_BYTES, chunks);
    compress(0, chaining);
    chunks++;
    for (let whole = chunks; (whole & 1) === 0; whole >>= 1) {
      depth--;
      parentNode(key, flags, stack + depth * OUT_BYTES, chaining);
      compress(0, chaining);
    }
    memory.copy(stack + depth * OUT_BYTES, chaining, OUT_BYTES);
    depth++;
  }
  chunkNode(key, flags, start + done, bytes - done, chunks);
  for (; depth > 0; depth--) {
    compress(0, chaining);
    parentNode(key, flags, stack + (depth - 1) * OUT_BYTES, chaining);
  }
  compress(ROOT, out);
}

/** The plain hash of the bytes. */
export function hash(start: usize, bytes: u32, out: usize): void {
  digest(IV, 0, start, bytes, out);
}

/** The hash keyed with 32 bytes. */
export function keyedHash(key: usize, start: usize, bytes: u32, out: usize): void {
  digest(key, KEYED_HASH, start, bytes, out);
}

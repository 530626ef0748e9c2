// SPDX-License-Identifier: Apache-2.0
// A byte ring between two domains, in frames that both map: one producer, one consumer, no locks.
//
//   +0    tail   u32   bytes ever written, modulo 2^32      written by the producer only
//   +64   head   u32   bytes ever read, modulo 2^32         written by the consumer only
//   +128  data         `bytes - 128`, rounded down to a power of two
//
// Indices run freely; their difference is what is used. The producer writes data, then tail (release); the consumer reads
// tail (acquire), then data, then writes head (release). Both survive in the frames when a side is started again.
//
// The peer may write anything at any time, this side's own index too: each word is read once, and a difference larger than the
// ring is corruption. It is counted, and the side that sees it sets its own index to the peer's: the ring is empty then, and
// goes on. A lying peer garbles or loses what passes through this ring, nothing else. docs/channels.md has the rules.
import { loadAcquire32, storeRelease32 } from '../machine/memory';

const TAIL: u32 = 0;
const HEAD: u32 = 64;
const DATA: u32 = 128;
/** Instead of a count: the indices make no sense. More than any ring holds. */
const CORRUPT: u32 = u32.MAX_VALUE;

/** How often the indices of a ring made no sense. */
export let corruptions: u64 = 0;

/** Bytes that a ring in frames of this size can hold; 0 if there is no room for data. */
export function capacity(bytes: u32): u32 {
  return bytes > DATA ? (<u32>1) << (31 - clz(bytes - DATA)) : 0;
}

function usedOf(tail: u32, head: u32, size: u32): u32 {
  const used = tail - head;
  if (used <= size) return used;
  corruptions++;
  return CORRUPT;
}

/** Bytes that wait to be read. */
export function used(base: u32, bytes: u32): u32 {
  const amount = usedOf(loadAcquire32(base + TAIL), loadAcquire32(base + HEAD), capacity(bytes));
  return amount === CORRUPT ? 0 : amount;
}

/** Bytes that can be written. After corruption it is all: the next write empties the ring. */
export function room(base: u32, bytes: u32): u32 {
  return capacity(bytes) - used(base, bytes);
}

/** Copies to the data at a free-running index, around the end if need be. */
function put(data: u32, size: u32, index: u32, source: usize, count: u32): void {
  const at = index & (size - 1);
  const first = min(count, size - at);
  memory.copy(data + at, source, first);
  memory.copy(data, source + first, count - first);
}

/** Producer: writes up to `count` bytes from `source`; returns how many. */
export function write(base: u32, bytes: u32, source: usize, count: u32): u32 {
  const size = capacity(bytes);
  const head = loadAcquire32(base + HEAD);
  let tail = loadAcquire32(base + TAIL);
  let amount = usedOf(tail, head, size);
  if (amount === CORRUPT) {
    tail = head;
    amount = 0;
  }
  const taken = min(count, size - amount);
  put(base + DATA, size, tail, source, taken);
  storeRelease32(base + TAIL, tail + taken);
  return taken;
}

/** Producer: both parts, or (false) nothing; the consumer sees them at the same moment. */
export function writeBoth(base: u32, bytes: u32, first: usize, firstCount: u32, second: usize, secondCount: u32): bool {
  const size = capacity(bytes);
  const head = loadAcquire32(base + HEAD);
  let tail = loadAcquire32(base + TAIL);
  let amount = usedOf(tail, head, size);
  if (amount === CORRUPT) {
    tail = head;
    amount = 0;
  }
  if (<u64>firstCount + secondCount > <u64>(size - amount)) return false;
  put(base + DATA, size, tail, first, firstCount);
  put(base + DATA, size, tail + firstCount, second, secondCount);
  storeRelease32(base + TAIL, tail + firstCount + secondCount);
  return true;
}

/** Consumer: drops all that waits. */
export function clear(base: u32): void {
  storeRelease32(base + HEAD, loadAcquire32(base + TAIL));
}

/** Consumer: reads up to `count` bytes to `dest`; returns how many. */
export function read(base: u32, bytes: u32, dest: usize, count: u32): u32 {
  const size = capacity(bytes);
  const tail = loadAcquire32(base + TAIL);
  const head = loadAcquire32(base + HEAD);
  const amount = usedOf(tail, head, size);
  if (amount === CORRUPT) {
    storeRelease32(base + HEAD, tail);
    return 0;
  }
  const taken = min(count, amount);
  const at = head & (size - 1);
  const first = min(taken, size - at);
  const data = base + DATA;
  memory.copy(dest, data + at, first);
  memory.copy(dest + first, data, taken - first);
  storeRelease32(base + HEAD, head + taken);
  return taken;
}

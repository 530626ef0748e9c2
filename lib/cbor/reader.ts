// SPDX-License-Identifier: Apache-2.0
// A strict reader of deterministic CBOR (RFC 8949 §4.2) over a byte slice, pulled along by its caller. Only unsigned
// integers, byte strings, UTF-8 text, arrays, maps with text keys, booleans and null; definite lengths, shortest heads. The
// order of map keys is the schema's business. The first thing that is not as it must be sets `problem` and makes every
// later call fail.
import { isUtf8, same } from '../text/slice';
import { Writer } from '../text/writer';

// Major types.
export const UINT: u32 = 0;
export const BYTES: u32 = 2;
export const TEXT: u32 = 3;
export const ARRAY: u32 = 4;
export const MAP: u32 = 5;
export const SIMPLE: u32 = 7;
/** What `peek` answers at the end. */
export const NOTHING: u32 = 8;

const FALSE: u32 = 20;
const TRUE: u32 = 21;
const NULL: u32 = 22;

/** Deepest nesting that `any` can be asked for, and the keys that maps which are open at once may have. */
export const DEEPEST: u32 = 16;
export const MAX_KEYS: u32 = 128;
/** level: +0 values left u32 · +4 first key of the map u32 (all ones: an array) */
const levels = memory.data(DEEPEST * 8, 4);
/** key: +0 start u32 · +4 bytes u32 */
const keys = memory.data(MAX_KEYS * 8, 4);
const NO_KEYS: u32 = u32.MAX_VALUE;

let first: usize = 0;
let at: usize = 0;
let end: usize = 0;

/** What is wrong, or empty. */
export let problem: string = '';
let problemAt: u32 = 0;
/** Whether nothing is wrong but that more bytes must come. */
export let isTruncated: bool = false;

/** The string that was taken last. */
export let start: usize = 0;
export let bytes: u32 = 0;
/** The integer, or the number of elements or pairs, that was taken last. */
export let number: u64 = 0;
/** The boolean that was taken last. */
export let flag: bool = false;

export function open(data: usize, length: u32): void {
  first = data;
  at = data;
  end = data + length;
  problem = '';
  isTruncated = false;
}

export function failed(): bool {
  return problem.length > 0;
}

/** Notes what is wrong, unless something was wrong before. Returns false for its callers to pass on. */
export function fail(what: string): bool {
  if (failed()) return false;
  problem = what;
  problemAt = <u32>(at - first);
  return false;
}

/** Writes `<problem> at byte <n>`. */
export function writeProblem(w: Writer): void {
  w.text(problem);
  w.text(' at byte ');
  w.dec(problemAt);
}

function truncated(): bool {
  if (!failed()) isTruncated = true;
  return fail('truncated');
}

/** Where the next byte is read. */
export function position(): usize {
  return at;
}

/** Major type of the next item, which stays. */
export function peek(): u32 {
  return failed() || at === end ? NOTHING : (<u32>load<u8>(at)) >> 5;
}

/** Takes the bytes of an argument behind its head, most significant first. */
function argument(size: u32): bool {
  if (<u32>(end - at) < size) return truncated();
  let value: u64 = 0;
  for (let i: u32 = 0; i < size; i++) value = (value << 8) | load<u8>(at + i);
  const shorter: u32 = size === 1 ? 5 : 4 * size; // bits that half the size would hold; 23 for one byte
  if (size === 1 ? value < 24 : value >> shorter === 0) return fail('not in shortest form');
  at += size;
  number = value;
  return true;
}

/** Takes a head of a type; its argument goes to `number`. */
function head(major: u32, what: string): bool {
  if (failed()) return false;
  if (at === end) return truncated();
  const lead = <u32>load<u8>(at);
  if (lead >> 5 !== major) return fail(what);
  const low = lead & 31;
  if (low > 27) return fail(low === 31 ? 'indefinite length' : 'reserved head');
  at++;
  if (low >= 24) return argument(1 << (low - 24));
  number = low;
  return true;
}

/** A whole number from 0 to `most` into `number`. */
export function uint(most: u64): bool {
  return head(UINT, 'expected an unsigned integer') && (number <= most || fail('number out of range'));
}

function payload(most: u32): bool {
  if (number > most) return fail('string too long');
  if (<u64>(end - at) < number) return truncated();
  start = at;
  bytes = <u32>number;
  at += bytes;
  return true;
}

/** A text of at most `most` bytes into `start` and `bytes`. */
export function text(most: u32): bool {
  if (!head(TEXT, 'expected a text') || !payload(most)) return false;
  return isUtf8(start, bytes) || fail('not UTF-8');
}

/** A byte string of at most `most` bytes into `start` and `bytes`. */
export function byteString(most: u32): bool {
  return head(BYTES, 'expected a byte string') && payload(most);
}

/** The head of an array; its elements follow, `number` of them, at most `most`. */
export function array(most: u32): bool {
  return head(ARRAY, 'expected an array') && (number <= most || fail('too many elements'));
}

/** The head of a map; `number` times a key (a text) and a value follow, at most `most` pairs. */
export function map(most: u32): bool {
  return head(MAP, 'expected a map') && (number <= most || fail('too many elements'));
}

/** A boolean into `flag`. */
export function boolean(): bool {
  if (failed()) return false;
  if (at === end) return truncated();
  const lead = <u32>load<u8>(at);
  if (lead !== ((SIMPLE << 5) | FALSE) && lead !== ((SIMPLE << 5) | TRUE)) return fail('expected true or false');
  flag = lead === ((SIMPLE << 5) | TRUE);
  at++;
  return true;
}

/** Takes a null if one is there. */
export function isNull(): bool {
  if (failed() || at === end || <u32>load<u8>(at) !== ((SIMPLE << 5) | NULL)) return false;
  at++;
  return true;
}

/** Nothing may follow. */
export function finish(): bool {
  if (failed()) return false;
  return at === end || fail('unexpected bytes after the value');
}

/** Remembers the key that was taken last among those of its map, from `from` on; `count` are remembered. */
function noteKey(from: u32, count: u32): bool {
  for (let i = from; i < count; i++) {
    if (same(load<u32>(keys + 8 * i), load<u32>(keys + 8 * i, 4), start, bytes)) return fail('duplicate key');
  }
  if (count === MAX_KEYS) return fail('too many keys');
  store<u32>(keys + 8 * count, <u32>start);
  store<u32>(keys + 8 * count, bytes, 4);
  return true;
}

/** Takes the head of any item, or all of a string; answers whether elements follow. */
function anyHead(): bool {
  switch (peek()) {
    case UINT:
      uint(u64.MAX_VALUE);
      return false;
    case BYTES:
      byteString(u32.MAX_VALUE);
      return false;
    case TEXT:
      text(u32.MAX_VALUE);
      return false;
    case ARRAY:
      return array(u32.MAX_VALUE);
    case MAP:
      return map(MAX_KEYS);
    case SIMPLE:
      if (!isNull()) boolean();
      return false;
    case NOTHING:
      truncated();
      return false;
    default:
      fail('unsupported type');
      return false;
  }
}

/** Takes one item of any form, nested at most `most` deep (a text is 0 deep, an empty array 1). */
export function any(most: u32): bool {
  const limit = most < DEEPEST ? most : DEEPEST;
  let depth: u32 = 0;
  let keyCount: u32 = 0;
  do {
    const isMap = peek() === MAP;
    const before = at;
    if (anyHead()) {
      if (depth === limit) {
        at = before;
        return fail('nested too deep');
      }
      store<u32>(levels + 8 * depth, <u32>number);
      store<u32>(levels + 8 * depth, isMap ? keyCount : NO_KEYS, 4);
      depth++;
    }
    if (failed()) return false;
    // Containers that have all their elements end; then the next element, behind its key, is due.
    while (depth > 0 && load<u32>(levels + 8 * (depth - 1)) === 0) {
      depth--;
      const from = load<u32>(levels + 8 * depth, 4);
      if (from !== NO_KEYS) keyCount = from;
    }
    if (depth === 0) return true;
    const level = levels + 8 * (depth - 1);
    store<u32>(level, load<u32>(level) - 1);
    const from = load<u32>(level, 4);
    if (from === NO_KEYS) continue;
    if (!text(u32.MAX_VALUE) || !noteKey(from, keyCount)) return false;
    keyCount++;
  } while (true);
}

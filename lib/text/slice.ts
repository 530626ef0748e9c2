// SPDX-License-Identifier: Apache-2.0
// Byte slices: comparing, decimal numbers, UTF-8. Kinds of single characters: ascii.ts.
import { isDigit, isSpace, lower, ZERO } from './ascii';

/** Whether the slice spells the ASCII `word`. */
export function equals(start: usize, length: u32, word: string): bool {
  return length === <u32>word.length && startsWith(start, length, word);
}

/** Whether the slice begins with the ASCII `word`. */
export function startsWith(start: usize, length: u32, word: string): bool {
  const size = <u32>word.length;
  if (length < size) return false;
  for (let i: u32 = 0; i < size; i++) {
    if (load<u8>(start + i) !== <u8>word.charCodeAt(i)) return false;
  }
  return true;
}

/** Whether the slice ends with the ASCII `word`. */
export function endsWith(start: usize, length: u32, word: string): bool {
  const size = <u32>word.length;
  return length >= size && startsWith(start + length - size, size, word);
}

/** Whether the slice spells the lower-case ASCII `word` in any case. */
export function equalsIgnoreCase(start: usize, length: u32, word: string): bool {
  if (length !== <u32>word.length) return false;
  for (let i: u32 = 0; i < length; i++) {
    if (lower(load<u8>(start + i)) !== <u8>word.charCodeAt(i)) return false;
  }
  return true;
}

/** Whether two slices are equal. */
export function same(a: usize, aLength: u32, b: usize, bLength: u32): bool {
  return aLength === bLength && memory.compare(a, b, aLength) === 0;
}

/** Order of two slices by bytes: negative, 0, positive. */
export function compare(a: usize, aLength: u32, b: usize, bLength: u32): i32 {
  const common = aLength < bLength ? aLength : bLength;
  const order = memory.compare(a, b, common);
  return order !== 0 ? order : <i32>aLength - <i32>bLength;
}

/** Order of a slice and a literal by bytes. */
export function compareText(a: usize, length: u32, word: string): i32 {
  const size = <u32>word.length;
  const common = length < size ? length : size;
  for (let i: u32 = 0; i < common; i++) {
    const order = <i32>load<u8>(a + i) - word.charCodeAt(i);
    if (order !== 0) return order;
  }
  return <i32>length - <i32>size;
}

/** What `decimal` or `digits` found last. */
export let number: u32 = 0;

/** Reads a whole slice as a decimal number without sign, up to `limit`; sets `number`. */
export function digits(start: usize, length: u32, limit: u32): bool {
  let value: u64 = 0;
  for (let i: u32 = 0; i < length; i++) {
    const c = load<u8>(start + i);
    if (!isDigit(c)) return false;
    value = value * 10 + (c - ZERO);
    if (value > limit) return false;
  }
  number = <u32>value;
  return length > 0;
}

/** Reads a whole slice as a decimal number without sign or leading zeros, up to 2³¹−1; sets `number`. */
export function decimal(start: usize, length: u32): bool {
  if (length > 1 && load<u8>(start) === ZERO) return false;
  return digits(start, length, 0x7fffffff);
}

function isTail(at: usize): bool {
  return (load<u8>(at) & 0xc0) === 0x80;
}

/** Bytes of the UTF-8 sequence at `at`, or 0 when it is not well-formed. */
export function utf8Size(at: usize, end: usize): u32 {
  const lead = load<u8>(at);
  if (lead < 0x80) return 1;
  const left = <u32>(end - at);
  if (lead >= 0xc2 && lead < 0xe0) return left >= 2 && isTail(at + 1) ? 2 : 0;
  if (lead >= 0xe0 && lead < 0xf0) {
    if (left < 3 || !isTail(at + 1) || !isTail(at + 2)) return 0;
    const second = load<u8>(at + 1);
    // Overlong forms and surrogates.
    return (lead === 0xe0 && second < 0xa0) || (lead === 0xed && second >= 0xa0) ? 0 : 3;
  }
  if (lead >= 0xf0 && lead < 0xf5) {
    if (left < 4 || !isTail(at + 1) || !isTail(at + 2) || !isTail(at + 3)) return 0;
    const second = load<u8>(at + 1);
    return (lead === 0xf0 && second < 0x90) || (lead === 0xf4 && second >= 0x90) ? 0 : 4;
  }
  return 0;
}

/** Bytes of well-formed UTF-8 at the start of the slice: `length` when all of it is. */
export function utf8Prefix(start: usize, length: u32): u32 {
  let at = start;
  const end = start + length;
  while (at < end) {
    const size = utf8Size(at, end);
    if (size === 0) break;
    at += size;
  }
  return <u32>(at - start);
}

export function isUtf8(start: usize, length: u32): bool {
  return utf8Prefix(start, length) === length;
}

/** Trims ASCII blanks; the result is in `trimmed` and `trimmedBytes`. */
export let trimmed: usize = 0;
export let trimmedBytes: u32 = 0;
export function trim(start: usize, length: u32): void {
  let at = start;
  let end = start + length;
  while (at < end && isSpace(load<u8>(at))) at++;
  while (end > at && isSpace(load<u8>(end - 1))) end--;
  trimmed = at;
  trimmedBytes = <u32>(end - at);
}

// SPDX-License-Identifier: Apache-2.0
// Byte-slice helpers for ASCII protocol text in linear memory.

@inline
export function isBlank(c: u8): bool {
  return c === 0x20 || c === 0x09;
}

function lower(c: u8): u8 {
  return c >= 0x41 && c <= 0x5a ? c + 0x20 : c;
}

/** Whether the slice is exactly the ASCII `word`. */
export function equals(start: usize, length: u32, word: string): bool {
  return length === <u32>word.length && startsWith(start, length, word);
}

/** Whether the slice begins with the ASCII `word`. */
export function startsWith(start: usize, length: u32, word: string): bool {
  if (length < <u32>word.length) return false;
  for (let i: i32 = 0; i < word.length; i++) {
    if (load<u8>(start + i) !== <u8>word.charCodeAt(i)) return false;
  }
  return true;
}

/** Whether the slice ends with the ASCII `word`. */
export function endsWith(start: usize, length: u32, word: string): bool {
  const size = <u32>word.length;
  return length >= size && startsWith(start + length - size, size, word);
}

/** Whether the slice spells the lower-case ASCII `word`, in any case. */
export function equalsIgnoreCase(start: usize, length: u32, word: string): bool {
  if (length !== <u32>word.length) return false;
  for (let i: u32 = 0; i < length; i++) {
    if (lower(load<u8>(start + i)) !== <u8>word.charCodeAt(i)) return false;
  }
  return true;
}

/** A decimal number without sign up to `limit`, or -1. */
export function parseDecimal(start: usize, length: u32, limit: i32): i32 {
  if (length === 0) return -1;
  let value: i64 = 0;
  for (let i: u32 = 0; i < length; i++) {
    const c = load<u8>(start + i);
    if (c < 0x30 || c > 0x39) return -1;
    value = value * 10 + (c - 0x30);
    if (value > <i64>limit) return -1;
  }
  return <i32>value;
}

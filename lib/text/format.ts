// SPDX-License-Identifier: Apache-2.0
// Numbers as text, into one small buffer: for the modules that write text somewhere.

const BYTES: u32 = 32;
const buffer = memory.data(32);

/** Where the last number stands. */
export function start(): usize {
  return buffer;
}

/** Unsigned decimal with at least `width` digits; returns its length. */
export function decimal(value: u64, width: u32): u32 {
  let length: u32 = 0;
  let divisor: u64 = 1;
  let digits: u32 = 1;
  while (digits < 20 && (digits < width || value / divisor >= 10)) {
    divisor *= 10;
    digits++;
  }
  for (; digits > 0; digits--) {
    store<u8>(buffer + length++, <u8>(0x30 + ((value / divisor) % 10)));
    divisor /= 10;
  }
  return min(length, BYTES);
}

/** `0x` and lower-case hexadecimal with at least `width` digits; returns its length. */
export function hexadecimal(value: u64, width: u32): u32 {
  let digits: u32 = 1;
  while (digits < 16 && (digits < width || value >> (4 * <u64>digits) !== 0)) digits++;
  store<u8>(buffer, 0x30);
  store<u8>(buffer + 1, 0x78);
  let length: u32 = 2;
  for (; digits > 0; digits--) {
    const nibble = <u8>((value >> (4 * <u64>(digits - 1))) & 15);
    store<u8>(buffer + length++, nibble < 10 ? 0x30 + nibble : 0x57 + nibble);
  }
  return min(length, BYTES);
}

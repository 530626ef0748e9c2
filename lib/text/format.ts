// SPDX-License-Identifier: Apache-2.0
// Numbers as text, into one small buffer that holds until the next number: for the modules that write text somewhere.
//
//   buffer   +0 … 31   the digits stand at its end, since the last one is found first
import { hexDigit, LOWER_X, ZERO } from './ascii';

const BYTES: usize = 32;
const buffer = memory.data(32);
/** Most digits of a number: those of 2⁶⁴−1. */
const MAX_DIGITS: u32 = 20;

let first: usize = buffer;

/** Where the last number stands: ask after it was made, since each begins elsewhere. */
export function start(): usize {
  return first;
}

/** Unsigned decimal with at least `width` digits; returns its length. */
export function decimal(value: u64, width: u32): u32 {
  const least = min(width, MAX_DIGITS);
  let digits: u32 = 0;
  first = buffer + BYTES;
  do {
    const rest = value / 10;
    store<u8>(--first, ZERO + <u8>(value - rest * 10));
    value = rest;
    digits++;
  } while (value !== 0 || digits < least);
  return digits;
}

/** Lower-case hexadecimal of exactly `digits` digits, at most 16; returns their number. */
export function hexDigits(value: u64, digits: u32): u32 {
  first = buffer + BYTES;
  for (let i: u32 = 0; i < digits; i++) {
    store<u8>(--first, hexDigit((<u8>value) & 15));
    value >>= 4;
  }
  return digits;
}

/** `0x` and lower-case hexadecimal with at least `width` digits; returns its length. */
export function hexadecimal(value: u64, width: u32): u32 {
  let digits: u32 = 1;
  while (digits < 16 && (digits < width || value >> (4 * <u64>digits) !== 0)) digits++;
  hexDigits(value, digits);
  store<u8>(--first, LOWER_X);
  store<u8>(--first, ZERO);
  return digits + 2;
}

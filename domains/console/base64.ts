// SPDX-License-Identifier: Apache-2.0
// Base64 of bytes in linear memory, to the console: what is no text is shown so.
import { EQUALS, LOWER_A, PLUS, SLASH, UPPER_A, ZERO } from '../../lib/text/ascii';
import * as out from './sink';

function digit(value: u32): u8 {
  if (value < 26) return UPPER_A + <u8>value;
  if (value < 52) return LOWER_A + <u8>(value - 26);
  if (value < 62) return ZERO + <u8>(value - 52);
  return value === 62 ? PLUS : SLASH;
}

/** Writes the base64 of `count` bytes. */
export function write(start: usize, count: u32): void {
  for (let i: u32 = 0; i < count; i += 3) {
    const left = count - i;
    const a = <u32>load<u8>(start + i);
    const b: u32 = left > 1 ? load<u8>(start + i + 1) : 0;
    const c: u32 = left > 2 ? load<u8>(start + i + 2) : 0;
    out.byte(digit(a >> 2));
    out.byte(digit(((a & 3) << 4) | (b >> 4)));
    out.byte(left > 1 ? digit(((b & 15) << 2) | (c >> 6)) : EQUALS);
    out.byte(left > 2 ? digit(c & 63) : EQUALS);
  }
}

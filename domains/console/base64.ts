// SPDX-License-Identifier: Apache-2.0
// Base64 of bytes in linear memory, to the console: what is no text is shown so.
import * as out from './sink';

function digit(value: u32): u8 {
  if (value < 26) return <u8>(0x41 + value);
  if (value < 52) return <u8>(0x61 + value - 26);
  if (value < 62) return <u8>(0x30 + value - 52);
  return value === 62 ? 0x2b : 0x2f;
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
    out.byte(left > 1 ? digit(((b & 15) << 2) | (c >> 6)) : 0x3d);
    out.byte(left > 2 ? digit(c & 63) : 0x3d);
  }
}

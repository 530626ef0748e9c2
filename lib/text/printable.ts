// SPDX-License-Identifier: Apache-2.0
// What text from outside may do to a terminal or a log: nothing. C0 and C1 controls, DEL, and bytes that are no UTF-8 become
// question marks, byte by byte, so that lengths stay. A C1 control (U+0080 to U+009F) is as good as ESC and a letter to many
// terminals: U+009B is CSI.
import { isControl, QUESTION } from './ascii';
import { utf8Size } from './slice';

const C1_LEAD: u8 = 0xc2;
const C1_END: u8 = 0xa0;

/** Bytes of the character at `at`, of which so many are left; 0: it is a control character, or not UTF-8. */
export function printableSize(at: usize, left: u32): u32 {
  const lead = load<u8>(at);
  if (isControl(lead)) return 0;
  const size = utf8Size(at, at + left);
  return size === 2 && lead === C1_LEAD && load<u8>(at, 1) < C1_END ? 0 : size;
}

/** Makes a slice printable in its place; `kept`: a control character that may stay, or 0. */
export function makePrintable(start: usize, bytes: u32, kept: u8 = 0): void {
  let at: u32 = 0;
  while (at < bytes) {
    const size = printableSize(start + at, bytes - at);
    if (size === 0 && (kept === 0 || load<u8>(start + at) !== kept)) store<u8>(start + at, QUESTION);
    at += max<u32>(size, 1);
  }
}

/** Whether the slice has a control character: names with one would break lines of text, or terminals. */
export function hasControl(start: usize, bytes: u32): bool {
  for (let at: u32 = 0; at < bytes; at++) {
    const c = load<u8>(start + at);
    if (isControl(c)) return true;
    if (c === C1_LEAD && at + 1 < bytes) {
      const next = load<u8>(start + at + 1);
      if (next >= 0x80 && next < C1_END) return true;
    }
  }
  return false;
}

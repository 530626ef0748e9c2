// SPDX-License-Identifier: Apache-2.0
// The bytes of a payload that are at hand, line by line.
import { NEWLINE, QUESTION, RETURN, TAB } from '../../../lib/text/ascii';
import { printableSize } from '../../../lib/text/printable';
import { Payload } from '../session/payload';
import * as out from '../sink';

/** Most of a line in one go; on the wire a longer one becomes several. */
const LINE_BYTES: u32 = 256;

/** Shows bytes of a line. Of control characters a terminal is spared all but TAB. */
function writeText(start: usize, count: u32): void {
  let at: u32 = 0;
  while (at < count) {
    const size = printableSize(start + at, count - at);
    const c = load<u8>(start + at);
    if (size === 0 && c !== RETURN) out.byte(c === TAB ? c : QUESTION);
    for (let i: u32 = 0; i < size; i++) out.byte(load<u8>(start + at + i));
    at += max<u32>(size, 1);
  }
}

/** The line that was shown last ended with a newline. */
export let isWhole: bool = false;

/**
 * Bytes of the window that make the next line, without its newline; 0 with `isWhole` false: more must be read first.
 */
function lineBytes(start: usize, count: u32, atEnd: bool): u32 {
  const most = min(count, LINE_BYTES);
  let bytes: u32 = 0;
  isWhole = true;
  while (bytes < most && load<u8>(start + bytes) !== NEWLINE) bytes++;
  if (bytes < count && load<u8>(start + bytes) === NEWLINE) return bytes;
  isWhole = false;
  if (bytes === LINE_BYTES) {
    // Whole characters only, if they are any.
    let cut = bytes;
    while (cut > bytes - 4 && cut < count && (load<u8>(start + cut) & 0xc0) === 0x80) cut--;
    return cut === bytes - 4 ? bytes : cut;
  }
  return atEnd ? bytes : 0;
}

/** Shows the next line, but not its end, and takes it from the window; false: there is no line, or no whole one yet. */
export function showLine(p: Payload, atEnd: bool): bool {
  const from = p.from;
  const start = p.buffer + from;
  const bytes = lineBytes(start, p.to - from, atEnd);
  if (bytes === 0 && !isWhole) return false;
  writeText(start, bytes);
  p.from = from + bytes + (isWhole ? 1 : 0);
  return true;
}

/** Shows the next line of what was kept; false: that was all. */
export function showKept(p: Payload): bool {
  if (!showLine(p, true)) return false;
  out.endLine();
  return true;
}

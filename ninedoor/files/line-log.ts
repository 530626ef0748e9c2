// SPDX-License-Identifier: Apache-2.0
// A log of whole lines in a fixed place: when there is no room for another line, the oldest go.
//
//   log   +0 used u32 · +4 lines, each ended by a newline, in `capacity` bytes
import { Writer } from '../../lib/text/writer';

export const HEAD_BYTES: u32 = 4;

/** Adds a line, given without its newline; one that is longer than the log is left out. */
export function append(log: usize, capacity: u32, start: usize, bytes: u32): void {
  const text = log + HEAD_BYTES;
  if (bytes + 1 > capacity) return;
  let used = load<u32>(log);
  if (used + bytes + 1 > capacity) {
    let cut: u32 = 0;
    while (used - cut + bytes + 1 > capacity) {
      while (load<u8>(text + cut) !== 0x0a) cut++;
      cut++;
    }
    memory.copy(text, text + cut, used - cut);
    used -= cut;
  }
  memory.copy(text + used, start, bytes);
  store<u8>(text + used + bytes, 0x0a);
  store<u32>(log, used + bytes + 1);
}

/** Writes all lines. */
export function write(log: usize, w: Writer): void {
  w.bytes(log + HEAD_BYTES, load<u32>(log));
}

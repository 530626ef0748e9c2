// SPDX-License-Identifier: Apache-2.0
// What was written to /log/queen.log, without what the system says there: the console's summary of the log shows it first,
// however much was logged since.
//
//   notes   NOTES_BYTES, whole lines with their newlines, the oldest first
import { NOTES_BYTES } from '../../../lib/protocol/supervisor';
import { NEWLINE } from '../../../lib/text/ascii';

export const start = memory.data(NOTES_BYTES);
export let bytes: u32 = 0;

/** Drops the oldest lines until there is room. */
function makeRoom(wanted: u32): void {
  let from: u32 = 0;
  while (bytes - from + wanted > NOTES_BYTES) {
    while (load<u8>(start + from) !== NEWLINE) from++;
    from++;
  }
  bytes -= from;
  memory.copy(start, start + from, bytes);
}

function keepLine(line: usize, count: u32): void {
  // Too long for any summary.
  if (count === 0 || count >= NOTES_BYTES) return;
  makeRoom(count + 1);
  memory.copy(start + bytes, line, count);
  store<u8>(start + bytes + count, NEWLINE);
  bytes += count + 1;
}

/** Keeps the lines of a write. */
export function keep(data: usize, count: u32): void {
  let from: u32 = 0;
  for (let at: u32 = 0; at < count; at++) {
    if (load<u8>(data + at) !== NEWLINE) continue;
    keepLine(data + from, at - from);
    from = at + 1;
  }
  keepLine(data + from, count - from);
}

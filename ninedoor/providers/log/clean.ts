// SPDX-License-Identifier: Apache-2.0
// Lines of the server's own may quote what clients sent. Here they become one line of UTF-8 text without control characters,
// and tickets in them become a mark.
import { PREFIX, PREFIX_BYTES } from '../../../lib/protocol/tickets';
import { makePrintable } from '../../../lib/text/printable';
import { startsWith } from '../../../lib/text/slice';

const MARK: u8 = 0x2a;

/** Whether the byte can be part of a token behind its prefix. */
function isToken(c: u8): bool {
  const letter = c | 0x20;
  return (c >= 0x30 && c <= 0x39) || (letter >= 0x61 && letter <= 0x66) || c === 0x2e;
}

/** Replaces what follows each prefix of a ticket by one mark; returns the bytes that are left. */
function hideTickets(line: usize, bytes: u32): u32 {
  let from: u32 = 0;
  let to: u32 = 0;
  while (from < bytes) {
    if (load<u8>(line + from) !== 0x63 || !startsWith(line + from, bytes - from, PREFIX)) {
      store<u8>(line + to++, load<u8>(line + from++));
      continue;
    }
    memory.copy(line + to, line + from, PREFIX_BYTES);
    from += PREFIX_BYTES;
    to += PREFIX_BYTES;
    const start = from;
    while (from < bytes && isToken(load<u8>(line + from))) from++;
    if (from > start) store<u8>(line + to++, MARK);
  }
  return to;
}

/** Cleans a line in its place; returns its bytes. */
export function clean(line: usize, bytes: u32): u32 {
  makePrintable(line, bytes);
  return hideTickets(line, bytes);
}

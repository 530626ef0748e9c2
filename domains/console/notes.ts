// SPDX-License-Identifier: Apache-2.0
// The newest lines that were written to the log, as NineDoor keeps them apart from what the system says there.
import * as domain from '../../generated/domains/console';
import * as message from '../../lib/channel/message';
import * as protocol from '../../lib/protocol/supervisor';
import { NEWLINE } from '../../lib/text/ascii';
import * as link from './link';

/** Whole lines with their newlines, the oldest first. */
export const start = memory.data(protocol.NOTES_BYTES);
export let bytes: u32 = 0;

/** Asks for them; without an answer there are none. Whether a session may see them is its right to open the log. */
export function ask(): void {
  bytes = 0;
  if (!link.isUp()) return;
  const result = message.exchange(
    domain.SLOT_CALL_CONSOLE_9P,
    domain.CONSOLE_9P_OFFSET,
    domain.CONSOLE_9P_BYTES,
    protocol.NOTES,
    start,
    0,
    start,
    protocol.NOTES_BYTES,
  );
  if (result === protocol.OK) bytes = message.replyBytes;
}

/** Whether a line is one of them. */
export function has(line: usize, count: u32): bool {
  let from: u32 = 0;
  for (let at: u32 = 0; at < bytes; at++) {
    if (load<u8>(start + at) !== NEWLINE) continue;
    if (at - from === count && memory.compare(start + from, line, count) === 0) return true;
    from = at + 1;
  }
  return false;
}

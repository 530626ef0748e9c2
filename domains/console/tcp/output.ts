// SPDX-License-Identifier: Apache-2.0
// Lines to the peer of a connection: one record a line, within the credit of the connection and 256 bytes of UTF-8.
// Empty lines are not sent: they mean nothing to clients.
import { HEADER_BYTES } from '../../../lib/channel/stream';
import { TAB } from '../../../lib/text/ascii';
import { makePrintable } from '../../../lib/text/printable';
import { utf8Prefix } from '../../../lib/text/slice';
import { Session } from '../session/session';
import * as sender from './sender';

const LINE_BYTES: u32 = 256;
/** An acknowledgement, and a line that belongs to it. */
const RESERVE_BYTES: u32 = 2 * (HEADER_BYTES + LINE_BYTES);

const line = memory.data(256); // LINE_BYTES
let length: u32 = 0;
/** There was more of the line than it may have. */
let isCut: bool = false;
/** When the next line may be sent; 0: at once. */
let heldUntil_ms: u64 = 0;

/** Whether there is room for a line or two. */
export function hasRoom(s: Session): bool {
  return sender.hasRoom(s.connection, RESERVE_BYTES);
}

export function byte(value: u8): void {
  if (length === LINE_BYTES) {
    isCut = true;
    return;
  }
  store<u8>(line + length, value);
  length++;
}

/** The line that is written next waits until then. */
export function holdNext(until_ms: u64): void {
  heldUntil_ms = until_ms;
}

/** Makes the line what clients can read: whole characters, and no control bytes. */
function clean(): void {
  if (isCut) {
    // What is left of the last character after a cut is no character.
    const tail = max<i32>(length - 3, 0);
    for (let at = <u32>tail; at < length; at++) {
      if (load<u8>(line + at) >= 0xc2 && utf8Prefix(line + at, length - at) === 0) length = at;
    }
  }
  makePrintable(line, length, TAB);
}

export function endLine(s: Session): void {
  clean();
  const until_ms = heldUntil_ms;
  heldUntil_ms = 0;
  if (length > 0) {
    if (until_ms > 0) s.payload.hold(line, length, until_ms);
    else sender.sendLine(s, line, length);
  }
  length = 0;
  isCut = false;
}

// SPDX-License-Identifier: Apache-2.0
// Text output of the root task: bytes wait in a bounded buffer until the UART is online, go to the UART while the root task
// boots, and into the log of the running system afterwards. Nothing here allocates: a line is written piece by piece.
//
//   early buffer   +0 ............ EARLY_BYTES
//                  bytes of complete and partial lines, in order; `earlyDropped` counts what did not fit
import * as pl011 from '../../lib/device/pl011';
import * as format from '../../lib/text/format';

const EARLY_BYTES: u32 = 16384;
const early = memory.data(16384);
let earlyLength: u32 = 0;
let earlyDropped: u32 = 0;

// Where bytes go.
const TO_EARLY: u32 = 0;
const TO_UART: u32 = 1;
const TO_LOG: u32 = 2;
let target: u32 = TO_EARLY;
/** Takes a byte of the running system's log: (value u8), by table index. */
let sink: u32 = 0;

/** Where a copy of what is written goes, and how many bytes more. */
let copyAt: usize = 0;
let copyRoom: u32 = 0;
let copied: u32 = 0;

/** From now on, up to `room` bytes of what is written go to `at`, too. */
export function copyTo(at: usize, room: u32): void {
  copyAt = at;
  copyRoom = room;
  copied = 0;
}

/** No more copies; returns how many bytes there were. */
export function endCopy(): u32 {
  copyRoom = 0;
  return copied;
}

/** One raw byte. */
export function byte(value: u8): void {
  if (copied < copyRoom) store<u8>(copyAt + copied++, value);
  if (target === TO_LOG) {
    call_indirect<void>(sink, value);
  } else if (target === TO_UART) {
    pl011.put(value);
  } else if (earlyLength < EARLY_BYTES) {
    store<u8>(early + earlyLength, value);
    earlyLength++;
  } else {
    earlyDropped++;
  }
}

/** The UART can be written from now on: what waited is written first. Returns the number of bytes that were lost. */
export function setOnline(): u32 {
  target = TO_UART;
  for (let i: u32 = 0; i < earlyLength; i++) pl011.put(load<u8>(early + i));
  earlyLength = 0;
  return earlyDropped;
}

/** The uart domain has the device now: from here on bytes go to `put`, a function (value u8) of the log that the console shows. */
export function toLog(put: u32): void {
  sink = put;
  target = TO_LOG;
}

/** A string of ASCII characters; others are written as '?'. */
export function text(value: string): void {
  for (let i = 0; i < value.length; i++) {
    const code = value.charCodeAt(i);
    byte(code < 0x80 ? <u8>code : 0x3f);
  }
}

/** Bytes from linear memory, as they are. */
export function bytes(start: usize, length: u32): void {
  for (let i: u32 = 0; i < length; i++) byte(load<u8>(start + i));
}

/** CR LF. */
export function endLine(): void {
  byte(0x0d);
  byte(0x0a);
}

/** A whole line. */
export function line(value: string): void {
  text(value);
  endLine();
}

/** Unsigned decimal, padded with zeros to at least `width` digits. */
export function dec(value: u64, width: u32 = 1): void {
  const digits = format.decimal(value, width);
  bytes(format.start(), digits);
}

/** `0x` and lower-case hexadecimal with at least `width` digits. */
export function hex(value: u64, width: u32 = 1): void {
  const digits = format.hexadecimal(value, width);
  bytes(format.start(), digits);
}

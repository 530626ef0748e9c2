// SPDX-License-Identifier: Apache-2.0
// The serial line editor: bytes in, complete lines out.
//
//   line buffer   +0 ............ MAX_LINE
//                 bytes typed so far; `length` of them, `overflowed` once one more than fits was typed
//
// CR or LF ends a line (a LF right after a CR is part of it), BS and DEL erase, other control bytes are dropped, and
// what does not fit is dropped, not echoed, and makes the whole line invalid: half a command is never run.
import * as tickets from '../../../lib/protocol/tickets';
import { BACKSPACE, DELETE, isBlank, NEWLINE, RETURN, SPACE } from '../../../lib/text/ascii';
import { endsWith } from '../../../lib/text/slice';
import * as out from '../sink';

/** Longest line in bytes. */
export const MAX_LINE: u32 = 256;
const buffer = memory.data(256);
/** Of each byte: whether it is part of a ticket. */
const secret = memory.data(256);
/** Stands for each byte of a ticket. */
const MASK: u8 = 0x2a;

let length: u32 = 0;
let overflowed: bool = false;
let afterCr: bool = false;

/** Control bytes that were dropped. */
export let controlDropped: u64 = 0;
/** Bytes that did not fit in a line. */
export let overflowDropped: u64 = 0;

/** Takes one byte; true: a line is complete (see start, size and tooLong; call reset afterwards). */
export function push(c: u8): bool {
  const wasCr = afterCr;
  afterCr = c === RETURN;
  if (c === NEWLINE && wasCr) return false;
  if (c === RETURN || c === NEWLINE) {
    out.endLine();
    return true;
  }
  if (c === BACKSPACE || c === DELETE) erase();
  else if (c < SPACE) controlDropped++;
  else append(c);
  return false;
}

function erase(): void {
  if (length === 0) return;
  length--;
  out.text('\b \b');
}

function append(c: u8): void {
  if (length === MAX_LINE) {
    overflowed = true;
    overflowDropped++;
    return;
  }
  store<u8>(buffer + length, c);
  store<bool>(secret + length, isSecret(length));
  echo(length++);
}

/** Whether a byte is part of a ticket: that begins behind the prefix, and goes on up to a blank. */
function isSecret(at: u32): bool {
  if (isBlank(load<u8>(buffer + at)) || at === 0) return false;
  return load<bool>(secret + at - 1) || endsWith(buffer, at, tickets.PREFIX);
}

/** Shows a byte of the line; a ticket is nobody else's business. */
function echo(at: u32): void {
  out.byte(load<bool>(secret + at) ? MASK : load<u8>(buffer + at));
}

/** Shows what is typed so far. */
export function show(): void {
  for (let at: u32 = 0; at < length; at++) echo(at);
}

export function start(): usize {
  return buffer;
}

export function size(): u32 {
  return length;
}

export function tooLong(): bool {
  return overflowed;
}

export function reset(): void {
  length = 0;
  overflowed = false;
}

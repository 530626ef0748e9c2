// SPDX-License-Identifier: Apache-2.0
// Console connections: frames with a length field from the peer, lines to the console, and the other way round; and how much of either
// may be under way.
//
//   frame   length u32, itself included | one line of at most 256 bytes, without an end of line
import * as stream from '../../../lib/channel/stream';
import * as stack from '../stack';
import * as links from './links';
import { BLOCKED, EMPTY, FULL, PASSED } from './step';
import { Connection } from './table';

const LENGTH_BYTES: u32 = 4;
const LINE_BYTES: u32 = 256;
/** The console is given credit in steps of this at least. */
const GRANT_STEP: u32 = 2048;

const frame = memory.data(260, 4);
const word = memory.data(4, 4);

export let linesIn: u64 = 0;
export let linesOut: u64 = 0;
export let tooShort: u64 = 0;
export let tooLong: u64 = 0;

export function open(c: Connection): void {
  c.inputCredit = stream.CONSOLE_INPUT_BYTES;
  c.outputCredit = stream.CONSOLE_OUTPUT_BYTES;
}

function pass(n: u32, c: Connection, kind: u8, detail: u8, size: u32): bool {
  if (!links.send(links.CONSOLE, n, c.generation, kind, detail, frame + LENGTH_BYTES, size)) return false;
  c.inputCredit = c.inputCredit - stream.HEADER_BYTES - size;
  return true;
}

/** Drops bytes of a frame that was refused. */
function swallow(n: u32, c: Connection): u32 {
  const dropped = stack.skip(n, c.swallow);
  c.swallow = c.swallow - dropped;
  return dropped === 0 ? EMPTY : PASSED;
}

/** The next frame of the peer, as far as there is one. */
export function take(n: u32, c: Connection): u32 {
  if (c.swallow > 0) return swallow(n, c);
  const count = stack.peek(n, frame, LENGTH_BYTES + LINE_BYTES);
  if (count < LENGTH_BYTES) return EMPTY;
  const length = load<u32>(frame);
  const isWhole = length <= LENGTH_BYTES + LINE_BYTES && length >= LENGTH_BYTES;
  if (isWhole && count < length) return EMPTY;
  const size = isWhole ? length - LENGTH_BYTES : 0;
  if (c.inputCredit < stream.HEADER_BYTES + size) return BLOCKED;
  if (isWhole) {
    if (!pass(n, c, stream.DATA, 0, size)) return FULL;
    stack.skip(n, length);
    linesIn++;
    return PASSED;
  }
  const isShort = length < LENGTH_BYTES;
  if (!pass(n, c, stream.MALFORMED, isShort ? stream.TOO_SHORT : stream.TOO_LONG, 0)) return FULL;
  if (isShort) {
    tooShort++;
    c.ignoresInput = true;
    return EMPTY;
  }
  tooLong++;
  stack.skip(n, LENGTH_BYTES);
  c.swallow = length - LENGTH_BYTES;
  return PASSED;
}

/** A line of the console, in `data` with room for the length field before it; false: it is beyond the credit. */
export function give(n: u32, c: Connection, data: usize, size: u32): bool {
  const cost = stream.HEADER_BYTES + size;
  if (size > LINE_BYTES || cost > c.outputCredit) return false;
  store<u32>(data - LENGTH_BYTES, LENGTH_BYTES + size);
  if (!stack.write(n, data - LENGTH_BYTES, LENGTH_BYTES + size)) return false;
  c.outputCredit = c.outputCredit - cost;
  linesOut++;
  return true;
}

/** Gives the console back what there is room for again; false: the ring is full. */
export function grant(n: u32, c: Connection): bool {
  const open = min(stack.room(n), stream.CONSOLE_OUTPUT_BYTES);
  if (open < c.outputCredit + GRANT_STEP) return true;
  store<u32>(word, open - c.outputCredit);
  if (!links.send(links.CONSOLE, n, c.generation, stream.GRANT, 0, word, 4)) return false;
  c.outputCredit = open;
  return true;
}

/** The console has taken so many bytes of records. */
export function granted(c: Connection, bytes: u32): void {
  const room = stream.CONSOLE_INPUT_BYTES - c.inputCredit;
  c.inputCredit = c.inputCredit + min(bytes, room);
}

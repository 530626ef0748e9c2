// SPDX-License-Identifier: Apache-2.0
// The `data=` of a CAT acknowledgement: the newest lines, joined by `|`, as many as fit in a line of older clients.
//
//   picks   Pick: offset u32 · bytes u32; the newest first
import { BAR, NEWLINE } from '../../lib/text/ascii';
import { startsWith } from '../../lib/text/slice';
import * as base64 from './base64';
import * as content from './content';
import * as out from './sink';

/** Of `path=<p> data=<summary>`. */
const DETAIL_BYTES: u32 = 128;
const LABELS_BYTES: u32 = 11; // 'path=' and ' data='
/** A longer line is passed over. */
const LINE_BYTES: u32 = 64;
const MAX_PICKS: u32 = 64;


@unmanaged
class Pick {
  offset: u32;
  bytes: u32;
}

const picks = memory.data(offsetof<Pick>() * MAX_PICKS, 4);
let picked: u32 = 0;

function pickAt(index: u32): Pick {
  return changetype<Pick>(picks + index * offsetof<Pick>());
}

/**
 * A line of the system's own: passed over as long as others are there. `log`: so are those about commands and
 * sessions of consoles.
 */
function isOwn(line: usize, bytes: u32, log: bool): bool {
  return (
    startsWith(line, bytes, '[') ||
    (log && (startsWith(line, bytes, 'console: ') || startsWith(line, bytes, 'audit tcp.')))
  );
}

/** Picks lines from the end backwards while they fit. */
function pick(room: u32, log: bool, all: bool): void {
  const text = content.start;
  let end = content.bytes;
  let used: u32 = 0;
  picked = 0;
  if (end > 0 && load<u8>(text + end - 1) === NEWLINE) end--;
  while (end > 0 && picked < MAX_PICKS) {
    let start = end;
    while (start > 0 && load<u8>(text + start - 1) !== NEWLINE) start--;
    const bytes = end - start;
    // The first line of a tail may have lost its start.
    const whole = start > 0 || content.isAll;
    if (whole && bytes > 0 && bytes <= LINE_BYTES && (all || !isOwn(text + start, bytes, log))) {
      const wanted = bytes + (picked > 0 ? 1 : 0);
      if (used + wanted > room) return;
      used += wanted;
      const found = pickAt(picked++);
      found.offset = start;
      found.bytes = bytes;
    }
    end = start > 0 ? start - 1 : 0;
  }
}

/** The last line, cut: when none fits. */
function writeLast(room: u32): void {
  const text = content.start;
  let end = content.bytes;
  if (end > 0 && load<u8>(text + end - 1) === NEWLINE) end--;
  let start = end;
  while (start > 0 && load<u8>(text + start - 1) !== NEWLINE) start--;
  let bytes = min(end - start, room);
  // Whole characters only.
  while (bytes > 0 && bytes < end - start && (load<u8>(text + start + bytes) & 0xc0) === 0x80) bytes--;
  out.bytes(text + start, bytes);
}

function roomFor(pathBytes: u32): u32 {
  return DETAIL_BYTES - LABELS_BYTES - pathBytes;
}

/** Writes the summary of text, of which content has the newest bytes at hand. */
export function write(pathBytes: u32, log: bool): void {
  const room = roomFor(pathBytes);
  pick(room, log, false);
  if (picked === 0) pick(room, log, true);
  if (picked === 0) writeLast(room);
  for (let i = picked; i > 0; i--) {
    const found = pickAt(i - 1);
    out.bytes(content.start + found.offset, found.bytes);
    if (i > 1) out.byte(BAR);
  }
}

/** Writes the summary of what is no text: the first bytes of it. */
export function writeBinary(pathBytes: u32, start: usize, bytes: u32): void {
  out.text('b64:');
  base64.write(start, min(bytes, ((roomFor(pathBytes) - 4) / 4) * 3));
}

// SPDX-License-Identifier: Apache-2.0
// The `data=` of a CAT acknowledgement: the newest lines, joined by `|`, as many as fit in a line of older clients.
//
//   picks   Pick: start usize · bytes u32; the newest first
//
// In the log, lines that were written there come before those that the system says: NineDoor keeps the newest of them apart
// (notes.ts), so that no number of errors hides an operator's note. Next to the newest note the newest line of the
// system's has its place. They are shown in this order: the system's, then the notes.
import { BAR, NEWLINE } from '../../lib/text/ascii';
import { startsWith } from '../../lib/text/slice';
import * as base64 from './base64';
import * as content from './content';
import * as notes from './notes';
import * as out from './sink';

/** Of `path=<p> data=<summary>`. */
const DETAIL_BYTES: u32 = 128;
const LABELS_BYTES: u32 = 11; // 'path=' and ' data='
/** A longer line is passed over. */
const LINE_BYTES: u32 = 64;
const MAX_PICKS: u32 = 64;

// Which lines are picked: all, those that are not the system's own, and of these in the log also not those about
// commands and sessions of consoles.
const ALL: u32 = 0;
const NOT_OWN: u32 = 1;
const NOT_OWN_IN_LOG: u32 = 2;


@unmanaged
class Pick {
  start: usize;
  bytes: u32;
}

/** Lines that were picked of one text, and where looking for more goes on. */
@unmanaged
class Picks {
  text: usize;
  /** Where the lines that were not looked at yet end. */
  end: u32;
  /** The first line is whole. */
  isWhole: bool;
  which: u32;
  count: u32;
  table: usize;

  open(text: usize, bytes: u32, isWhole: bool, which: u32): void {
    this.text = text;
    this.end = bytes > 0 && load<u8>(text + bytes - 1) === NEWLINE ? bytes - 1 : bytes;
    this.isWhole = isWhole;
    this.which = which;
    this.count = 0;
  }

  at(index: u32): Pick {
    return changetype<Pick>(this.table + index * offsetof<Pick>());
  }
}

function newPicks(table: usize, picks: usize): Picks {
  const made = changetype<Picks>(picks);
  made.table = table;
  return made;
}

const ofText = newPicks(memory.data(offsetof<Pick>() * MAX_PICKS, 8), memory.data(offsetof<Picks>(), 8));
const ofNotes = newPicks(memory.data(offsetof<Pick>() * MAX_PICKS, 8), memory.data(offsetof<Picks>(), 8));
/** Bytes of all that was picked, with the bars between. */
let used: u32 = 0;

function isOwn(line: usize, bytes: u32, inLog: bool): bool {
  return (
    startsWith(line, bytes, '[') ||
    (inLog && (startsWith(line, bytes, 'console: ') || startsWith(line, bytes, 'audit tcp.')))
  );
}

function isWanted(line: usize, bytes: u32, which: u32): bool {
  if (bytes === 0 || bytes > LINE_BYTES) return false;
  if (which === ALL) return true;
  const inLog = which === NOT_OWN_IN_LOG;
  // A note is picked where it is kept.
  return !isOwn(line, bytes, inLog) && !(inLog && notes.has(line, bytes));
}

/** Picks up to `most` more lines, from the end backwards, while they fit. */
function pick(p: Picks, most: u32, room: u32): void {
  while (p.end > 0 && most > 0 && p.count < MAX_PICKS) {
    let start = p.end;
    while (start > 0 && load<u8>(p.text + start - 1) !== NEWLINE) start--;
    const bytes = p.end - start;
    p.end = start > 0 ? start - 1 : 0;
    // The first line of a tail may have lost its start.
    if ((start === 0 && !p.isWhole) || !isWanted(p.text + start, bytes, p.which)) continue;
    const wanted = bytes + (used > 0 ? 1 : 0);
    if (used + wanted > room) {
      // Older ones may not step in for it.
      p.end = 0;
      return;
    }
    used += wanted;
    const found = p.at(p.count++);
    found.start = p.text + start;
    found.bytes = bytes;
    most--;
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

function begin(): void {
  used = 0;
  ofText.open(0, 0, true, ALL);
  ofNotes.open(0, 0, true, ALL);
}

function openText(which: u32): void {
  ofText.open(content.start, content.bytes, content.isAll, which);
}

function writePicks(p: Picks, isFirst: bool): bool {
  for (let i = p.count; i > 0; i--) {
    const found = p.at(i - 1);
    if (!isFirst) out.byte(BAR);
    out.bytes(found.start, found.bytes);
    isFirst = false;
  }
  return isFirst;
}

function end(room: u32): void {
  if (used === 0) {
    openText(ALL);
    pick(ofText, MAX_PICKS, room);
  }
  if (used === 0) writeLast(room);
  writePicks(ofNotes, writePicks(ofText, true));
}

/** Writes the summary of text, of which content has the newest bytes at hand. */
export function write(pathBytes: u32): void {
  const room = roomFor(pathBytes);
  begin();
  openText(NOT_OWN);
  pick(ofText, MAX_PICKS, room);
  end(room);
}

/** Writes the summary of the log, of which content has the newest bytes at hand, and notes.ts the notes. */
export function writeLog(pathBytes: u32): void {
  const room = roomFor(pathBytes);
  begin();
  ofNotes.open(notes.start, notes.bytes, true, ALL);
  openText(NOT_OWN_IN_LOG);
  pick(ofNotes, 1, room);
  pick(ofText, 1, room);
  pick(ofNotes, MAX_PICKS, room);
  pick(ofText, MAX_PICKS, room);
  end(room);
}

/** Writes the summary of what is no text: the first bytes of it. */
export function writeBinary(pathBytes: u32, start: usize, bytes: u32): void {
  out.text('b64:');
  base64.write(start, min(bytes, ((roomFor(pathBytes) - 4) / 4) * 3));
}

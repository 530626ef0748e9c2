// SPDX-License-Identifier: Apache-2.0
// A first look at a file or listing before anything of it is shown: the acknowledgement, which comes first, says how
// it went, how many entries there are or what the newest lines are. One read tells all about what fits into it; of a
// longer file the end is read as well, of a longer listing everything, to count it. Nothing is kept here: the bytes
// lie where the client put them.
import { isControl, isDigit, NEWLINE, RETURN, TAB, ZERO } from '../../lib/text/ascii';
import { startsWith } from '../../lib/text/slice';
import * as client from './p9/client';
import { Attachment } from './session/attachment';

/** More than anything in the tree can be: a server that gives more has no end to give. */
const MAX_BYTES: u64 = 16 << 20;
/** Lines of a `tail`. */
const TAIL_LINES: u32 = 64;

/** Where the file begins: a ring's oldest byte. Nothing before it can be read. */
let base: u64 = 0;
/** Offset in the file of the bytes at hand, and of its end. */
export let first: u64 = 0;
export let end: u64 = 0;
/** The bytes at hand are all of the file. */
export let isAll: bool = false;
/** It is not text: it must be shown in base64. */
export let isBinary: bool = false;
/** The bytes at hand; they hold until the next request. */
export let start: usize = 0;
export let bytes: u32 = 0;

/** UTF-8 continuation bytes that are missing. */
let missing: u32 = 0;

function look(c: u8): void {
  if (c >= 0x80) {
    const continues = (c & 0xc0) === 0x80;
    if (continues !== missing > 0 || (!continues && (c < 0xc2 || c > 0xf4))) isBinary = true;
    if (continues) missing -= missing > 0 ? 1 : 0;
    else missing = c >= 0xf0 ? 3 : c >= 0xe0 ? 2 : 1;
    return;
  }
  if (missing > 0 || (isControl(c) && c !== NEWLINE && c !== RETURN && c !== TAB)) isBinary = true;
}

/** Whether the bytes at hand are text. They may begin and end within a character. */
function examine(): void {
  missing = 0;
  let at: u32 = 0;
  if (first > 0) while (at < min<u32>(bytes, 3) && (load<u8>(start + at) & 0xc0) === 0x80) at++;
  for (; at < bytes; at++) look(load<u8>(start + at));
}

/** Takes what was read from `offset` on. */
function take(offset: u64): void {
  first = offset;
  start = client.data;
  bytes = client.dataBytes;
  end = offset + bytes;
}

/** A ring whose start has gone on names the offset to go on from. */
function rewindTo(): u64 {
  const key: string = 'rewind_to=';
  const size = <u32>key.length;
  for (let i: u32 = 0; i + size < client.textBytes; i++) {
    if (!startsWith(client.textStart + i, client.textBytes - i, key)) continue;
    let value: u64 = 0;
    for (let at = i + size; at < client.textBytes; at++) {
      const c = load<u8>(client.textStart + at);
      if (!isDigit(c)) break;
      value = value * 10 + (c - ZERO);
    }
    return value;
  }
  return 0;
}

/**
 * Reads an open file from its start. NineDoor fills a read as long as there is anything left, so a short one was the last: one more
 * would cost the rate of a ticket's scope. Sets everything; `end` is where the bytes at hand end.
 */
export function head(a: Attachment, file: u32): u32 {
  isBinary = false;
  let outcome = client.read(a, file, 0);
  let offset: u64 = 0;
  if (outcome === client.REFUSED && rewindTo() > 0) {
    offset = rewindTo();
    outcome = client.read(a, file, offset);
  }
  if (outcome !== client.DONE) return outcome;
  base = offset;
  take(offset);
  isAll = bytes < client.READ_BYTES;
  examine();
  return outcome;
}

/** Asks where an open file ends; sets `end`. */
export function findEnd(a: Attachment, file: u32): u32 {
  const outcome = client.getSize(a, file);
  if (outcome === client.GONE || client.size > MAX_BYTES + first) return client.GONE;
  end = max(end, client.size);
  return client.DONE;
}

/** Reads up to `most` bytes before `end`; sets everything else. */
export function before(a: Attachment, file: u32, most: u32): u32 {
  const upTo = end;
  const from = upTo > base + most ? upTo - most : min(base, upTo);
  const outcome = client.read(a, file, from, <u32>(upTo - from));
  if (outcome !== client.DONE) return outcome;
  take(from);
  isAll = from <= base;
  examine();
  return outcome;
}

/** Reads the last bytes of a file that was just opened; sets everything. */
export function last(a: Attachment, file: u32): u32 {
  base = 0;
  first = 0;
  end = 0;
  isBinary = false;
  const outcome = findEnd(a, file);
  return outcome === client.DONE ? before(a, file, client.READ_BYTES) : outcome;
}

/** Lines of a listing. The bytes at hand are the last that were read. */
export let lines: u64 = 0;

function countLines(): void {
  for (let i: u32 = 0; i < bytes; i++) if (load<u8>(start + i) === NEWLINE) lines++;
}

/** Goes through a listing of which the first bytes were just read, to its end; sets `lines` and `end`. */
export function count(a: Attachment, file: u32): u32 {
  lines = 0;
  countLines();
  while (bytes === client.READ_BYTES) {
    if (end > MAX_BYTES) return client.GONE;
    const outcome = client.read(a, file, end);
    if (outcome !== client.DONE) return outcome;
    take(end);
    countLines();
  }
  return client.DONE;
}

// ---- the last lines ----

const starts = memory.data(8 * 64, 8); // TAIL_LINES
/** Where in the file they begin. */
export let tail: u64 = 0;

/** Goes backwards through the bytes at hand; returns how many lines of the tail are still missing, and sets `tail`. */
function stepBack(missingLines: u32): u32 {
  for (let at = bytes; at > 0; at--) {
    if (load<u8>(start + at - 1) !== NEWLINE || first + at === fileEnd) continue;
    if (--missingLines > 0) continue;
    tail = first + at;
    return 0;
  }
  tail = first;
  return missingLines;
}

let fileEnd: u64 = 0;

/**
 * Finds the last lines in the bytes at hand, and in what is before them. What is at hand afterwards begins at
 * `tail`, or nothing is.
 */
export function findTail(a: Attachment, file: u32): u32 {
  fileEnd = end;
  let missingLines = stepBack(TAIL_LINES);
  if (missingLines === 0 || first <= base) {
    const skipped = <u32>(tail - first);
    start += skipped;
    bytes -= skipped;
    return client.DONE;
  }
  while (missingLines > 0 && first > base) {
    end = first;
    const outcome = before(a, file, client.READ_BYTES);
    if (outcome !== client.DONE) return outcome;
    missingLines = stepBack(missingLines);
  }
  end = fileEnd;
  bytes = 0;
  return client.DONE;
}

/** The same for a file that can only be read forwards, of which the first bytes are at hand. Nothing is, afterwards. */
export function findTailForwards(a: Attachment, file: u32): u32 {
  let found: u64 = 0;
  let atStart = true;
  for (;;) {
    for (let i: u32 = 0; i < bytes; i++) {
      if (atStart) store<u64>(starts + 8 * <usize>(found++ % TAIL_LINES), first + i);
      atStart = load<u8>(start + i) === NEWLINE;
    }
    if (bytes < client.READ_BYTES) break;
    if (end > MAX_BYTES) return client.GONE;
    const outcome = client.read(a, file, end);
    if (outcome !== client.DONE) return outcome;
    take(end);
  }
  bytes = 0;
  tail = found === 0 ? end : load<u64>(starts + 8 * <usize>(found > TAIL_LINES ? found % TAIL_LINES : 0));
  return client.DONE;
}

// A first look at a file or listing before anything of it is shown: the acknowledgement, which comes first, says how it went, how
// many entries there are or what the newest lines are. What is small is kept, and shown from here; what is not is read again.
//
//   head   first HEAD_BYTES of it
//   tail   last TAIL_BYTES of it, if it is longer than the head
//   starts where each of the last TAIL_LINES lines begins
import { startsWith } from '../text/ascii';
import * as client from './p9/client';

const HEAD_BYTES: u32 = 12288;
const TAIL_BYTES: u32 = 2048;
/** More than anything in the tree can be: a server that gives more has no end to give. */
const MAX_BYTES: u64 = 16 << 20;
/** Lines of a `tail`. */
export const TAIL_LINES: u32 = 64;

const head = memory.data(12288);
const tail = memory.data(2048);
const starts = memory.data(8 * 64, 8);

/** Offset in the file of the first byte that can be read, and of the end. */
export let first: u64 = 0;
export let end: u64 = 0;
/** Complete lines, and one more if the last has no newline. */
export let lines: u64 = 0;
/** It is not text: it must be shown in base64. */
export let isBinary: bool = false;

let tailBytes: u32 = 0;
/** UTF-8 continuation bytes that are missing. */
let missing: u32 = 0;
let atLineStart: bool = true;

function reset(): void {
  first = 0;
  end = 0;
  lines = 0;
  isBinary = false;
  tailBytes = 0;
  missing = 0;
  atLineStart = true;
}

/** It is shown as text whatever is in it: a stray byte in one line of the log does not hide the others. */
export function asText(): void {
  isBinary = false;
}

/** The whole of it is in memory. */
export function isKept(): bool {
  return end - first <= HEAD_BYTES;
}

export function start(): usize {
  return head;
}

export function bytes(): u64 {
  return end - first;
}

/** The newest bytes of it: all, or the tail. */
export function newest(): usize {
  return isKept() ? head : tail;
}

export function newestBytes(): u32 {
  return isKept() ? <u32>bytes() : tailBytes;
}

/** Offset in the file at which the last `TAIL_LINES` lines begin. */
export function tailStart(): u64 {
  return lines <= TAIL_LINES ? first : load<u64>(starts + 8 * <usize>(lines % TAIL_LINES));
}

/** One byte of text: its line, and whether it is text at all. */
function look(c: u8, offset: u64): void {
  if (atLineStart) {
    store<u64>(starts + 8 * <usize>(lines % TAIL_LINES), offset);
    lines++;
  }
  atLineStart = c === 0x0a;
  if (c >= 0x80) {
    const continues = (c & 0xc0) === 0x80;
    if (continues !== missing > 0 || (!continues && (c < 0xc2 || c > 0xf4))) isBinary = true;
    if (continues) missing -= missing > 0 ? 1 : 0;
    else missing = c >= 0xf0 ? 3 : c >= 0xe0 ? 2 : 1;
    return;
  }
  if (missing > 0 || c === 0x7f || (c < 0x20 && c !== 0x0a && c !== 0x0d && c !== 0x09)) isBinary = true;
}

function keep(): void {
  const so_far = end - first;
  const count = client.dataBytes;
  if (so_far < HEAD_BYTES) {
    memory.copy(head + <usize>so_far, client.data, min<u32>(count, HEAD_BYTES - <u32>so_far));
  }
  if (count >= TAIL_BYTES) {
    memory.copy(tail, client.data + count - TAIL_BYTES, TAIL_BYTES);
    tailBytes = TAIL_BYTES;
    return;
  }
  const old = min(tailBytes, TAIL_BYTES - count);
  memory.copy(tail, tail + tailBytes - old, old);
  memory.copy(tail + old, client.data, count);
  tailBytes = old + count;
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
      if (c < 0x30 || c > 0x39) break;
      value = value * 10 + (c - 0x30);
    }
    return value;
  }
  return 0;
}

/** Takes what was read. */
function take(): void {
  keep();
  for (let i: u32 = 0; i < client.dataBytes; i++) look(load<u8>(client.data + i), end + i);
  end += client.dataBytes;
}

/**
 * Reads all of an open file; returns the outcome of the first read that failed. NineDoor fills a read as long as there is anything
 * left, so a short one was the last: one more would cost the rate of a ticket's scope.
 */
export function scan(session: u64, file: u32): u32 {
  reset();
  let outcome = client.read(session, file, 0);
  if (outcome === client.REFUSED && rewindTo() > 0) {
    first = rewindTo();
    end = first;
    outcome = client.read(session, file, end);
  }
  while (outcome === client.DONE) {
    take();
    if (client.dataBytes < client.READ_BYTES) break;
    if (end - first > MAX_BYTES) return client.GONE;
    outcome = client.read(session, file, end);
  }
  return outcome;
}

// SPDX-License-Identifier: Apache-2.0
// What follows an acknowledgement: a file or listing, or lines of the console's own. A piece of it at each turn of the event loop, as far
// as the peer has room, so that neither its length nor a slow peer keeps the domain from others. A file is read through the session's
// buffer; it ends with END.
//
//   part of the record   +0 kind u8 · +1 flags u8 · +4 fid u32 · +8 where the next read begins u64 · +16 where the last ends u64
//                        +24 window in the buffer: from u32, +28 to u32 · +32 next line u32 · +36 reason to close u32 · +40 until u64 ms
import * as base64 from './base64';
import * as clock from './clock';
import * as client from './p9/client';
import * as session from './session';
import * as out from './sink';
import * as system from './system';
import * as table from './table';

const NONE: u8 = 0;
const FILE: u8 = 1;
const LINES: u8 = 2;
const HELD: u8 = 3;

const AS_BASE64: u8 = 1;
const STARTED: u8 = 2;
const MID_LINE: u8 = 4;

const KIND: u32 = table.PAYLOAD;
const FLAGS: u32 = table.PAYLOAD + 1;
const FID: u32 = table.PAYLOAD + 4;
const NEXT: u32 = table.PAYLOAD + 8;
const END: u32 = table.PAYLOAD + 16;
const FROM: u32 = table.PAYLOAD + 24;
const TO: u32 = table.PAYLOAD + 28;
const LINE: u32 = table.PAYLOAD + 32;
const WHAT: u32 = table.PAYLOAD + 36;
const UNTIL: u32 = table.PAYLOAD + 40;

/** What is shown in one piece: bytes of a file, lines of the console's own. */
const PIECE_BYTES: u32 = 2048;
const PIECE_LINES: u32 = 16;
/** Most of a line in one go; on the wire a longer one becomes several. */
const LINE_BYTES: u32 = 256;
/** Bytes that make a line of base64, 224 characters. */
const BASE64_BYTES: u32 = 168;


@inline
function kind(): u8 {
  return load<u8>(table.s, KIND);
}


@inline
function has(flag: u8): bool {
  return (load<u8>(table.s, FLAGS) & flag) !== 0;
}

function set(flag: u8, value: bool): void {
  const others = load<u8>(table.s, FLAGS) & ~flag;
  store<u8>(table.s, value ? others | flag : others, FLAGS);
}


@inline
function buffer(): usize {
  return table.s + table.BUFFER;
}

export function isActive(): bool {
  return kind() !== NONE;
}

/** Whether a step would do something now. */
export function isReady(): bool {
  if (kind() === HELD && clock.now_ms < load<u64>(table.s, UNTIL)) return false;
  return kind() !== NONE && out.hasRoom();
}

/** Nothing more of it is shown. The fid goes with its session. */
export function drop(): void {
  store<u8>(table.s, NONE, KIND);
}

// ---- files ----

/** Keeps the first bytes of what is going to be shown; `kept` tells how many. */
export function keep(data: usize, bytes: u32): void {
  store<u32>(table.s, 0, FROM);
  store<u32>(table.s, min(bytes, table.BUFFER_BYTES), TO);
  memory.copy(buffer(), data, min(bytes, table.BUFFER_BYTES));
}

export function kept(): u32 {
  return load<u32>(table.s, TO);
}

export function keptStart(): usize {
  return buffer();
}

/** Shows what was kept, and an open file or listing from there to offset `end`; `next` is where the kept bytes end in it. */
export function file(fid: u32, asBase64: bool, next: u64, end: u64): void {
  store<u8>(table.s, FILE, KIND);
  store<u8>(table.s, asBase64 ? AS_BASE64 : 0, FLAGS);
  store<u32>(table.s, fid, FID);
  store<u64>(table.s, next, NEXT);
  store<u64>(table.s, end, END);
  step();
}

function writeText(start: usize, count: u32): void {
  for (let i: u32 = 0; i < count; i++) {
    const c = load<u8>(start + i);
    if (c >= 0x20 || c === 0x09) out.byte(c);
    else if (c !== 0x0d) out.byte(0x3f);
  }
}

/** Bytes of the window that make the next line, without its newline; 0 with `isWhole` false: more must be read first. */
let isWhole: bool = false;
function lineBytes(start: usize, count: u32, atEnd: bool): u32 {
  const most = min(count, LINE_BYTES);
  let bytes: u32 = 0;
  isWhole = true;
  while (bytes < most && load<u8>(start + bytes) !== 0x0a) bytes++;
  if (bytes < count && load<u8>(start + bytes) === 0x0a) return bytes;
  isWhole = false;
  if (bytes === LINE_BYTES) {
    // Whole characters only, if they are any.
    let cut = bytes;
    while (cut > bytes - 4 && cut < count && (load<u8>(start + cut) & 0xc0) === 0x80) cut--;
    return cut === bytes - 4 ? bytes : cut;
  }
  return atEnd ? bytes : 0;
}

/** Shows one line of what is in the window; false: there is no line, or no whole one yet. */
function showLine(from: u32, atEnd: bool): bool {
  const start = buffer() + from;
  const count = load<u32>(table.s, TO) - from;
  if (has(AS_BASE64)) return showBase64(from, start, count, atEnd);
  const bytes = lineBytes(start, count, atEnd);
  if (bytes === 0 && !isWhole) return false;
  writeText(start, bytes);
  // A long line on the serial line goes on; on the wire its parts are lines.
  if (isWhole || !table.isSerial()) out.endLine();
  set(MID_LINE, !isWhole && table.isSerial());
  store<u32>(table.s, from + bytes + (isWhole ? 1 : 0), FROM);
  return true;
}

function showBase64(from: u32, start: usize, count: u32, atEnd: bool): bool {
  if (count === 0 || (count < BASE64_BYTES && !atEnd)) return false;
  const bytes = min(count, BASE64_BYTES);
  if (!has(STARTED)) out.text('b64:');
  set(STARTED, true);
  base64.write(start, bytes);
  out.endLine();
  store<u32>(table.s, from + bytes, FROM);
  return true;
}

/** Reading on failed: what is missing is said, the acknowledgement has long been given. */
function cutShort(outcome: u32): void {
  if (has(MID_LINE)) out.endLine();
  set(MID_LINE, false);
  out.text('[console] cut short: ');
  if (outcome === client.REFUSED) out.bytes(client.textStart, client.textBytes);
  else out.text('NineDoor unavailable');
  out.endLine();
}

/** Reads on, behind what is left in the window. */
function refill(): void {
  const from = load<u32>(table.s, FROM);
  const left = load<u32>(table.s, TO) - from;
  memory.copy(buffer(), buffer() + from, left);
  const next = load<u64>(table.s, NEXT);
  const wanted = <u32>min<u64>(table.BUFFER_BYTES - left, load<u64>(table.s, END) - next);
  store<u32>(table.s, 0, FROM);
  store<u32>(table.s, left, TO);
  const outcome = client.read(session.handle(), load<u32>(table.s, FID), next, wanted);
  if (outcome !== client.DONE) {
    store<u32>(table.s, 0, TO);
    cutShort(outcome);
  } else {
    memory.copy(buffer() + left, client.data, client.dataBytes);
    store<u32>(table.s, left + client.dataBytes, TO);
  }
  const isEnd = outcome !== client.DONE || client.dataBytes < wanted;
  store<u64>(table.s, isEnd ? load<u64>(table.s, END) : next + client.dataBytes, NEXT);
}

function finishFile(): void {
  if (has(MID_LINE)) out.endLine();
  out.line('END');
  drop();
  client.clunk(session.handle(), load<u32>(table.s, FID));
}

/** Shows lines up to a piece, or reads once. */
function stepFile(): void {
  const first = load<u32>(table.s, FROM);
  for (;;) {
    if (!out.hasRoom()) return;
    const from = load<u32>(table.s, FROM);
    if (from - first >= PIECE_BYTES) return;
    const atEnd = load<u64>(table.s, NEXT) >= load<u64>(table.s, END);
    if (showLine(from, atEnd)) continue;
    if (atEnd) return finishFile();
    return refill();
  }
}

// ---- lines of the console's own (system.ts) ----

export function lines(what: u32): void {
  store<u8>(table.s, LINES, KIND);
  store<u32>(table.s, what, WHAT);
  store<u32>(table.s, 0, LINE);
  step();
}

function stepLines(): void {
  for (let shown: u32 = 0; shown < PIECE_LINES && out.hasRoom(); shown++) {
    const next = load<u32>(table.s, LINE);
    if (!system.showLine(load<u32>(table.s, WHAT), next)) return drop();
    store<u32>(table.s, next + 1, LINE);
  }
}

/** Shows the next line of what was kept; false: that was all. */
export function showKept(): bool {
  const from = load<u32>(table.s, FROM);
  const count = load<u32>(table.s, TO) - from;
  const bytes = lineBytes(buffer() + from, count, true);
  if (bytes === 0 && !isWhole) return false;
  writeText(buffer() + from, bytes);
  out.endLine();
  store<u32>(table.s, from + bytes + (isWhole ? 1 : 0), FROM);
  return true;
}

// ---- an answer that is held back ----

/** The line is sent at that time, and not before. */
export function hold(line: usize, bytes: u32, until_ms: u64): void {
  keep(line, bytes);
  store<u8>(table.s, HELD, KIND);
  store<u64>(table.s, until_ms, UNTIL);
  clock.wakeBy(until_ms);
}

/** When it is to be sent; 0: there is none. */
export function heldUntil(): u64 {
  return kind() === HELD ? load<u64>(table.s, UNTIL) : 0;
}

/** Shows the next piece; the payload may be over then. */
export function step(): void {
  switch (kind()) {
    case FILE:
      return stepFile();
    case LINES:
      return stepLines();
    default:
      showKept();
      drop();
  }
}

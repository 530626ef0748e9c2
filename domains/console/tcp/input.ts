// SPDX-License-Identifier: Apache-2.0
// What a connection has sent and nobody has taken yet: lines, and frames that are none, in their order. The queue is as large as the
// credit of the connection, so that all that net may pass on has room: an entry takes less than its record.
//
//   part of the record   +0 head u32 · +4 used u32
//   entry                kind and length u16 · the line
import * as stream from '../../../lib/channel/stream';
import * as table from '../table';

const HEAD: u32 = table.INPUT;
const USED: u32 = table.INPUT + 4;

export const LINE: u32 = 0;
export const TOO_LONG: u32 = 0x4000;
export const TOO_SHORT: u32 = 0x8000;
const KIND: u32 = 0xc000;
const ENTRY: u32 = 2;

export const LINE_BYTES: u32 = 256;

function byteAt(offset: u32): usize {
  return table.s + table.LINES + (offset & (table.LINES_BYTES - 1));
}

function half(offset: u32): u32 {
  return (<u32>load<u8>(byteAt(offset))) | ((<u32>load<u8>(byteAt(offset + 1))) << 8);
}

function append(value: u8): void {
  const used = load<u32>(table.s, USED);
  store<u8>(byteAt(load<u32>(table.s, HEAD) + used), value);
  store<u32>(table.s, used + 1, USED);
}

/** Starts an entry, if it fits. */
function begin(head: u32, bytes: u32): bool {
  const used = load<u32>(table.s, USED);
  if (bytes + ENTRY > table.LINES_BYTES - used) return false;
  append(<u8>head);
  append(<u8>(head >> 8));
  return true;
}

export function isEmpty(): bool {
  return load<u32>(table.s, USED) === 0;
}

/** Adds a line; false: it has no room, or is no line. */
export function put(line: usize, bytes: u32): bool {
  if (bytes > LINE_BYTES || !begin(LINE | bytes, bytes)) return false;
  for (let i: u32 = 0; i < bytes; i++) append(load<u8>(line + i));
  return true;
}

/** Adds a frame that is none; false: there is no room. */
export function putMalformed(detail: u8): bool {
  return begin(detail === stream.TOO_LONG ? TOO_LONG : TOO_SHORT, 0);
}

const line = memory.data(256); // LINE_BYTES

/** What take() found: its kind, and for a line its bytes. */
export let kind: u32 = LINE;
export let start: usize = 0;
export let bytes: u32 = 0;

/** Takes the oldest; not when isEmpty(). Returns what it had cost of the credit. */
export function take(): u32 {
  const head = load<u32>(table.s, HEAD);
  const entry = half(head);
  kind = entry & KIND;
  bytes = entry & ~KIND;
  start = line;
  for (let i: u32 = 0; i < bytes; i++) store<u8>(line + i, load<u8>(byteAt(head + ENTRY + i)));
  store<u32>(table.s, head + ENTRY + bytes, HEAD);
  store<u32>(table.s, load<u32>(table.s, USED) - ENTRY - bytes, USED);
  return stream.HEADER_BYTES + bytes;
}

// SPDX-License-Identifier: Apache-2.0
// A client's side of the wire: one 9P request under construction, and the reply to it being read. Values are
// little-endian, strings have a length of two bytes. The server's side: ninedoor/wire/.
//
//   frame   +0 size u32 (of all of it) · +4 type u8 · +5 tag u16 · +7 body
import { HEADER_BYTES } from './types';

/**
 * Largest request: a write of a spawn payload, or an attach with a ticket, or a walk of eight names of a console
 * path.
 */
export const REQUEST_BYTES: u32 = 1024;
/** Largest reply, and the msize that is asked for. */
export const REPLY_BYTES: u32 = 8192;
/** One request at a time, so they all have the same. Not NOTAG, which would ask for another dialect. */
const TAG: u16 = 1;

const request = memory.data(1024);
const reply = memory.data(8192);

let at: u32 = 0;
/** The request did not fit. */
let overflowed: bool = false;

function room(count: u32): bool {
  if (count <= REQUEST_BYTES - at) return true;
  overflowed = true;
  return false;
}

export function begin(type: u32): void {
  overflowed = false;
  store<u8>(request, <u8>type, 4);
  store<u16>(request, TAG, 5);
  at = HEADER_BYTES;
}

export function byte(value: u8): void {
  if (!room(1)) return;
  store<u8>(request + at, value);
  at += 1;
}

export function half(value: u32): void {
  if (!room(2)) return;
  store<u16>(request + at, <u16>value);
  at += 2;
}

export function word(value: u32): void {
  if (!room(4)) return;
  store<u32>(request + at, value);
  at += 4;
}

export function long(value: u64): void {
  if (!room(8)) return;
  store<u64>(request + at, value);
  at += 8;
}

export function bytes(start: usize, count: u32): void {
  if (!room(count)) return;
  memory.copy(request + at, start, count);
  at += count;
}

export function slice(start: usize, count: u32): void {
  half(count);
  bytes(start, count);
}

export function literal(value: string): void {
  half(<u32>value.length);
  for (let i = 0; i < value.length; i++) byte(<u8>value.charCodeAt(i));
}

/** Ends the request; returns its size, or 0 if it did not fit. */
export function end(): u32 {
  store<u32>(request, at);
  return overflowed ? 0 : at;
}

export function requestStart(): usize {
  return request;
}

export function replyStart(): usize {
  return reply;
}

// The reply. Reading past its end gives zeros and empty strings, and makes it malformed.

let left: u32 = 0;
let next: usize = 0;
export let malformed: bool = false;
/** The string that was read last. */
export let textStart: usize = 0;
export let textBytes: u32 = 0;

/** Opens a reply of `count` bytes; returns its type, or 0 if it is none. */
export function open(count: u32): u32 {
  malformed = count < HEADER_BYTES || load<u32>(reply) !== count || load<u16>(reply, 5) !== TAG;
  if (malformed) return 0;
  next = reply + HEADER_BYTES;
  left = count - HEADER_BYTES;
  return load<u8>(reply, 4);
}

/** Passes over bytes; returns where they are. */
export function take(count: u32): usize {
  if (count > left) {
    malformed = true;
    left = 0;
    return reply;
  }
  const start = next;
  next += count;
  left -= count;
  return start;
}

export function takeHalf(): u32 {
  const start = take(2);
  return malformed ? 0 : load<u16>(start);
}

export function takeWord(): u32 {
  const start = take(4);
  return malformed ? 0 : load<u32>(start);
}

export function takeLong(): u64 {
  const start = take(8);
  return malformed ? 0 : load<u64>(start);
}

export function takeByte(): u8 {
  const start = take(1);
  return malformed ? 0 : load<u8>(start);
}

export function takeText(): void {
  textBytes = takeHalf();
  textStart = take(textBytes);
  if (malformed) textBytes = 0;
}

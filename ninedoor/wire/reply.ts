// SPDX-License-Identifier: Apache-2.0
// The reply at hand: header, fields in order, size filled in at the end. The caller of serve() guarantees room for the
// negotiated msize; replies of variable size (data, listings, error texts) ask `room` first.
import { QID_BYTES } from '../../lib/wire/types';

let start: usize = 0;
let end: usize = 0;
let at: usize = 0;

/** Where replies go; `capacity` bytes. */
export function open(buffer: usize, capacity: u32): void {
  start = buffer;
  at = buffer;
  end = buffer + capacity;
}

export function begin(type: u32, tag: u32): void {
  at = start + 7;
  store<u8>(start, <u8>type, 4);
  store<u16>(start, <u16>tag, 5);
}

/** Bytes that still fit. */
export function room(): u32 {
  return <u32>(end - at);
}

/** Where the next field goes; `advance` after writing there. */
export function position(): usize {
  return at;
}

export function advance(bytes: u32): void {
  at += bytes;
}

export function byte(value: u32): void {
  store<u8>(at, <u8>value);
  at += 1;
}

export function half(value: u32): void {
  store<u16>(at, <u16>value);
  at += 2;
}

export function word(value: u32): void {
  store<u32>(at, value);
  at += 4;
}

export function long(value: u64): void {
  store<u64>(at, value);
  at += 8;
}

export function qid(type: u32, path: u64): void {
  store<u8>(at, <u8>type);
  store<u32>(at, 0, 1);
  store<u64>(at, path, 5);
  at += QID_BYTES;
}

export function text(from: usize, bytes: u32): void {
  half(bytes);
  memory.copy(at, from, bytes);
  at += bytes;
}

export function literal(value: string): void {
  const bytes = <u32>value.length;
  half(bytes);
  for (let i: u32 = 0; i < bytes; i++) store<u8>(at + i, <u8>value.charCodeAt(i));
  at += bytes;
}

/** Fills in the size; returns the bytes of the frame. */
export function finish(): u32 {
  const bytes = <u32>(at - start);
  store<u32>(start, bytes);
  return bytes;
}

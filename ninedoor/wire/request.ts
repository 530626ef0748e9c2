// SPDX-License-Identifier: Apache-2.0
// The body of the request at hand, field by field. A field that is missing or malformed sets `problem` and reads as 0,
// so a handler reads all its fields and then asks once.
import { WALK_DEPTH } from '../limits';
import { isUtf8 } from '../../lib/text/slice';
import * as errors from './errors';

const TRUNCATED: u32 = 1;
const NOT_UTF8: u32 = 2;

let at: usize = 0;
let end: usize = 0;
let problem: u32 = 0;
/** The string or data bytes that were read last. */
export let textStart: usize = 0;
export let textBytes: u32 = 0;

export function begin(start: usize, bytes: u32): void {
  at = start;
  end = start + bytes;
  problem = 0;
}

/** The next `bytes` bytes, or 0 when the body is shorter. */
function take(bytes: u32): usize {
  if (<u32>(end - at) < bytes) {
    if (problem === 0) problem = TRUNCATED;
    at = end;
    return 0;
  }
  const start = at;
  at += bytes;
  return start;
}

export function byte(): u32 {
  const start = take(1);
  return start === 0 ? 0 : load<u8>(start);
}

export function half(): u32 {
  const start = take(2);
  return start === 0 ? 0 : load<u16>(start);
}

export function word(): u32 {
  const start = take(4);
  return start === 0 ? 0 : load<u32>(start);
}

export function long(): u64 {
  const start = take(8);
  return start === 0 ? 0 : load<u64>(start);
}

/** A string into textStart and textBytes. */
export function text(): void {
  const size = half();
  const start = take(size);
  textStart = start;
  textBytes = start === 0 ? 0 : size;
  if (problem === 0 && !isUtf8(textStart, textBytes)) problem = NOT_UTF8;
}

/** `bytes` bytes of data into textStart and textBytes. */
export function data(bytes: u32): void {
  const start = take(bytes);
  textStart = start;
  textBytes = start === 0 ? 0 : bytes;
}

// The names of a Twalk stay where they are in the frame.
const names = memory.data(8 * 8, 4);
export let nameCount: u32 = 0;

export function nameStart(index: u32): usize {
  return load<u32>(names + 8 * index);
}

export function nameBytes(index: u32): u32 {
  return load<u32>(names + 8 * index, 4);
}

/** nwname and the names; more than WALK_DEPTH of them are not read. */
export function nameList(): void {
  nameCount = half();
  if (nameCount > WALK_DEPTH) return;
  for (let i: u32 = 0; i < nameCount; i++) {
    text();
    store<u32>(names + 8 * i, <u32>textStart);
    store<u32>(names + 8 * i, textBytes, 4);
  }
}

/** NONE when every field so far was there and well-formed, else the refusal. */
export function check(): u32 {
  if (problem === 0) return errors.NONE;
  return errors.fail(errors.MALFORMED, problem === TRUNCATED ? 'truncated frame' : 'invalid utf8 in string field');
}

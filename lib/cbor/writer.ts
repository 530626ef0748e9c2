// SPDX-License-Identifier: Apache-2.0
// Canonical CBOR, definite lengths, shortest heads: what the .cbor files of /proc need.
import * as put from '../text/writer';

const UINT: u32 = 0;
const BYTES: u32 = 2;
const TEXT: u32 = 3;
const ARRAY: u32 = 4;
const MAP: u32 = 5;

function head(w: usize, major: u32, value: u64): void {
  const lead = major << 5;
  if (value < 24) {
    put.byte(w, lead | (<u32>value));
    return;
  }
  const size: u32 = value < 0x100 ? 0 : value < 0x10000 ? 1 : value < 0x100000000 ? 2 : 3;
  put.byte(w, lead | (24 + size));
  for (let shift: i32 = (8 << size) - 8; shift >= 0; shift -= 8) put.byte(w, (<u32>(value >> shift)) & 0xff);
}

export function uint(w: usize, value: u64): void {
  head(w, UINT, value);
}

/** A text of ASCII characters. */
export function literal(w: usize, value: string): void {
  head(w, TEXT, value.length);
  put.text(w, value);
}

export function text(w: usize, start: usize, bytes: u32): void {
  head(w, TEXT, bytes);
  put.bytes(w, start, bytes);
}

export function byteString(w: usize, start: usize, bytes: u32): void {
  head(w, BYTES, bytes);
  put.bytes(w, start, bytes);
}

export function array(w: usize, items: u32): void {
  head(w, ARRAY, items);
}

export function map(w: usize, pairs: u32): void {
  head(w, MAP, pairs);
}

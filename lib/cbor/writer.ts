// SPDX-License-Identifier: Apache-2.0
// Canonical CBOR, definite lengths, shortest heads: what the .cbor files of /proc need.
import { Writer } from '../text/writer';

const UINT: u32 = 0;
const BYTES: u32 = 2;
const TEXT: u32 = 3;
const ARRAY: u32 = 4;
const MAP: u32 = 5;

function head(w: Writer, major: u32, value: u64): void {
  const lead = major << 5;
  if (value < 24) {
    w.byte(lead | (<u32>value));
    return;
  }
  const size: u32 = value < 0x100 ? 0 : value < 0x10000 ? 1 : value < 0x100000000 ? 2 : 3;
  w.byte(lead | (24 + size));
  for (let shift: i32 = (8 << size) - 8; shift >= 0; shift -= 8) w.byte((<u32>(value >> shift)) & 0xff);
}

export function uint(w: Writer, value: u64): void {
  head(w, UINT, value);
}

/** A text of ASCII characters. */
export function literal(w: Writer, value: string): void {
  head(w, TEXT, value.length);
  w.text(value);
}

export function text(w: Writer, start: usize, bytes: u32): void {
  head(w, TEXT, bytes);
  w.bytes(start, bytes);
}

export function byteString(w: Writer, start: usize, bytes: u32): void {
  head(w, BYTES, bytes);
  w.bytes(start, bytes);
}

export function array(w: Writer, items: u32): void {
  head(w, ARRAY, items);
}

export function map(w: Writer, pairs: u32): void {
  head(w, MAP, pairs);
}

// SPDX-License-Identifier: Apache-2.0
// JSON text into a writer (text/writer.ts): commas come by themselves, strings are escaped. One document at a time.
//
//   open(w); object(w); name(w, 'seq'); number(w, 1); endObject(w)   gives   {"seq":1}
import { utf8Prefix } from '../text/slice';
import * as put from '../text/writer';

let needsComma: bool = false;

/** Starts a document, or a line of its own. */
export function open(): void {
  needsComma = false;
}

/** What comes before a value. */
function before(w: usize): void {
  if (needsComma) put.byte(w, 0x2c);
  needsComma = true;
}

function begin(w: usize, bracket: u32): void {
  before(w);
  put.byte(w, bracket);
  needsComma = false;
}

function end(w: usize, bracket: u32): void {
  put.byte(w, bracket);
  needsComma = true;
}

export function object(w: usize): void {
  begin(w, 0x7b);
}

export function endObject(w: usize): void {
  end(w, 0x7d);
}

export function array(w: usize): void {
  begin(w, 0x5b);
}

export function endArray(w: usize): void {
  end(w, 0x5d);
}

/** The name of the next value: ASCII that needs no escape. */
export function name(w: usize, word: string): void {
  literal(w, word);
  put.byte(w, 0x3a);
  needsComma = false;
}

export function number(w: usize, value: u64): void {
  before(w);
  put.dec(w, value);
}

export function flag(w: usize, value: bool): void {
  before(w);
  put.flag(w, value);
}

export function nothing(w: usize): void {
  before(w);
  put.text(w, 'null');
}

/** A string of ASCII that needs no escape. */
export function literal(w: usize, word: string): void {
  before(w);
  put.byte(w, 0x22);
  put.text(w, word);
  put.byte(w, 0x22);
}

/** A string from bytes. */
export function text(w: usize, start: usize, bytes: u32): void {
  before(w);
  put.byte(w, 0x22);
  escaped(w, start, bytes);
  put.byte(w, 0x22);
}

/** A value that is JSON already. */
export function raw(w: usize, start: usize, bytes: u32): void {
  before(w);
  put.bytes(w, start, bytes);
}

/** The letter of a short escape, or 0. */
function shortEscape(c: u32): u32 {
  switch (c) {
    case 0x22:
    case 0x5c:
      return c;
    case 0x08:
      return 0x62;
    case 0x09:
      return 0x74;
    case 0x0a:
      return 0x6e;
    case 0x0c:
      return 0x66;
    case 0x0d:
      return 0x72;
    default:
      return 0;
  }
}

function escapeByte(w: usize, c: u32): void {
  const letter = shortEscape(c);
  if (letter !== 0) {
    put.byte(w, 0x5c);
    put.byte(w, letter);
  } else {
    put.text(w, '\\u00');
    put.hex(w, c, 2);
  }
}

/** What lies between the quotes of a string. A byte that is not UTF-8 becomes U+FFFD. */
export function escaped(w: usize, start: usize, bytes: u32): void {
  const end = start + bytes;
  let valid = start + utf8Prefix(start, bytes);
  for (let at = start; at < end; at++) {
    const c = <u32>load<u8>(at);
    if (at === valid) {
      put.byte(w, 0xef);
      put.byte(w, 0xbf);
      put.byte(w, 0xbd);
      valid = at + 1 + utf8Prefix(at + 1, <u32>(end - at - 1));
    } else if (c < 0x20 || c === 0x22 || c === 0x5c) escapeByte(w, c);
    else put.byte(w, c);
  }
}

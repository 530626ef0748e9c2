// SPDX-License-Identifier: Apache-2.0
// JSON text into a writer (text/writer.ts): commas come by themselves, strings are escaped. One document at a time.
//
//   open(w); object(w); name(w, 'seq'); number(w, 1); endObject(w)   gives   {"seq":1}
import { utf8Prefix } from '../text/slice';
import { Writer } from '../text/writer';

let needsComma: bool = false;

/** Starts a document, or a line of its own. */
export function open(): void {
  needsComma = false;
}

/** What comes before a value. */
function before(w: Writer): void {
  if (needsComma) w.byte(0x2c);
  needsComma = true;
}

function begin(w: Writer, bracket: u32): void {
  before(w);
  w.byte(bracket);
  needsComma = false;
}

function end(w: Writer, bracket: u32): void {
  w.byte(bracket);
  needsComma = true;
}

export function object(w: Writer): void {
  begin(w, 0x7b);
}

export function endObject(w: Writer): void {
  end(w, 0x7d);
}

export function array(w: Writer): void {
  begin(w, 0x5b);
}

export function endArray(w: Writer): void {
  end(w, 0x5d);
}

/** The name of the next value: ASCII that needs no escape. */
export function name(w: Writer, word: string): void {
  literal(w, word);
  w.byte(0x3a);
  needsComma = false;
}

export function number(w: Writer, value: u64): void {
  before(w);
  w.dec(value);
}

export function flag(w: Writer, value: bool): void {
  before(w);
  w.flag(value);
}

export function nothing(w: Writer): void {
  before(w);
  w.text('null');
}

/** A string of ASCII that needs no escape. */
export function literal(w: Writer, word: string): void {
  before(w);
  w.byte(0x22);
  w.text(word);
  w.byte(0x22);
}

/** A string from bytes. */
export function text(w: Writer, start: usize, bytes: u32): void {
  before(w);
  w.byte(0x22);
  escaped(w, start, bytes);
  w.byte(0x22);
}

/** A value that is JSON already. */
export function raw(w: Writer, start: usize, bytes: u32): void {
  before(w);
  w.bytes(start, bytes);
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

function escapeByte(w: Writer, c: u32): void {
  const letter = shortEscape(c);
  if (letter !== 0) {
    w.byte(0x5c);
    w.byte(letter);
  } else {
    w.text('\\u00');
    w.hex(c, 2);
  }
}

/** What lies between the quotes of a string. A byte that is not UTF-8 becomes U+FFFD. */
export function escaped(w: Writer, start: usize, bytes: u32): void {
  const end = start + bytes;
  let valid = start + utf8Prefix(start, bytes);
  for (let at = start; at < end; at++) {
    const c = <u32>load<u8>(at);
    if (at === valid) {
      w.byte(0xef);
      w.byte(0xbf);
      w.byte(0xbd);
      valid = at + 1 + utf8Prefix(at + 1, <u32>(end - at - 1));
    } else if (c < 0x20 || c === 0x22 || c === 0x5c) escapeByte(w, c);
    else w.byte(c);
  }
}

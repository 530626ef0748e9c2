// SPDX-License-Identifier: Apache-2.0
// A strict JSON reader (RFC 8259) over a byte slice, pulled along by its caller: enter an object, take its keys one by one,
// take each value by its type. The first thing that is not as it must be sets `problem` and makes every later call fail.
//
//   pool   unescaped strings of the document at hand, one after the other; they stay until the next `open`
import { Writer } from '../text/writer';
import { equals, isUtf8, startsWith } from '../text/slice';

const POOL_BYTES: u32 = 8192;
const pool = memory.data(POOL_BYTES);
let poolUsed: u32 = 0;

let first: usize = 0;
let at: usize = 0;
let end: usize = 0;
/** Whether the object at hand has given a key already: then a comma must come before the next. */
let needsComma: bool = false;

/** What is wrong, or empty. */
export let problem: string = '';
/** Byte offset of it. */
export let problemAt: u32 = 0;

/** The key or string that was taken last. */
export let textStart: usize = 0;
export let textBytes: u32 = 0;
/** The number that was taken last. */
export let number: u64 = 0;

export function open(start: usize, bytes: u32): void {
  first = start;
  at = start;
  end = start + bytes;
  poolUsed = 0;
  problem = '';
  if (!isUtf8(start, bytes)) fail('not UTF-8');
}

export function failed(): bool {
  return problem.length > 0;
}

/** Notes what is wrong, unless something was wrong before. Returns false for its callers to pass on. */
export function fail(what: string): bool {
  if (failed()) return false;
  problem = what;
  problemAt = <u32>(at - first);
  return false;
}

/** Writes `<problem> at byte <n>`. */
export function writeProblem(w: Writer): void {
  w.text(problem);
  w.text(' at byte ');
  w.dec(problemAt);
}

function skipBlanks(): void {
  while (at < end) {
    const c = load<u8>(at);
    if (c !== 0x20 && c !== 0x09 && c !== 0x0a && c !== 0x0d) return;
    at++;
  }
}

/** Takes the byte `c` behind blanks, if it is there. */
function accept(c: u8): bool {
  skipBlanks();
  if (failed() || at === end || load<u8>(at) !== c) return false;
  at++;
  return true;
}

/** `{` */
export function enter(): bool {
  needsComma = false;
  return accept(0x7b) || fail('expected an object');
}

/** The next key of the object at hand and its colon; false at the object's end, which is taken. */
export function key(): bool {
  if (failed()) return false;
  if (accept(0x7d)) {
    needsComma = true; // the object around goes on
    return false;
  }
  if (needsComma && !accept(0x2c)) return fail('expected , or }');
  if (!text()) return false;
  needsComma = true;
  return accept(0x3a) || fail('expected :');
}

/** Whether the key at hand is `word`. */
export function keyIs(word: string): bool {
  return equals(textStart, textBytes, word);
}

/** A refusal of the key at hand. */
export function unknownKey(): bool {
  return fail('unknown field');
}

function hexDigit(c: u32): i32 {
  if (c >= 0x30 && c <= 0x39) return c - 0x30;
  if (c >= 0x41 && c <= 0x46) return c - 0x37;
  if (c >= 0x61 && c <= 0x66) return c - 0x57;
  return -1;
}

/** Four hexadecimal digits, or -1. */
function hexUnit(): i32 {
  if (<u32>(end - at) < 4) return -1;
  let value: i32 = 0;
  for (let i = 0; i < 4; i++) {
    const digit = hexDigit(load<u8>(at + i));
    if (digit < 0) return -1;
    value = (value << 4) | digit;
  }
  at += 4;
  return value;
}

function store8(value: u32): void {
  if (poolUsed === POOL_BYTES) {
    fail('strings too long');
    return;
  }
  store<u8>(pool + poolUsed, <u8>value);
  poolUsed++;
}

function storeCodePoint(code: u32): void {
  if (code < 0x80) {
    store8(code);
  } else if (code < 0x800) {
    store8(0xc0 | (code >> 6));
    store8(0x80 | (code & 0x3f));
  } else if (code < 0x10000) {
    store8(0xe0 | (code >> 12));
    store8(0x80 | ((code >> 6) & 0x3f));
    store8(0x80 | (code & 0x3f));
  } else {
    store8(0xf0 | (code >> 18));
    store8(0x80 | ((code >> 12) & 0x3f));
    store8(0x80 | ((code >> 6) & 0x3f));
    store8(0x80 | (code & 0x3f));
  }
}

/** What follows `\u`. */
function unicodeEscape(): bool {
  const unit = hexUnit();
  if (unit < 0) return fail('bad \\u escape');
  if (unit < 0xd800 || unit > 0xdfff) {
    storeCodePoint(unit);
    return true;
  }
  const isPair = unit < 0xdc00 && end - at >= 6 && load<u8>(at) === 0x5c && load<u8>(at, 1) === 0x75;
  if (!isPair) return fail('lone surrogate');
  at += 2;
  const low = hexUnit();
  if (low < 0xdc00 || low > 0xdfff) return fail('lone surrogate');
  storeCodePoint(0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00));
  return true;
}

/** What follows a backslash. */
function escape(): bool {
  if (at === end) return fail('unterminated string');
  const c = load<u8>(at);
  at++;
  switch (c) {
    case 0x22:
    case 0x5c:
    case 0x2f:
      store8(c);
      return true;
    case 0x62:
      store8(0x08);
      return true;
    case 0x66:
      store8(0x0c);
      return true;
    case 0x6e:
      store8(0x0a);
      return true;
    case 0x72:
      store8(0x0d);
      return true;
    case 0x74:
      store8(0x09);
      return true;
    case 0x75:
      return unicodeEscape();
    default:
      return fail('bad escape');
  }
}

/** A string into textStart and textBytes. */
export function text(): bool {
  if (!accept(0x22)) return fail('expected a string');
  const start = poolUsed;
  while (at < end) {
    const c = load<u8>(at);
    at++;
    if (c === 0x22) {
      textStart = pool + start;
      textBytes = poolUsed - start;
      return !failed();
    }
    if (c < 0x20) return fail('control character in a string');
    if (c !== 0x5c) store8(c);
    else if (!escape()) return false;
    if (failed()) return false;
  }
  return fail('unterminated string');
}

/** A whole number from 0 to `most` into `number`. */
export function integer(most: u64): bool {
  skipBlanks();
  if (failed()) return false;
  const start = at;
  let value: u64 = 0;
  while (at < end) {
    const digit = <u64>load<u8>(at) - 0x30;
    if (digit > 9) break;
    if (value > (u64.MAX_VALUE - digit) / 10) return fail('number out of range');
    value = value * 10 + digit;
    at++;
  }
  if (at === start) return fail('expected a whole number');
  if (at - start > 1 && load<u8>(start) === 0x30) return fail('leading zero');
  const next: u8 = at < end ? load<u8>(at) : 0;
  if (next === 0x2e || next === 0x65 || next === 0x45) return fail('expected a whole number');
  if (value > most) return fail('number out of range');
  number = value;
  return true;
}

/** Nothing but blanks may follow. */
export function finish(): bool {
  skipBlanks();
  if (failed()) return false;
  return at === end || fail('unexpected text after the value');
}

// Arrays: enterArray, then item() before each element until it is false.

export function enterArray(): bool {
  needsComma = false;
  return accept(0x5b) || fail('expected an array');
}

export function item(): bool {
  if (failed()) return false;
  if (accept(0x5d)) {
    needsComma = true;
    return false;
  }
  if (needsComma && !accept(0x2c)) return fail('expected , or ]');
  needsComma = true;
  return true;
}

// What json/ builds on: values of any form.

/** The next byte behind blanks, which stays; 0 at the end. */
export function peek(): u8 {
  skipBlanks();
  return failed() || at === end ? 0 : load<u8>(at);
}

/** Where the next byte is read. */
export function position(): usize {
  return at;
}

/** Takes the letters of `word`, one of true, false, null. */
export function letters(word: string): bool {
  skipBlanks();
  if (failed() || !startsWith(at, <u32>(end - at), word)) return false;
  at += word.length;
  return true;
}

/** Takes decimal digits; returns how many. */
function digits(): u32 {
  const start = at;
  while (at < end && load<u8>(at) >= 0x30 && load<u8>(at) <= 0x39) at++;
  return <u32>(at - start);
}

/** Takes one byte if it is `a` or `b`. */
function oneOf(a: u8, b: u8): bool {
  if (at === end || (load<u8>(at) !== a && load<u8>(at) !== b)) return false;
  at++;
  return true;
}

/** Takes a number of any form: sign, fraction and exponent as RFC 8259 has them. Its value is not kept. */
export function numeral(): bool {
  skipBlanks();
  if (failed()) return false;
  oneOf(0x2d, 0x2d);
  const start = at;
  const whole = digits();
  if (whole === 0) return fail('expected a number');
  if (whole > 1 && load<u8>(start) === 0x30) return fail('leading zero');
  if (oneOf(0x2e, 0x2e) && digits() === 0) return fail('expected a digit');
  if (oneOf(0x65, 0x45)) {
    oneOf(0x2b, 0x2d);
    if (digits() === 0) return fail('expected a digit');
  }
  return true;
}

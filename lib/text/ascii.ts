// SPDX-License-Identifier: Apache-2.0
// ASCII by name, and what kind of character a byte is. Slices of them: slice.ts.

export const BACKSPACE: u8 = 0x08;
export const TAB: u8 = 0x09;
export const NEWLINE: u8 = 0x0a;
export const RETURN: u8 = 0x0d;
export const SPACE: u8 = 0x20;
export const QUOTE: u8 = 0x22;
export const PLUS: u8 = 0x2b;
export const COMMA: u8 = 0x2c;
export const DASH: u8 = 0x2d;
export const DOT: u8 = 0x2e;
export const SLASH: u8 = 0x2f;
export const ZERO: u8 = 0x30;
export const NINE: u8 = 0x39;
export const COLON: u8 = 0x3a;
export const EQUALS: u8 = 0x3d;
export const QUESTION: u8 = 0x3f;
export const UPPER_A: u8 = 0x41;
export const UPPER_Z: u8 = 0x5a;
export const OPEN_BRACKET: u8 = 0x5b;
export const BACKSLASH: u8 = 0x5c;
export const CLOSE_BRACKET: u8 = 0x5d;
export const LOWER_A: u8 = 0x61;
export const LOWER_X: u8 = 0x78;
export const LOWER_Z: u8 = 0x7a;
export const OPEN_BRACE: u8 = 0x7b;
export const BAR: u8 = 0x7c;
export const CLOSE_BRACE: u8 = 0x7d;
export const DELETE: u8 = 0x7f;

/** Separates words of a line. */
export function isBlank(c: u8): bool {
  return c === SPACE || c === TAB;
}

/** Blanks, and what ends lines and pages. */
export function isSpace(c: u8): bool {
  return c === SPACE || (c >= TAB && c <= RETURN);
}

export function isDigit(c: u8): bool {
  return c >= ZERO && c <= NINE;
}

/** Would break a line of text, or a terminal. */
export function isControl(c: u8): bool {
  return c < SPACE || c === DELETE;
}

export function lower(c: u8): u8 {
  return c >= UPPER_A && c <= UPPER_Z ? c + (LOWER_A - UPPER_A) : c;
}

/** The hexadecimal digit of a value below 16. */
export function hexDigit(value: u8): u8 {
  return value < 10 ? ZERO + value : LOWER_A - 10 + value;
}

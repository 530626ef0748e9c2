// SPDX-License-Identifier: Apache-2.0
// JSON values beside strings and whole numbers, for readers on top of text/json.ts: booleans, null, and whole values of
// any form, which are passed over without recursion and up to a depth.
import * as json from './reader';

/** Deepest nesting that `any` can be asked for: one bit a level. */
export const DEEPEST: u32 = 32;

const BRACE: u8 = 0x7b;
const BRACKET: u8 = 0x5b;
const QUOTE: u8 = 0x22;

/** The boolean that was taken last. */
export let flag: bool = false;

/** `true` or `false` into `flag`. */
export function boolean(): bool {
  flag = json.letters('true');
  return flag || json.letters('false') || json.fail('expected true or false');
}

/** Takes a null if one is there. */
export function isNull(): bool {
  return json.peek() === 0x6e && (json.letters('null') || json.fail('expected a value'));
}

function scalar(c: u8): bool {
  if (c === QUOTE) return json.text();
  if (c === 0x74 || c === 0x66) return boolean();
  if (c === 0x2d || (c >= 0x30 && c <= 0x39)) return json.numeral();
  return json.letters('null') || json.fail('expected a value');
}

/**
 * Takes one value of any form, nested at most `most` deep (a string is 0 deep, `[]` 1). Duplicate keys inside are the
 * business of whoever gives them a meaning.
 */
export function any(most: u32): bool {
  const limit = most < DEEPEST ? most : DEEPEST;
  let depth: u32 = 0;
  let objects: u32 = 0; // bit 0: the innermost container is an object
  do {
    const c = json.peek();
    if (c === BRACE || c === BRACKET) {
      if (depth === limit) return json.fail('nested too deep');
      objects = (objects << 1) | (c === BRACE ? 1 : 0);
      depth++;
      if (c === BRACE) json.enter();
      else json.enterArray();
    } else if (!scalar(c)) return false;
    // Containers that end here end; the next value, if any, is due.
    while (depth > 0 && !((objects & 1) !== 0 ? json.key() : json.item())) {
      if (json.failed()) return false;
      objects >>= 1;
      depth--;
    }
  } while (depth > 0);
  return !json.failed();
}

// SPDX-License-Identifier: Apache-2.0
// Names in commands. A simple token has letters, digits, '-' and '_'; an extended one '.' and ':', too.
import { COLON, DASH, DOT, isDigit, lower, LOWER_A, LOWER_Z } from '../../lib/text/ascii';
import { equals } from '../../lib/text/slice';
import * as errors from '../wire/errors';

const UNDERSCORE: u8 = 0x5f;

function isSimple(c: u8): bool {
  const letter = lower(c);
  return isDigit(c) || (letter >= LOWER_A && letter <= LOWER_Z) || c === DASH || c === UNDERSCORE;
}

function checkSize(label: string, bytes: u32, most: u32): u32 {
  if (bytes === 0) return errors.fail2(errors.INVALID, label, ' must not be empty');
  if (bytes <= most) return errors.NONE;
  const w = errors.begin();
  w.text(label);
  w.text(' exceeds max length ');
  w.dec(most);
  return errors.end(errors.INVALID);
}

/** NONE for a simple token of at most so many bytes. */
export function simple(label: string, start: usize, bytes: u32, most: u32): u32 {
  const refusal = checkSize(label, bytes, most);
  if (refusal !== errors.NONE) return refusal;
  for (let i: u32 = 0; i < bytes; i++) {
    if (!isSimple(load<u8>(start + i))) {
      return errors.fail2(errors.INVALID, label, " must be alphanumeric, '-' or '_'");
    }
  }
  return errors.NONE;
}

/** NONE for an extended token of at most so many bytes. */
export function extended(label: string, start: usize, bytes: u32, most: u32): u32 {
  const refusal = checkSize(label, bytes, most);
  if (refusal !== errors.NONE) return refusal;
  for (let i: u32 = 0; i < bytes; i++) {
    const c = load<u8>(start + i);
    if (!isSimple(c) && c !== DOT && c !== COLON) {
      return errors.fail2(errors.INVALID, label, " must be alphanumeric, '-', '_', '.', or ':'");
    }
  }
  if (!equals(start, bytes, '.') && !equals(start, bytes, '..')) return errors.NONE;
  return errors.fail2(errors.INVALID, label, " must not be '.' or '..'");
}

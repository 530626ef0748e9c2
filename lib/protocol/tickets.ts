// SPDX-License-Identifier: Apache-2.0
// How a ticket's token begins, and finding one in text that is about to be shown or kept: it is a bearer's token, so it belongs
// on no screen, in no log and in no history.
import { startsWith } from '../text/slice';

export const PREFIX = 'cohesix-ticket-';
export const PREFIX_BYTES: u32 = 15;

/** Whether something in the slice begins like a ticket. */
export function contains(start: usize, bytes: u32): bool {
  for (let at: u32 = 0; at + PREFIX_BYTES <= bytes; at++) {
    if (startsWith(start + at, bytes - at, PREFIX)) return true;
  }
  return false;
}

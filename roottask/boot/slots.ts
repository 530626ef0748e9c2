// SPDX-License-Identifier: Apache-2.0
// Slots of the root CNode: handed out in order from the kernel's empty window, never reused.
import * as bootinfo from './bootinfo';
import { slotsUsed } from './startup';

/** What `allocate` returns when no slot is left: the null capability's slot. */
export const NO_SLOT: u64 = 0;

let next: u64 = 0;

export function init(): void {
  next = bootinfo.emptyStart + slotsUsed();
}

export function allocate(): u64 {
  if (next >= bootinfo.emptyEnd) return NO_SLOT;
  return next++;
}

export function first(): u64 {
  return bootinfo.emptyStart;
}

/** First slot that was not handed out. */
export function end(): u64 {
  return next;
}

export function left(): u64 {
  return bootinfo.emptyEnd - next;
}

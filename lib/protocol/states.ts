// SPDX-License-Identifier: Apache-2.0
// States of an instance, as INFO_DOMAIN tells them.

/** A place in a pool where no worker runs. */
export const EMPTY: u32 = 0;
export const RUNNING: u32 = 1;
/** Waits for its restart. */
export const BACKING_OFF: u32 = 2;
/** Restarted too often. */
export const GIVEN_UP: u32 = 3;
export const STOPPED: u32 = 4;

/** How reports name the state. */
export function stateName(state: u64): string {
  switch (<u32>state) {
    case RUNNING:
      return 'running';
    case BACKING_OFF:
      return 'backoff';
    case GIVEN_UP:
      return 'given-up';
    default:
      return 'stopped';
  }
}

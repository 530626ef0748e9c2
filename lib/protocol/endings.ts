// SPDX-License-Identifier: Apache-2.0
// Why a worker, or a session, has ended. The first four are those that the root task tells of workers (ENDED).

export const TTL_EXPIRED: u32 = 1;
export const TICKS_EXHAUSTED: u32 = 2;
export const OPS_EXHAUSTED: u32 = 3;
export const FAULTED: u32 = 4;
export const KILLED: u32 = 5;

/** What clients read, and what the log says. */
export function reasonText(reason: u32): string {
  switch (reason) {
    case TTL_EXPIRED:
      return 'ticket ttl expired';
    case TICKS_EXHAUSTED:
      return 'tick budget exhausted';
    case OPS_EXHAUSTED:
      return 'operation budget exhausted';
    case KILLED:
      return 'killed by queen';
    default:
      return 'worker stopped';
  }
}

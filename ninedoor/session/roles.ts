// SPDX-License-Identifier: Apache-2.0
// Roles and their labels, numbered as in ticket claims.
import { equals } from '../../lib/text/slice';

export const QUEEN: u32 = 0;
export const WORKER_HEARTBEAT: u32 = 1;
export const WORKER_GPU: u32 = 2;
export const WORKER_BUS: u32 = 3;
export const WORKER_LORA: u32 = 4;
export const ROLES: u32 = 5;

export function label(role: u32): string {
  switch (role) {
    case QUEEN:
      return 'queen';
    case WORKER_HEARTBEAT:
      return 'worker-heartbeat';
    case WORKER_GPU:
      return 'worker-gpu';
    case WORKER_BUS:
      return 'worker-bus';
    default:
      return 'worker-lora';
  }
}

/** The role with this label, or ROLES. */
export function find(start: usize, bytes: u32): u32 {
  let role: u32 = 0;
  while (role < ROLES && !equals(start, bytes, label(role))) role++;
  return role;
}

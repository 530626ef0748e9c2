// SPDX-License-Identifier: Apache-2.0
// The roles of a session: how they are typed, how NineDoor and the log name them.
import { equalsIgnoreCase } from '../../lib/text/slice';

export const QUEEN: u32 = 0;
const ROLES: u32 = 5;
export const NONE: u32 = 5;

export function label(role: u32): string {
  switch (role) {
    case QUEEN:
      return 'queen';
    case 1:
      return 'worker-heartbeat';
    case 2:
      return 'worker-gpu';
    case 3:
      return 'worker-bus';
    default:
      return 'worker-lora';
  }
}

export function name(role: u32): string {
  switch (role) {
    case QUEEN:
      return 'Queen';
    case 1:
      return 'WorkerHeartbeat';
    case 2:
      return 'WorkerGpu';
    case 3:
      return 'WorkerBus';
    default:
      return 'WorkerLora';
  }
}

/** The role that was typed, or NONE. */
export function find(start: usize, bytes: u32): u32 {
  if (equalsIgnoreCase(start, bytes, 'worker')) return 1;
  let role: u32 = 0;
  while (role < ROLES && !equalsIgnoreCase(start, bytes, label(role))) role++;
  return role;
}

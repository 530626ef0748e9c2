// SPDX-License-Identifier: Apache-2.0
// The roles of a session: how they are typed, how NineDoor and the log name them.
import * as roles from '../../lib/protocol/roles';
import { equalsIgnoreCase } from '../../lib/text/slice';

export { QUEEN, label } from '../../lib/protocol/roles';

/** Instead of a role. */
export const NONE: u32 = roles.ROLES;

/** How the log names the role. */
export function name(role: u32): string {
  switch (role) {
    case roles.QUEEN:
      return 'Queen';
    case roles.WORKER_HEARTBEAT:
      return 'WorkerHeartbeat';
    case roles.WORKER_GPU:
      return 'WorkerGpu';
    case roles.WORKER_BUS:
      return 'WorkerBus';
    default:
      return 'WorkerLora';
  }
}

/** The role that was typed, or NONE. */
export function find(start: usize, bytes: u32): u32 {
  if (equalsIgnoreCase(start, bytes, 'worker')) return roles.WORKER_HEARTBEAT;
  let role: u32 = 0;
  while (role < roles.ROLES && !equalsIgnoreCase(start, bytes, roles.label(role))) role++;
  return role;
}

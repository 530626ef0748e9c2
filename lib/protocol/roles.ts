// SPDX-License-Identifier: Apache-2.0
// Who a session or a worker is. The numbers are those of ticket claims, of SPAWN and WORKERS (supervisor.ts) and of the column
// `role` of the layout; the manifest's compiler has the labels in the same order (schema/core.ts), which a test compares.
import { equals } from '../text/slice';

export const QUEEN: u32 = 0;
export const WORKER_HEARTBEAT: u32 = 1;
export const WORKER_GPU: u32 = 2;
export const WORKER_BUS: u32 = 3;
export const WORKER_LORA: u32 = 4;
export const ROLES: u32 = 5;

const LABELS: StaticArray<string> = ['queen', 'worker-heartbeat', 'worker-gpu', 'worker-bus', 'worker-lora'];

/** How clients and the manifest name the role. */
export function label(role: u32): string {
  return LABELS[role];
}

/** The role with this label, or ROLES. */
export function find(start: usize, bytes: u32): u32 {
  let role: u32 = 0;
  while (role < ROLES && !equals(start, bytes, label(role))) role++;
  return role;
}

// SPDX-License-Identifier: Apache-2.0
// How often each table of the server was full, for /proc/limits.
import { ROLES } from '../lib/protocol/roles';

export const SESSIONS: u32 = 0;
export const WORKER_SESSIONS: u32 = 1;
export const FIDS: u32 = 2;
export const BINDS: u32 = 3;
export const LOCKS: u32 = 4;
export const GPUS: u32 = 5;
export const DEVICES: u32 = 6;
export const SESSION_LOCKS: u32 = 7;
export const TICKET_SESSIONS: u32 = 8;
export const SCHEDULE: u32 = 9;
export const LEASES: u32 = 10;
export const LEASE_QUOTAS: u32 = 11;
export const EXPORT_WINDOWS: u32 = 12;
/** And the places of each role's workers, from here on. */
export const WORKERS: u32 = 13;
const TABLES: u32 = WORKERS + ROLES;

const counts = memory.data(8 * TABLES, 8);

export function count(table: u32): void {
  store<u64>(counts + 8 * table, countOf(table) + 1);
}

export function countOf(table: u32): u64 {
  return load<u64>(counts + 8 * table);
}

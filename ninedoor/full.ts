// SPDX-License-Identifier: Apache-2.0
// How often each table of the server was full, for /proc/limits.

export const SESSIONS: u32 = 0;
export const WORKER_SESSIONS: u32 = 1;
export const FIDS: u32 = 2;
export const BINDS: u32 = 3;
export const LOCKS: u32 = 4;
export const WORKERS: u32 = 5;
export const GPUS: u32 = 6;
export const DEVICES: u32 = 7;
export const SESSION_LOCKS: u32 = 8;
export const TICKET_SESSIONS: u32 = 9;
const TABLES: u32 = 10;

const counts = memory.data(8 * TABLES, 8);

export function count(table: u32): void {
  store<u64>(counts + 8 * table, countOf(table) + 1);
}

export function countOf(table: u32): u64 {
  return load<u64>(counts + 8 * table);
}

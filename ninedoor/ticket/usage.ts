// SPDX-License-Identifier: Apache-2.0
// What each ticket has used of its scopes and quotas, over all its sessions.
//
//   usage   +0 used u8 · +1 role u8 · +4 sessions u32 · +8 last use ms u64 · +16 bytes used u64 · +24 resumes u32 · +28 advances u32
//           +32 next cursor u32 · +36 scope count u32 · +40 bandwidth_bytes u64 · +48 cursor_resumes u32
//           +52 cursor_advances u32 · +56 mac[32] · scopes: MAX_SCOPES × SCOPE_BYTES
//           windows: MAX_SCOPES × (+0 start ms u64 · +8 count u32) · cursors: TICKET_CURSORS × (+0 place u64 · +8 end u64)
//   scope   +0 verb u8 · +2 path bytes u16 · +4 rate_per_s u32 · +8 path
//
// Of the claims it keeps what is asked for at each access, and no more than the manifest's limits let through.
// A ticket is known by its MAC. When the table is full, the one that no session uses and that was used longest ago is
// forgotten.
import { TICKET_BANDWIDTH_BYTES, TICKET_CURSOR_ADVANCES, TICKET_CURSOR_RESUMES, TICKET_CURSORS } from '../limits';
import { TICKET_SCOPE_PATH_BYTES, TICKET_SCOPES, TICKET_USAGES } from '../limits';
import { nowMs } from '../platform';
import { QUEEN } from '../../lib/protocol/roles';
import * as claims from './claims';

const MAC: u32 = 56;
const MAC_BYTES: u32 = 32;
const MAX_SCOPES: u32 = TICKET_SCOPES === 0 ? claims.MAX_SCOPES : TICKET_SCOPES;
const PATH_BYTES: u32 = TICKET_SCOPE_PATH_BYTES === 0 ? 255 : TICKET_SCOPE_PATH_BYTES;
const SCOPE_BYTES: u32 = (8 + PATH_BYTES + 7) & ~7;
const SCOPES: u32 = MAC + MAC_BYTES;
const WINDOWS: u32 = SCOPES + MAX_SCOPES * SCOPE_BYTES;
const CURSORS: u32 = WINDOWS + MAX_SCOPES * 16;
const USAGE_BYTES: u32 = CURSORS + TICKET_CURSORS * 16;
const WINDOW_MS: u64 = 1000;
const table = memory.data(TICKET_USAGES * USAGE_BYTES, 8);

/** Usage number of a session; 0: none. */
@inline
function at(usage: u32): usize {
  return table + (usage - 1) * USAGE_BYTES;
}

function sessions(usage: u32): u32 {
  return load<u32>(at(usage), 4);
}

function findKnown(record: usize): u32 {
  for (let usage: u32 = 1; usage <= TICKET_USAGES; usage++) {
    if (load<u8>(at(usage)) === 0) continue;
    if (memory.compare(at(usage) + MAC, record + claims.MAC, MAC_BYTES) === 0) return usage;
  }
  return 0;
}

function findFree(): u32 {
  let oldest: u32 = 0;
  for (let usage: u32 = 1; usage <= TICKET_USAGES; usage++) {
    if (load<u8>(at(usage)) === 0) return usage;
    if (sessions(usage) !== 0) continue;
    if (oldest === 0 || load<u64>(at(usage), 8) < load<u64>(at(oldest), 8)) oldest = usage;
  }
  return oldest;
}

/** Keeps what matters of checked claims. */
function keep(usage: u32, record: usize): void {
  const u = at(usage);
  const count = <u32>load<u8>(record, 2);
  store<u8>(u, load<u8>(record), 1);
  store<u32>(u, count, 36);
  memory.copy(u + 40, record + 40, 16);
  memory.copy(u + MAC, record + claims.MAC, MAC_BYTES);
  for (let i: u32 = 0; i < count; i++) {
    const scope = record + claims.SCOPES + i * claims.SCOPE_BYTES;
    memory.copy(u + SCOPES + i * SCOPE_BYTES, scope, 8 + <u32>load<u16>(scope, 2));
  }
}

/** A session begins to use the ticket; there are more usages than sessions, so there is always one. */
export function acquire(record: usize): u32 {
  let usage = findKnown(record);
  if (usage === 0) {
    usage = findFree();
    memory.fill(at(usage), 0, USAGE_BYTES);
    store<u8>(at(usage), 1);
    keep(usage, record);
  }
  store<u32>(at(usage), sessions(usage) + 1, 4);
  store<u64>(at(usage), nowMs(), 8);
  return usage;
}

/** A session ends. */
export function release(usage: u32): void {
  if (usage !== 0) store<u32>(at(usage), sessions(usage) - 1, 4);
}

export function scopeCount(usage: u32): u32 {
  return load<u32>(at(usage), 36);
}

export function scope(usage: u32, index: u32): usize {
  return at(usage) + SCOPES + index * SCOPE_BYTES;
}

/** Counts one access in the window of a scope; false: its rate is used up. */
export function takeRate(usage: u32, index: u32, perSecond: u32): bool {
  const window = at(usage) + WINDOWS + 16 * index;
  const now = nowMs();
  if (load<u32>(window, 8) === 0 || now - load<u64>(window) >= WINDOW_MS) {
    store<u64>(window, now);
    store<u32>(window, 0, 8);
  }
  if (load<u32>(window, 8) >= perSecond) return false;
  store<u32>(window, load<u32>(window, 8) + 1, 8);
  return true;
}

/** The manifest's maxima are quotas of tickets that name none, except a queen's. */
function isBound(usage: u32): bool {
  return load<u8>(at(usage), 1) !== QUEEN;
}

/** A quota: the ticket's, or the manifest's where the ticket has none; 0: unlimited. */
export function bandwidthLimit(usage: u32): u64 {
  const own = load<u64>(at(usage), 40);
  return own !== 0 || !isBound(usage) ? own : TICKET_BANDWIDTH_BYTES;
}

export function resumeLimit(usage: u32): u32 {
  const own = load<u32>(at(usage), 48);
  return own !== 0 || !isBound(usage) ? own : TICKET_CURSOR_RESUMES;
}

export function advanceLimit(usage: u32): u32 {
  const own = load<u32>(at(usage), 52);
  return own !== 0 || !isBound(usage) ? own : TICKET_CURSOR_ADVANCES;
}

export function bytesUsed(usage: u32): u64 {
  return load<u64>(at(usage), 16);
}

export function addBytes(usage: u32, bytes: u32): void {
  store<u64>(at(usage), bytesUsed(usage) + bytes, 16);
}

export function resumes(usage: u32): u32 {
  return load<u32>(at(usage), 24);
}

export function advances(usage: u32): u32 {
  return load<u32>(at(usage), 28);
}

function cursorOf(usage: u32, place: u64): usize {
  const cursors = at(usage) + CURSORS;
  for (let i: u32 = 0; i < TICKET_CURSORS; i++) {
    if (load<u64>(cursors + 16 * i) === place) return cursors + 16 * i;
  }
  return 0;
}

/** Where the last read of a telemetry file ended; 0 when it is not remembered. */
export function cursor(usage: u32, place: u64): u64 {
  const found = cursorOf(usage, place);
  return found === 0 ? 0 : load<u64>(found, 8);
}

/** Counts a read of a telemetry file that ended at `end`. */
export function advance(usage: u32, place: u64, end: u64, isResume: bool): void {
  const u = at(usage);
  store<u32>(u, advances(usage) + 1, 28);
  if (isResume) store<u32>(u, resumes(usage) + 1, 24);
  let found = cursorOf(usage, place);
  if (found === 0) {
    const next = load<u32>(u, 32);
    store<u32>(u, (next + 1) % TICKET_CURSORS, 32);
    found = u + CURSORS + 16 * next;
    store<u64>(found, place);
  }
  store<u64>(found, end, 8);
}

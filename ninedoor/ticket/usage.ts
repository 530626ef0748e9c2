// What each ticket has used of its scopes and quotas, over all its sessions.
//
//   usage   +0 used u8 · +4 sessions u32 · +8 last use ms u64 · +16 bytes used u64 · +24 resumes u32 · +28 advances u32
//           +32 next cursor u32 · +40 claims · windows: MAX_SCOPES × (+0 start ms u64 · +8 count u32)
//           cursors: TICKET_CURSORS × (+0 place u64 · +8 end u64)
//
// A ticket is known by its MAC. When the table is full, the one that no session uses and that was used longest ago is
// forgotten.
import { TICKET_BANDWIDTH_BYTES, TICKET_CURSOR_ADVANCES, TICKET_CURSOR_RESUMES, TICKET_CURSORS } from '../limits';
import { TICKET_USAGES } from '../limits';
import { nowMs } from '../machine';
import * as claims from './claims';

const CLAIMS: u32 = 40;
const WINDOWS: u32 = (CLAIMS + claims.CLAIMS_BYTES + 7) & ~7;
const CURSORS: u32 = WINDOWS + claims.MAX_SCOPES * 16;
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
    if (memory.compare(at(usage) + CLAIMS + claims.MAC, record + claims.MAC, 32) === 0) return usage;
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

/** A session begins to use the ticket; there are more usages than sessions, so there is always one. */
export function acquire(record: usize): u32 {
  let usage = findKnown(record);
  if (usage === 0) {
    usage = findFree();
    memory.fill(at(usage), 0, USAGE_BYTES);
    store<u8>(at(usage), 1);
    memory.copy(at(usage) + CLAIMS, record, claims.CLAIMS_BYTES);
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
  return load<u8>(at(usage) + CLAIMS, 2);
}

export function scope(usage: u32, index: u32): usize {
  return at(usage) + CLAIMS + claims.SCOPES + index * claims.SCOPE_BYTES;
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

/** A quota: the ticket's, or the manifest's where the ticket has none; 0: unlimited. */
export function bandwidthLimit(usage: u32): u64 {
  const own = load<u64>(at(usage) + CLAIMS, 40);
  return own !== 0 ? own : TICKET_BANDWIDTH_BYTES;
}

export function resumeLimit(usage: u32): u32 {
  const own = load<u32>(at(usage) + CLAIMS, 48);
  return own !== 0 ? own : TICKET_CURSOR_RESUMES;
}

export function advanceLimit(usage: u32): u32 {
  const own = load<u32>(at(usage) + CLAIMS, 52);
  return own !== 0 ? own : TICKET_CURSOR_ADVANCES;
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

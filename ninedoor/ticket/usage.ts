// SPDX-License-Identifier: Apache-2.0
// What each ticket has used of its scopes and quotas, over all its sessions.
//
//   Usage    isTaken bool · role u8 · sessions u32 · lastUse_ms u64 · bytesUsed u64 · resumes, advances u32 · nextCursor u32
//            scopeCount u32 · bandwidth_bytes u64 · cursorResumes, cursorAdvances u32
//            mac[MAC_BYTES] · scopes: MAX_SCOPES × Scope (ticket/claims.ts) · windows: MAX_SCOPES × Window
//            cursors: TICKET_CURSORS × Cursor
//   Window   start_ms u64 · count u32      accesses to a scope with a rate
//   Cursor   place u64 · end u64           where the last read of a telemetry file ended
//
// Of the claims it keeps what is asked for at each access, and no more than the manifest's limits let through.
// A ticket is known by its MAC. When the table is full, the one that no session uses and that was used longest ago is
// forgotten.
import { TICKET_BANDWIDTH_BYTES, TICKET_CURSOR_ADVANCES, TICKET_CURSOR_RESUMES, TICKET_CURSORS } from '../limits';
import { TICKET_SCOPE_PATH_BYTES, TICKET_SCOPES, TICKET_USAGES } from '../limits';
import { nowMs } from '../platform';
import { QUEEN } from '../../lib/protocol/roles';
import * as claims from './claims';
import { Claims, MAC_BYTES, Scope } from './claims';

const MAX_SCOPES: u32 = TICKET_SCOPES === 0 ? claims.MAX_SCOPES : TICKET_SCOPES;
const PATH_BYTES: u32 = TICKET_SCOPE_PATH_BYTES === 0 ? 255 : TICKET_SCOPE_PATH_BYTES;
const WINDOW_MS: u64 = 1000;


@unmanaged
class Window {
  start_ms: u64;
  count: u32;
  private padding: u32;
}


@unmanaged
class Cursor {
  place: u64;
  end: u64;
}

const NO_CURSOR = changetype<Cursor>(0);


@unmanaged
export class Usage {
  isTaken: bool;
  role: u8;
  sessions: u32;
  lastUse_ms: u64;
  bytesUsed: u64;
  resumes: u32;
  advances: u32;
  nextCursor: u32;
  scopeCount: u32;
  bandwidth_bytes: u64;
  cursorResumes: u32;
  cursorAdvances: u32;

  get mac(): usize {
    return changetype<usize>(this) + offsetof<Usage>();
  }

  scope(index: u32): Scope {
    return changetype<Scope>(changetype<usize>(this) + SCOPES + index * SCOPE_BYTES);
  }

  private window(index: u32): Window {
    return changetype<Window>(changetype<usize>(this) + WINDOWS + index * offsetof<Window>());
  }

  private cursorAt(index: u32): Cursor {
    return changetype<Cursor>(changetype<usize>(this) + CURSORS + index * offsetof<Cursor>());
  }

  private cursorOf(place: u64): Cursor {
    for (let i: u32 = 0; i < TICKET_CURSORS; i++) {
      if (this.cursorAt(i).place === place) return this.cursorAt(i);
    }
    return NO_CURSOR;
  }

  /** Keeps what matters of checked claims. */
  keep(record: Claims): void {
    this.isTaken = true;
    this.role = record.role;
    this.scopeCount = record.scopeCount;
    this.bandwidth_bytes = record.bandwidth_bytes;
    this.cursorResumes = record.cursorResumes;
    this.cursorAdvances = record.cursorAdvances;
    memory.copy(this.mac, record.mac, MAC_BYTES);
    for (let i: u32 = 0; i < this.scopeCount; i++) {
      const scope = record.scope(i);
      memory.copy(changetype<usize>(this.scope(i)), changetype<usize>(scope), offsetof<Scope>() + scope.pathBytes);
    }
  }

  /** The manifest's maxima are quotas of tickets that name none, except a queen's. */
  private get isBound(): bool {
    return this.role !== <u8>QUEEN;
  }

  // A quota: the ticket's, or the manifest's where the ticket has none; 0: unlimited.

  get bandwidthLimit(): u64 {
    return this.bandwidth_bytes !== 0 || !this.isBound ? this.bandwidth_bytes : TICKET_BANDWIDTH_BYTES;
  }

  get resumeLimit(): u32 {
    return this.cursorResumes !== 0 || !this.isBound ? this.cursorResumes : TICKET_CURSOR_RESUMES;
  }

  get advanceLimit(): u32 {
    return this.cursorAdvances !== 0 || !this.isBound ? this.cursorAdvances : TICKET_CURSOR_ADVANCES;
  }

  /** Counts one access in the window of a scope; false: its rate is used up. */
  takeRate(index: u32): bool {
    const window = this.window(index);
    const now_ms = nowMs();
    if (window.count === 0 || now_ms - window.start_ms >= WINDOW_MS) {
      window.start_ms = now_ms;
      window.count = 0;
    }
    if (window.count >= this.scope(index).rate_per_s) return false;
    window.count++;
    return true;
  }

  /** Where the last read of a telemetry file ended; 0 when it is not remembered. */
  cursor(place: u64): u64 {
    const found = this.cursorOf(place);
    return found === NO_CURSOR ? 0 : found.end;
  }

  /** Counts a read of a telemetry file that ended at `end`. */
  advance(place: u64, end: u64, isResume: bool): void {
    this.advances++;
    if (isResume) this.resumes++;
    let found = this.cursorOf(place);
    if (found === NO_CURSOR) {
      found = this.cursorAt(this.nextCursor);
      this.nextCursor = (this.nextCursor + 1) % TICKET_CURSORS;
      found.place = place;
    }
    found.end = end;
  }
}

export const NO_USAGE = changetype<Usage>(0);

const SCOPE_BYTES: u32 = (offsetof<Scope>() + PATH_BYTES + 7) & ~7;
const SCOPES: u32 = (offsetof<Usage>() + MAC_BYTES + 7) & ~7;
const WINDOWS: u32 = SCOPES + MAX_SCOPES * SCOPE_BYTES;
const CURSORS: u32 = WINDOWS + MAX_SCOPES * offsetof<Window>();
const USAGE_BYTES: u32 = CURSORS + TICKET_CURSORS * offsetof<Cursor>();
const table = memory.data(TICKET_USAGES * USAGE_BYTES, 8);

function at(index: u32): Usage {
  return changetype<Usage>(table + index * USAGE_BYTES);
}

function findKnown(record: Claims): Usage {
  for (let i: u32 = 0; i < TICKET_USAGES; i++) {
    const usage = at(i);
    if (usage.isTaken && memory.compare(usage.mac, record.mac, MAC_BYTES) === 0) return usage;
  }
  return NO_USAGE;
}

/** Sessions that use the ticket now. */
export function sessionsOf(record: Claims): u32 {
  const usage = findKnown(record);
  return usage === NO_USAGE ? 0 : usage.sessions;
}

function findFree(): Usage {
  let oldest = NO_USAGE;
  for (let i: u32 = 0; i < TICKET_USAGES; i++) {
    const usage = at(i);
    if (!usage.isTaken) return usage;
    if (usage.sessions !== 0) continue;
    if (oldest === NO_USAGE || usage.lastUse_ms < oldest.lastUse_ms) oldest = usage;
  }
  return oldest;
}

/** A session begins to use the ticket; there are more usages than sessions, so there is always one. */
export function acquire(record: Claims): Usage {
  let usage = findKnown(record);
  if (usage === NO_USAGE) {
    usage = findFree();
    memory.fill(changetype<usize>(usage), 0, USAGE_BYTES);
    usage.keep(record);
  }
  usage.sessions++;
  usage.lastUse_ms = nowMs();
  return usage;
}

/** A session ends. */
export function release(usage: Usage): void {
  if (usage !== NO_USAGE) usage.sessions--;
}

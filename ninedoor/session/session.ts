// SPDX-License-Identifier: Apache-2.0
// A session: one client's conversation with its dialect, role, budget, fids and binds. The table of sessions is
// session/sessions.ts.
//
//   Session   id u32 · transport u32 · phase u32 · since_ms u64 · dialect u32 · msize u32 · negotiated, hasTicket bool
//             role, worker, adapter, reason u32 · opsLeft, ticksLeft, expires_ms u64 · ticketDigest u32 · usage: Usage u32
//             fidCount, freeFid, fidHighWater u32 · retiredCount u32 · bindCount u32 · identityBytes u32
//             identity[IDENTITY_BYTES] · fid index · fid records · retired ranges · binds
//
//   id: sessions are known by it outside; 0 in a record that was never used · since_ms: when the phase began
//   negotiated: Tversion has come · worker: number of the worker that the session speaks for, or 0
//   adapter: the adapter that it speaks for, counted from 1, or 0 · reason: why it was revoked (session/budget.ts)
//   opsLeft, ticksLeft, expires_ms: what is left of the ticket's budget; all ones: no end
//   ticketDigest: first bytes of a hash of the ticket, which name it in logs · usage: what the ticket has used, or NO_USAGE
//   freeFid: first record of the list of free fids, + 1 · fidHighWater: records that were ever used (session/fids.ts)
import { ended } from '../hooks';
import { FIDS_PER_SESSION, IDENTITY_BYTES, MAX_BINDS, MAX_MSIZE, RETIRED_RANGES } from '../limits';
import { nowMs } from '../platform';
import { Writer } from '../../lib/text/writer';
import { DIALECT_COMPACT } from '../../lib/wire/types';
import { Usage } from '../ticket/usage';
import { BIND_BYTES } from './bind';
import { Fid } from './fid';
import * as roles from '../../lib/protocol/roles';

// Phases. A record belongs to one session until that is FREE again.
export const FREE: u32 = 0;
/** Before the first attach. */
export const SETUP: u32 = 1;
export const ACTIVE: u32 = 2;
/** The budget, the ticket or the worker has ended; the session answers nothing but that. */
export const REVOKED: u32 = 3;

/** A range of retired fids (session/retired.ts). */
@unmanaged
export class Range {
  first: u32;
  last: u32;
}


@unmanaged
export class Session {
  id: u32;
  transport: u32;
  phase: u32;
  since_ms: u64;
  dialect: u32;
  msize: u32;
  negotiated: bool;
  hasTicket: bool;
  role: u32;
  worker: u32;
  adapter: u32;
  reason: u32;
  opsLeft: u64;
  ticksLeft: u64;
  expires_ms: u64;
  ticketDigest: u32;
  usage: Usage;
  fidCount: u32;
  freeFid: u32;
  fidHighWater: u32;
  retiredCount: u32;
  bindCount: u32;
  identityBytes: u32;

  get identity(): usize {
    return changetype<usize>(this) + offsetof<Session>();
  }

  get fidIndex(): usize {
    return changetype<usize>(this) + FID_INDEX;
  }

  get fids(): usize {
    return changetype<usize>(this) + FIDS;
  }

  get retired(): usize {
    return changetype<usize>(this) + RETIRED;
  }

  get binds(): usize {
    return changetype<usize>(this) + BINDS;
  }

  get isQueen(): bool {
    return this.role === roles.QUEEN;
  }

  enterPhase(phase: u32): void {
    this.phase = phase;
    this.since_ms = nowMs();
  }

  /** Ends the session's work, but not its record: the client is told why at each request. */
  revoke(reason: u32): void {
    this.enterPhase(REVOKED);
    this.reason = reason;
    for (let i: u32 = 0; i < ended.count; i++) call_indirect<void>(ended.at(i), this.since_ms, this);
  }

  /** The state before Tversion: no role, no fids, no binds. */
  reset(): void {
    const id = this.id;
    const transport = this.transport;
    memory.fill(changetype<usize>(this), 0, FIDS);
    this.id = id;
    this.transport = transport;
    this.enterPhase(SETUP);
    this.dialect = DIALECT_COMPACT;
    this.msize = MAX_MSIZE;
    this.setBudget(u64.MAX_VALUE, u64.MAX_VALUE, u64.MAX_VALUE);
  }

  /** What Tversion settled. */
  negotiate(dialect: u32, msize: u32): void {
    this.dialect = dialect;
    this.msize = msize;
    this.negotiated = true;
  }

  setRole(role: u32, identity: usize, bytes: u32): void {
    this.role = role;
    this.identityBytes = min(bytes, IDENTITY_BYTES);
    memory.copy(this.identity, identity, this.identityBytes);
  }

  setBudget(ops: u64, ticks: u64, expires_ms: u64): void {
    this.opsLeft = ops;
    this.ticksLeft = ticks;
    this.expires_ms = expires_ms;
  }

  setTicket(digest: u32, usage: Usage): void {
    this.hasTicket = true;
    this.ticketDigest = digest;
    this.usage = usage;
  }

  /** `<role>` or `<role>:<identity>`. */
  writeOwner(w: Writer): void {
    w.text(roles.label(this.role));
    if (this.identityBytes === 0) return;
    w.byte(0x3a);
    w.bytes(this.identity, this.identityBytes);
  }

  /** The ticket as logs name it: eight hexadecimal digits of a hash, or `none`. */
  writeTicket(w: Writer): void {
    if (this.hasTicket) w.hex(this.ticketDigest, 8);
    else w.text('none');
  }
}

export const NO_SESSION = changetype<Session>(0);

export const FID_INDEX_BYTES: u32 = 4 * FIDS_PER_SESSION;
const FID_INDEX: u32 = (offsetof<Session>() + IDENTITY_BYTES + 7) & ~7;
const FIDS: u32 = FID_INDEX + FID_INDEX_BYTES;
const RETIRED: u32 = FIDS + FIDS_PER_SESSION * offsetof<Fid>();
const BINDS: u32 = RETIRED + offsetof<Range>() * RETIRED_RANGES;
export const SESSION_BYTES: u32 = (BINDS + MAX_BINDS * BIND_BYTES + 7) & ~7;

// SPDX-License-Identifier: Apache-2.0
// Budgets of a session: operations, ticks and time, of its ticket and of its worker. What is used up revokes the session,
// and with it the worker.
import { nowMs } from '../platform';
import * as errors from '../wire/errors';
import * as workers from '../providers/workers/table';
import * as root from '../providers/root';
import * as lifetime from '../providers/workers/lifetime';
import * as session from './session';

export const TTL_EXPIRED: u32 = 1;
export const OPS_EXHAUSTED: u32 = 2;
export const TICKS_EXHAUSTED: u32 = 3;
export const KILLED: u32 = 4;
export const FAULTED: u32 = 5;

export function reasonText(reason: u32): string {
  switch (reason) {
    case TTL_EXPIRED:
      return 'ticket ttl expired';
    case OPS_EXHAUSTED:
      return 'operation budget exhausted';
    case TICKS_EXHAUSTED:
      return 'tick budget exhausted';
    case KILLED:
      return 'killed by queen';
    default:
      return 'worker stopped';
  }
}

/** The refusal of a revoked session. */
export function refuse(s: usize): u32 {
  return errors.fail(errors.REVOKED, reasonText(session.reason(s)));
}

/** Revokes the session, and the worker that it speaks for. */
function exhaust(s: usize, reason: u32): u32 {
  if (session.worker(s) !== 0) lifetime.revoke(session.worker(s), reason);
  if (session.isQueen(s)) root.queenRevoked();
  session.setPhase(s, session.REVOKED);
  session.setReason(s, reason);
  return refuse(s);
}

/** NONE while the session lives. */
export function checkTime(s: usize): u32 {
  if (nowMs() < session.expiresMs(s)) return errors.NONE;
  return exhaust(s, TTL_EXPIRED);
}

/** Takes one operation from the session's and its worker's budget. */
export function takeOp(s: usize): u32 {
  const left = session.ops(s);
  if (left === 0) return exhaust(s, OPS_EXHAUSTED);
  if (left !== u64.MAX_VALUE) store<u64>(s, left - 1, 104);
  if (session.worker(s) === 0 || workers.takeOp(session.worker(s))) return errors.NONE;
  return exhaust(s, OPS_EXHAUSTED);
}

/** Whether a tick is left; takes it. */
export function takeTick(s: usize): u32 {
  const left = session.ticks(s);
  if (left === 0) return exhaust(s, TICKS_EXHAUSTED);
  if (left !== u64.MAX_VALUE) store<u64>(s, left - 1, 112);
  if (session.worker(s) === 0 || workers.takeTick(session.worker(s))) return errors.NONE;
  return exhaust(s, TICKS_EXHAUSTED);
}

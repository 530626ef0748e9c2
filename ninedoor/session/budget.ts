// SPDX-License-Identifier: Apache-2.0
// Budgets of a session: operations, ticks and time, of its ticket and of its worker. What is used up revokes the session,
// and with it the worker.
import { OPS_EXHAUSTED, TICKS_EXHAUSTED, TTL_EXPIRED, reasonText } from '../../lib/protocol/endings';
import { nowMs } from '../platform';
import { revoked } from '../hooks';
import * as errors from '../wire/errors';
import { Session } from './session';

export { FAULTED, KILLED, OPS_EXHAUSTED, TICKS_EXHAUSTED, TTL_EXPIRED, reasonText } from '../../lib/protocol/endings';

/** (worker) → whether its budget had one left, which is taken; 0: workers have no budgets of their own. */
let takeWorkerOp: u32 = 0;
let takeWorkerTick: u32 = 0;

/** Says who keeps the budgets of workers. */
export function keepWith(takeOpOf: u32, takeTickOf: u32): void {
  takeWorkerOp = takeOpOf;
  takeWorkerTick = takeTickOf;
}

function takeOfWorker(s: Session, take: u32): bool {
  return s.worker === 0 || take === 0 || call_indirect<bool>(take, s.worker);
}

/** The refusal of a revoked session. */
export function refuse(s: Session): u32 {
  return errors.fail(errors.REVOKED, reasonText(s.reason));
}

/** Revokes the session, and, by who observes it, the worker that it speaks for. */
function exhaust(s: Session, reason: u32): u32 {
  for (let i: u32 = 0; i < revoked.count; i++) call_indirect<void>(revoked.at(i), s, reason);
  s.revoke(reason);
  return refuse(s);
}

/** NONE while the session lives. */
export function checkTime(s: Session): u32 {
  if (nowMs() < s.expires_ms) return errors.NONE;
  return exhaust(s, TTL_EXPIRED);
}

/** Takes one operation from the session's and its worker's budget. */
export function takeOp(s: Session): u32 {
  const left = s.opsLeft;
  if (left === 0) return exhaust(s, OPS_EXHAUSTED);
  if (left !== u64.MAX_VALUE) s.opsLeft = left - 1;
  if (takeOfWorker(s, takeWorkerOp)) return errors.NONE;
  return exhaust(s, OPS_EXHAUSTED);
}

/** Whether a tick is left; takes it. */
export function takeTick(s: Session): u32 {
  const left = s.ticksLeft;
  if (left === 0) return exhaust(s, TICKS_EXHAUSTED);
  if (left !== u64.MAX_VALUE) s.ticksLeft = left - 1;
  if (takeOfWorker(s, takeWorkerTick)) return errors.NONE;
  return exhaust(s, TICKS_EXHAUSTED);
}

// SPDX-License-Identifier: Apache-2.0
// What every handler asks first: is the session attached and alive, does the fid exist.
import * as full from '../full';
import * as budget from '../session/budget';
import { Fid, NO_FID } from '../session/fid';
import * as fids from '../session/fids';
import * as retired from '../session/retired';
import { ACTIVE, REVOKED, Session } from '../session/session';
import * as errors from '../wire/errors';
import { DIALECT_COMPACT, NO_FID as NOFID } from '../../lib/wire/types';

/** The fid that `useFid` found. */
export let fid: Fid = NO_FID;

/** NONE when the session may work. */
export function attached(s: Session): u32 {
  if (s.phase === REVOKED) return budget.refuse(s);
  if (s.phase !== ACTIVE) {
    return errors.fail(errors.INVALID, 'attach required before operation');
  }
  return budget.checkTime(s);
}

/** attached, and one operation taken from the budget. */
export function operation(s: Session): u32 {
  const refusal = attached(s);
  return refusal !== errors.NONE ? refusal : budget.takeOp(s);
}

/** Looks the fid up; sets `fid`. */
export function useFid(s: Session, number: u32): u32 {
  fid = fids.find(s, number);
  if (fid !== NO_FID) return errors.NONE;
  return errors.failNumber(errors.UNKNOWN_FID, 'fid ', number, ' not found');
}

/** NONE when the number can become a new fid. */
export function canAdd(s: Session, number: u32): u32 {
  // attach(5): this number stands for no fid.
  if (number === NOFID && s.dialect !== DIALECT_COMPACT) return errors.fail(errors.INVALID, 'NOFID cannot be a fid');
  if (fids.find(s, number) !== NO_FID) return errors.failNumber(errors.BUSY, 'fid ', number, ' already in use');
  if (s.dialect !== DIALECT_COMPACT || !retired.has(s, number)) return errors.NONE;
  return errors.failNumber(errors.INVALID, 'fid ', number, ' was clunked');
}

/** A new fid; the caller has asked canAdd. Sets `fid`. */
export function addFid(s: Session, number: u32): u32 {
  fid = fids.add(s, number);
  if (fid !== NO_FID) return errors.NONE;
  full.count(full.FIDS);
  return errors.fail(errors.BUSY, 'fid table full');
}

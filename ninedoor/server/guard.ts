// SPDX-License-Identifier: Apache-2.0
// What every handler asks first: is the request well-formed, the session attached and alive, does the fid exist and may it
// be used so. Who asks for a fid gets it, or NO_FID: then the request says why not (`refusal`).
import * as full from '../full';
import * as budget from '../session/budget';
import { Fid, NO_FID, OPEN, READ } from '../session/fid';
import * as fids from '../session/fids';
import * as retired from '../session/retired';
import { ACTIVE, REVOKED, Session } from '../session/session';
import * as errors from '../wire/errors';
import { Request } from '../wire/request';
import { DIALECT_COMPACT, NOFID } from '../../lib/wire/types';

/** NONE when the session may work. */
export function attached(s: Session): u32 {
  if (s.phase === REVOKED) return budget.refuse(s);
  if (s.phase !== ACTIVE) return errors.fail(errors.INVALID, 'attach required before operation');
  return budget.checkTime(s);
}

function refuse(r: Request, refusal: u32): Fid {
  r.refusal = refusal;
  return NO_FID;
}

function find(r: Request, number: u32): Fid {
  const f = fids.find(r.session, number);
  if (f !== NO_FID) return f;
  return refuse(r, errors.failNumber(errors.UNKNOWN_FID, 'fid ', number, ' not found'));
}

/** The fid that a request only asks about. All fields have been read. */
export function known(r: Request, number: u32): Fid {
  let refusal = r.check();
  if (refusal === errors.NONE) refusal = attached(r.session);
  return refusal === errors.NONE ? find(r, number) : refuse(r, refusal);
}

/** The fid that a request works on: that takes one operation from the session's budget. All fields have been read. */
export function used(r: Request, number: u32): Fid {
  let refusal = r.check();
  if (refusal === errors.NONE) refusal = attached(r.session);
  if (refusal === errors.NONE) refusal = budget.takeOp(r.session);
  return refusal === errors.NONE ? find(r, number) : refuse(r, refusal);
}

/** The same of a fid that must be open for `right`, READ or WRITE. */
export function opened(r: Request, number: u32, right: u32): Fid {
  const f = used(r, number);
  if (f === NO_FID) return f;
  const mode = f.mode;
  if ((mode & OPEN) === 0) {
    return refuse(r, errors.fail2(errors.INVALID, 'fid must be opened before ', right === READ ? 'read' : 'write'));
  }
  if ((mode & right) === 0) {
    const missing = right === READ ? 'read permission' : 'write permission';
    return refuse(r, errors.fail2(errors.PERMISSION, 'fid opened without ', missing));
  }
  return f;
}

/** NONE when the number can become a new fid. */
export function canAdd(s: Session, number: u32): u32 {
  // attach(5): this number stands for no fid.
  if (number === NOFID && s.dialect !== DIALECT_COMPACT) return errors.fail(errors.INVALID, 'NOFID cannot be a fid');
  if (fids.find(s, number) !== NO_FID) return errors.failNumber(errors.BUSY, 'fid ', number, ' already in use');
  // Clients of the older codec never use a number twice: one that comes again is a mistake of theirs.
  if (s.dialect !== DIALECT_COMPACT || !retired.has(s, number)) return errors.NONE;
  return errors.failNumber(errors.INVALID, 'fid ', number, ' was clunked');
}

/** A new fid; the caller has asked canAdd. */
export function add(r: Request, number: u32): Fid {
  const f = fids.add(r.session, number);
  if (f !== NO_FID) return f;
  full.count(full.FIDS);
  return refuse(r, errors.fail(errors.BUSY, 'fid table full'));
}

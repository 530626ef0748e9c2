// SPDX-License-Identifier: Apache-2.0
// Tclunk, Tremove and Tflush.
import { NO_FID } from '../session/fid';
import * as fids from '../session/fids';
import * as retired from '../session/retired';
import { Session } from '../session/session';
import * as errors from '../wire/errors';
import * as reply from '../wire/reply';
import * as request from '../wire/request';
import { DIALECT_COMPACT, T_CLUNK, T_FLUSH } from '../../lib/wire/types';
import * as guard from './guard';

function clunk(s: Session, number: u32): u32 {
  let refusal = request.check();
  if (refusal === errors.NONE) refusal = guard.attached(s);
  if (refusal !== errors.NONE) return refusal;
  if (fids.find(s, number) === NO_FID) {
    return errors.failNumber(errors.CLOSED, 'fid ', number, ' already closed');
  }
  fids.remove(s, number);
  if (s.dialect === DIALECT_COMPACT) retired.add(s, number);
  return errors.NONE;
}

export function handle(s: Session, tag: u32): u32 {
  const refusal = clunk(s, request.word());
  if (refusal === errors.NONE) reply.begin(T_CLUNK + 1, tag);
  return refusal;
}

/** Nothing is ever removed, but the fid goes, as the protocol demands. */
export function handleRemove(s: Session): u32 {
  const refusal = clunk(s, request.word());
  return refusal !== errors.NONE ? refusal : errors.fail(errors.NOT_ALLOWED, 'remove is disabled');
}

/** Requests are answered in order and at once, so there is never one left to flush. */
export function handleFlush(tag: u32): u32 {
  request.half();
  const refusal = request.check();
  if (refusal === errors.NONE) reply.begin(T_FLUSH + 1, tag);
  return refusal;
}

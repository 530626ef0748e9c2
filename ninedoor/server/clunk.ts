// SPDX-License-Identifier: Apache-2.0
// Tclunk: a fid is given up.
import { NO_FID } from '../session/fid';
import * as fids from '../session/fids';
import * as retired from '../session/retired';
import * as errors from '../wire/errors';
import { Reply } from '../wire/reply';
import { Request } from '../wire/request';
import { DIALECT_COMPACT } from '../../lib/wire/types';
import * as guard from './guard';

/** Gives up the fid that the request names. */
export function clunk(r: Request): u32 {
  const s = r.session;
  const number = r.word();
  let refusal = r.check();
  if (refusal === errors.NONE) refusal = guard.attached(s);
  if (refusal !== errors.NONE) return refusal;
  // Not as for other messages: who clunks twice is told that it was once enough.
  if (fids.find(s, number) === NO_FID) {
    return errors.failNumber(errors.CLOSED, 'fid ', number, ' already closed');
  }
  fids.remove(s, number);
  if (s.dialect === DIALECT_COMPACT) retired.add(s, number);
  return errors.NONE;
}

export function handle(r: Request, out: Reply): u32 {
  const refusal = clunk(r);
  if (refusal === errors.NONE) out.answer(r);
  return refusal;
}

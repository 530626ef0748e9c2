// SPDX-License-Identifier: Apache-2.0
// Tfsync: nothing is buffered; what was acknowledged is done.
import { NO_FID } from '../session/fid';
import * as errors from '../wire/errors';
import { Reply } from '../wire/reply';
import { Request } from '../wire/request';
import * as guard from './guard';

export function handle(r: Request, out: Reply): u32 {
  // A flag (data only) may follow, which makes no difference: old clients leave it out.
  if (guard.known(r, r.word()) === NO_FID) return r.refusal;
  out.answer(r);
  return errors.NONE;
}

// SPDX-License-Identifier: Apache-2.0
// Tflush: requests are answered in order and at once, so there is never one left to flush. Any session may ask.
import * as errors from '../wire/errors';
import { Reply } from '../wire/reply';
import { Request } from '../wire/request';

export function handle(r: Request, out: Reply): u32 {
  r.half(); // the tag that need not be answered any more
  const refusal = r.check();
  if (refusal === errors.NONE) out.answer(r);
  return refusal;
}

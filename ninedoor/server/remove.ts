// SPDX-License-Identifier: Apache-2.0
// Tremove: nothing is ever removed, but the fid goes, as the protocol demands of a remove that fails, too.
import * as errors from '../wire/errors';
import { Request } from '../wire/request';
import { clunk } from './clunk';

export function handle(r: Request): u32 {
  const refusal = clunk(r);
  return refusal !== errors.NONE ? refusal : errors.fail(errors.NOT_ALLOWED, 'remove is disabled');
}

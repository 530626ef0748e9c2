// SPDX-License-Identifier: Apache-2.0
// Topen: the way in which a fid will be used.
import { APPEND, NO_FID, WRITE } from '../session/fid';
import * as errors from '../wire/errors';
import { Reply } from '../wire/reply';
import { Request } from '../wire/request';
import { DIALECT_CLASSIC } from '../../lib/wire/types';
import * as guard from './guard';
import * as opening from './opening';

// Mode bits. Truncating an append-only file changes nothing, so the bit is let through.
const ACCESS_BITS: u32 = 3;
const TRUNCATE: u32 = 0x10;
const REMOVE_ON_CLOSE: u32 = 0x40;
const APPENDS: u32 = 0x80;
const KNOWN_BITS: u32 = ACCESS_BITS | TRUNCATE | REMOVE_ON_CLOSE | APPENDS;

export function handle(r: Request, out: Reply): u32 {
  const number = r.word();
  const mode = r.byte();
  const malformed = r.check();
  if (malformed !== errors.NONE) return malformed;
  const removesOnClose = (mode & REMOVE_ON_CLOSE) !== 0;
  if ((mode & ~KNOWN_BITS) !== 0 || (removesOnClose && r.session.dialect !== DIALECT_CLASSIC)) {
    return errors.failNumber(errors.MALFORMED, 'invalid open mode ', mode, '');
  }
  const f = guard.used(r, number);
  if (f === NO_FID) return r.refusal;
  if (removesOnClose) return errors.fail(errors.NOT_ALLOWED, 'remove is disabled');
  const uses = opening.usesOf(mode);
  return opening.open(r, out, f, (mode & APPENDS) !== 0 ? uses | WRITE | APPEND : uses);
}

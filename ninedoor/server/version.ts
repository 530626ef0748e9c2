// SPDX-License-Identifier: Apache-2.0
// Tversion: protocol, dialect and msize. It starts the session anew.
//
// The tag tells the older codec from standard clients, which must use NOTAG here (docs/secure9p.md).
import { MAX_MSIZE, MIN_MSIZE } from '../limits';
import * as fids from '../session/fids';
import * as sessions from '../session/sessions';
import { equals, startsWith } from '../../lib/text/slice';
import * as errors from '../wire/errors';
import { Reply } from '../wire/reply';
import { Request } from '../wire/request';
import { DIALECT_CLASSIC, DIALECT_COMPACT, DIALECT_LINUX, NO_TAG } from '../../lib/wire/types';

/** No protocol in common. */
const DIALECT_NONE: u32 = 255;

function dialectOf(tag: u32, version: usize, bytes: u32): u32 {
  if (equals(version, bytes, '9P2000.L')) return tag === NO_TAG ? DIALECT_LINUX : DIALECT_COMPACT;
  // version(5): what follows a further dot is an extension, and the answer is the part that the server knows.
  if (tag === NO_TAG && startsWith(version, bytes, '9P2000.L.')) return DIALECT_LINUX;
  // A client that speaks an extension of 9P2000 that is not ours is offered 9P2000 itself.
  if (equals(version, bytes, '9P2000')) return DIALECT_CLASSIC;
  return tag === NO_TAG && startsWith(version, bytes, '9P2000.') ? DIALECT_CLASSIC : DIALECT_NONE;
}

export function handle(r: Request, out: Reply): u32 {
  const wanted = r.word();
  r.text();
  const malformed = r.check();
  if (malformed !== errors.NONE) return malformed;
  if (wanted < MIN_MSIZE) {
    return errors.failNumbers(errors.INVALID, 'msize ', wanted, ' is below ', MIN_MSIZE);
  }
  const dialect = dialectOf(r.tag, r.textStart, r.textBytes);
  // A standard client hears `unknown` and may try another version; the older codec expects a refusal.
  if (dialect === DIALECT_NONE && r.tag !== NO_TAG) {
    return errors.failSlice(errors.INVALID, 'unsupported version ', r.textStart, r.textBytes, '');
  }
  const msize = min(wanted, MAX_MSIZE);
  fids.clear(r.session);
  sessions.restart(r.session);
  if (dialect !== DIALECT_NONE) r.session.negotiate(dialect, msize);
  out.answer(r);
  out.word(msize);
  if (dialect === DIALECT_NONE) out.literal('unknown');
  else out.literal(dialect === DIALECT_CLASSIC ? '9P2000' : '9P2000.L');
  return errors.NONE;
}

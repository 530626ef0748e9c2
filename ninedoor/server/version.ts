// SPDX-License-Identifier: Apache-2.0
// Tversion: protocol, dialect and msize. It starts the session anew.
//
// The tag tells the older codec from standard clients, which must use NOTAG here (docs/secure9p.md).
import { MAX_MSIZE, MIN_MSIZE } from '../limits';
import * as fids from '../session/fids';
import { Session } from '../session/session';
import * as sessions from '../session/sessions';
import { equals, startsWith } from '../../lib/text/slice';
import * as errors from '../wire/errors';
import * as reply from '../wire/reply';
import * as request from '../wire/request';
import { DIALECT_CLASSIC, DIALECT_COMPACT, DIALECT_LINUX, NO_TAG, T_VERSION } from '../../lib/wire/types';

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

export function handle(s: Session, tag: u32): u32 {
  const wanted = request.word();
  request.text();
  const version = request.textStart;
  const bytes = request.textBytes;
  const malformed = request.check();
  if (malformed !== errors.NONE) return malformed;
  if (wanted < MIN_MSIZE) {
    return errors.failNumbers(errors.INVALID, 'msize ', wanted, ' is below ', MIN_MSIZE);
  }
  const dialect = dialectOf(tag, version, bytes);
  if (dialect === DIALECT_NONE && tag !== NO_TAG) {
    return errors.failSlice(errors.INVALID, 'unsupported version ', version, bytes, '');
  }
  const msize = wanted < MAX_MSIZE ? wanted : MAX_MSIZE;
  fids.clear(s);
  sessions.restart(s);
  if (dialect !== DIALECT_NONE) {
    s.negotiate(dialect, msize);
  }
  reply.begin(T_VERSION + 1, tag);
  reply.word(msize);
  if (dialect === DIALECT_NONE) reply.literal('unknown');
  else reply.literal(dialect === DIALECT_CLASSIC ? '9P2000' : '9P2000.L');
  return errors.NONE;
}

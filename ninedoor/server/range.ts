// SPDX-License-Identifier: Apache-2.0
// What Tlock and Tgetlock have in common: the lock that they are about.
import * as sip from '../../lib/hash/siphash';
import { NAME_BYTES } from '../limits';
import { Lock } from '../namespace/locks';
import { NO_FID } from '../session/fid';
import * as errors from '../wire/errors';
import { Request } from '../wire/request';
import * as guard from './guard';

// Types of locks.
export const SHARED: u32 = 0;
export const EXCLUSIVE: u32 = 1;
export const UNLOCK: u32 = 2;

/** Reads the fields behind the type into the lock; the owner's name stays the text of the request. */
export function read(r: Request, number: u32, type: u32, lock: Lock): u32 {
  const first = r.long();
  const length = r.long();
  const process = r.word();
  r.text();
  const f = guard.known(r, number);
  if (f === NO_FID) return r.refusal;
  // Rgetlock gives it back: it is bounded as other names are, so that the answer is.
  if (r.textBytes > NAME_BYTES) return errors.fail(errors.TOO_BIG, 'lock owner name exceeds 255 bytes');
  if (type > UNLOCK) return errors.failNumber(errors.INVALID, 'invalid lock type ', type, '');
  // A length of 0 means: to the end, wherever that is.
  const isOpenEnded = length === 0 || first > u64.MAX_VALUE - (length - 1);
  sip.begin();
  sip.bytes(r.textStart, r.textBytes);
  lock.place = f.qidPath;
  lock.first = first;
  lock.last = isOpenEnded ? u64.MAX_VALUE : first + (length - 1);
  lock.client = sip.finish();
  lock.session = r.session.id;
  lock.process = process;
  lock.isExclusive = type === EXCLUSIVE;
  return errors.NONE;
}

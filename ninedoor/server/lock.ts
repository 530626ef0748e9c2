// SPDX-License-Identifier: Apache-2.0
// Tlock and Tgetlock.
import * as sip from '../../lib/hash/siphash';
import * as locks from '../namespace/locks';
import * as full from '../full';
import * as session from '../session/session';
import * as errors from '../wire/errors';
import * as reply from '../wire/reply';
import * as request from '../wire/request';
import { T_GETLOCK, T_LOCK } from '../../lib/wire/types';
import * as guard from './guard';

const SHARED: u32 = 0;
const EXCLUSIVE: u32 = 1;
const UNLOCK: u32 = 2;
// Status of Rlock.
const SUCCESS: u32 = 0;
const BLOCKED: u32 = 1;

let type: u32 = 0;
let first: u64 = 0;
let last: u64 = 0;

/** Reads what follows the type, in an attached session; sets guard.fid and the owner. */
function readRange(s: usize, number: u32): u32 {
  first = request.long();
  const length = request.long();
  const process = request.word();
  request.text();
  let refusal = request.check();
  if (refusal === errors.NONE) refusal = guard.attached(s);
  if (refusal === errors.NONE) refusal = guard.useFid(s, number);
  if (refusal !== errors.NONE) return refusal;
  if (type > UNLOCK) return errors.failNumber(errors.INVALID, 'invalid lock type ', type, '');
  // A length of 0 means: to the end, wherever that is.
  last = length === 0 || first > u64.MAX_VALUE - (length - 1) ? u64.MAX_VALUE : first + (length - 1);
  sip.begin();
  sip.bytes(request.textStart, request.textBytes);
  locks.setOwner(session.id(s), sip.finish(), process);
  return errors.NONE;
}

export function handleLock(s: usize, tag: u32): u32 {
  const number = request.word();
  type = request.byte();
  request.word(); // flags: a client that wants to wait asks again
  const refusal = readRange(s, number);
  if (refusal !== errors.NONE) return refusal;
  const place = guard.fid.qidPath;
  let status = SUCCESS;
  if (type !== UNLOCK && locks.conflict(place, type === EXCLUSIVE, first, last) !== 0) status = BLOCKED;
  else {
    const done =
      type === UNLOCK ? locks.release(place, first, last) : locks.take(place, type === EXCLUSIVE, first, last);
    if (!done) {
      full.count(full.LOCKS);
      return errors.fail(errors.BUSY, 'lock table full');
    }
  }
  reply.begin(T_LOCK + 1, tag);
  reply.byte(status);
  return errors.NONE;
}

/** The lock that stands against the one asked about; it is answered unchanged but for UNLOCK when there is none. */
export function handleGetlock(s: usize, tag: u32): u32 {
  const number = request.word();
  type = request.byte();
  const refusal = readRange(s, number);
  if (refusal !== errors.NONE) return refusal;
  let found: usize = 0;
  if (type !== UNLOCK) found = locks.conflict(guard.fid.qidPath, type === EXCLUSIVE, first, last);
  reply.begin(T_GETLOCK + 1, tag);
  if (found === 0) {
    reply.byte(UNLOCK);
    reply.long(first);
    reply.long(last === u64.MAX_VALUE ? 0 : last - first + 1);
    reply.word(0);
  } else {
    reply.byte(locks.isExclusive(found) ? EXCLUSIVE : SHARED);
    reply.long(locks.first(found));
    reply.long(locks.last(found) === u64.MAX_VALUE ? 0 : locks.last(found) - locks.first(found) + 1);
    reply.word(locks.processOf(found));
  }
  reply.text(request.textStart, request.textBytes);
  return errors.NONE;
}

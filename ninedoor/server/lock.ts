// SPDX-License-Identifier: Apache-2.0
// Tlock and Tgetlock.
import * as sip from '../../lib/hash/siphash';
import { MAX_LOCKS, NAME_BYTES } from '../limits';
import * as locks from '../namespace/locks';
import { Lock, NO_LOCK } from '../namespace/locks';
import * as full from '../full';
import { Session } from '../session/session';
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
/** The lock that the request is about. */
const wanted = changetype<Lock>(memory.data(offsetof<Lock>(), 8));

/** Reads what follows the type, in an attached session; sets guard.fid and the owner. */
function readRange(s: Session, number: u32): u32 {
  const first = request.long();
  const length = request.long();
  const process = request.word();
  request.text();
  let refusal = request.check();
  if (refusal === errors.NONE) refusal = guard.attached(s);
  if (refusal === errors.NONE) refusal = guard.useFid(s, number);
  if (refusal !== errors.NONE) return refusal;
  // Rgetlock gives it back: it is bounded as other names are, so that the answer is.
  if (request.textBytes > NAME_BYTES) return errors.fail(errors.TOO_BIG, 'lock owner name exceeds 255 bytes');
  if (type > UNLOCK) return errors.failNumber(errors.INVALID, 'invalid lock type ', type, '');
  // A length of 0 means: to the end, wherever that is.
  const isOpenEnded = length === 0 || first > u64.MAX_VALUE - (length - 1);
  sip.begin();
  sip.bytes(request.textStart, request.textBytes);
  wanted.place = guard.fid.qidPath;
  wanted.first = first;
  wanted.last = isOpenEnded ? u64.MAX_VALUE : first + (length - 1);
  wanted.client = sip.finish();
  wanted.session = s.id;
  wanted.process = process;
  wanted.isExclusive = type === EXCLUSIVE;
  return errors.NONE;
}

/** No room: all sessions have taken the table, or this one its share of it. */
function refuse(): u32 {
  const isFull = locks.count() === MAX_LOCKS;
  full.count(isFull ? full.LOCKS : full.SESSION_LOCKS);
  return errors.fail(errors.BUSY, isFull ? 'lock table full' : 'session has its share of locks');
}

export function handleLock(s: Session, tag: u32): u32 {
  const number = request.word();
  type = request.byte();
  request.word(); // flags: a client that wants to wait asks again
  const refusal = readRange(s, number);
  if (refusal !== errors.NONE) return refusal;
  let status = SUCCESS;
  if (type !== UNLOCK && locks.conflict(wanted) !== NO_LOCK) status = BLOCKED;
  else {
    const done = type === UNLOCK ? locks.release(wanted) : locks.take(wanted);
    if (!done) return refuse();
  }
  reply.begin(T_LOCK + 1, tag);
  reply.byte(status);
  return errors.NONE;
}

/** As the protocol has it: 0 is to the end. */
function lengthOf(lock: Lock): u64 {
  return lock.last === u64.MAX_VALUE ? 0 : lock.last - lock.first + 1;
}

/** The lock that stands against the one asked about; it is answered unchanged but for UNLOCK when there is none. */
export function handleGetlock(s: Session, tag: u32): u32 {
  const number = request.word();
  type = request.byte();
  const refusal = readRange(s, number);
  if (refusal !== errors.NONE) return refusal;
  const found = type === UNLOCK ? NO_LOCK : locks.conflict(wanted);
  reply.begin(T_GETLOCK + 1, tag);
  if (found === NO_LOCK) {
    reply.byte(UNLOCK);
    reply.long(wanted.first);
    reply.long(lengthOf(wanted));
    reply.word(0);
  } else {
    reply.byte(found.isExclusive ? EXCLUSIVE : SHARED);
    reply.long(found.first);
    reply.long(lengthOf(found));
    reply.word(found.process);
  }
  reply.text(request.textStart, request.textBytes);
  return errors.NONE;
}

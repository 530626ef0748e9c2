// SPDX-License-Identifier: Apache-2.0
// Tlock: takes or gives up an advisory lock.
import * as full from '../full';
import { MAX_LOCKS } from '../limits';
import * as locks from '../namespace/locks';
import { Lock, NO_LOCK } from '../namespace/locks';
import * as errors from '../wire/errors';
import { Reply } from '../wire/reply';
import { Request } from '../wire/request';
import * as range from './range';

// Status of Rlock.
const SUCCESS: u32 = 0;
const BLOCKED: u32 = 1;

const wanted = changetype<Lock>(memory.data(offsetof<Lock>(), 8));

/** No room: all sessions have taken the table, or this one its share of it. */
function refuse(): u32 {
  const isFull = locks.count() === MAX_LOCKS;
  full.count(isFull ? full.LOCKS : full.SESSION_LOCKS);
  return errors.fail(errors.BUSY, isFull ? 'lock table full' : 'session has its share of locks');
}

export function handle(r: Request, out: Reply): u32 {
  const number = r.word();
  const type = r.byte();
  r.word(); // flags: a client that wants to wait asks again
  const refusal = range.read(r, number, type, wanted);
  if (refusal !== errors.NONE) return refusal;
  let status = SUCCESS;
  if (type !== range.UNLOCK && locks.conflict(wanted) !== NO_LOCK) status = BLOCKED;
  else {
    const done = type === range.UNLOCK ? locks.release(wanted) : locks.take(wanted);
    if (!done) return refuse();
  }
  out.answer(r);
  out.byte(status);
  return errors.NONE;
}

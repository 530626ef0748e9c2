// SPDX-License-Identifier: Apache-2.0
// Tgetlock: which lock stands against the one asked about. That one is answered, as UNLOCK, when none does.
import * as locks from '../namespace/locks';
import { Lock, NO_LOCK } from '../namespace/locks';
import * as errors from '../wire/errors';
import { Reply } from '../wire/reply';
import { Request } from '../wire/request';
import * as range from './range';

const wanted = changetype<Lock>(memory.data(offsetof<Lock>(), 8));

/** As the protocol has it: 0 is to the end. */
function lengthOf(lock: Lock): u64 {
  return lock.last === u64.MAX_VALUE ? 0 : lock.last - lock.first + 1;
}

export function handle(r: Request, out: Reply): u32 {
  const number = r.word();
  const type = r.byte();
  const refusal = range.read(r, number, type, wanted);
  if (refusal !== errors.NONE) return refusal;
  const found = type === range.UNLOCK ? NO_LOCK : locks.conflict(wanted);
  const answered = found === NO_LOCK ? wanted : found;
  out.answer(r);
  if (found === NO_LOCK) out.byte(range.UNLOCK);
  else out.byte(found.isExclusive ? range.EXCLUSIVE : range.SHARED);
  out.long(answered.first);
  out.long(lengthOf(answered));
  out.word(found === NO_LOCK ? 0 : found.process);
  out.text(r.textStart, r.textBytes); // the owner who asked: what the other calls itself is not kept
  return errors.NONE;
}

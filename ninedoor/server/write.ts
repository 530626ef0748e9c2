// SPDX-License-Identifier: Apache-2.0
// Twrite: an append to a control file, a log or a ring.
import { written } from '../hooks';
import * as gates from '../namespace/gates';
import { Fid, NO_FID, WRITE } from '../session/fid';
import * as quota from '../session/quota';
import { Session } from '../session/session';
import * as errors from '../wire/errors';
import { Reply } from '../wire/reply';
import { Request } from '../wire/request';
import { DIALECT_COMPACT } from '../../lib/wire/types';
import * as guard from './guard';

function write(s: Session, f: Fid, offset: u64, data: usize, bytes: u32): u32 {
  if (s.hasTicket) {
    const refusal = quota.check(s, f, quota.WRITE, bytes);
    if (refusal !== errors.NONE) return refusal;
  }
  const closed = gates.pass(f.node.gate);
  if (closed !== errors.NONE) return closed;
  // A standard client appends by opening so: its offsets are its own business.
  const at = s.dialect === DIALECT_COMPACT ? offset : u64.MAX_VALUE;
  return call_indirect<u32>(f.node.writeFunction, s, f, data, bytes, at);
}

function tell(s: Session, f: Fid, bytes: u32, refusal: u32): void {
  for (let i: u32 = 0; i < written.count; i++) call_indirect<void>(written.at(i), s, f, bytes, refusal);
}

export function handle(r: Request, out: Reply): u32 {
  const s = r.session;
  const number = r.word();
  const offset = r.long();
  const count = r.word();
  r.data(count);
  const f = guard.opened(r, number, WRITE);
  if (f === NO_FID) return r.refusal;
  const refusal = write(s, f, offset, r.textStart, count);
  if (f.node.isControl) tell(s, f, count, refusal);
  if (refusal !== errors.NONE) return refusal;
  if (s.hasTicket) quota.moved(s, count);
  out.answer(r);
  out.word(count);
  return errors.NONE;
}

// SPDX-License-Identifier: Apache-2.0
// Twrite: an append to a control file, a log or a ring.
import { written } from '../hooks';
import * as gates from '../namespace/gates';
import { Fid, OPEN, WRITE } from '../session/fid';
import * as quota from '../session/quota';
import { Session } from '../session/session';
import * as errors from '../wire/errors';
import * as reply from '../wire/reply';
import * as request from '../wire/request';
import { DIALECT_COMPACT, T_WRITE } from '../../lib/wire/types';
import * as guard from './guard';

function write(s: Session, f: Fid, offset: u64, data: usize, bytes: u32): u32 {
  if (s.hasTicket) {
    const refusal = quota.check(s, f, quota.WRITE, bytes);
    if (refusal !== errors.NONE) return refusal;
  }
  const closed = gates.pass(f.node.gate);
  if (closed !== errors.NONE) return closed;
  // A standard client appends by opening so: its offsets are its own business.
  const appends = s.dialect !== DIALECT_COMPACT;
  return call_indirect<u32>(f.node.writeFunction, s, f, data, bytes, appends ? u64.MAX_VALUE : offset);
}

function tell(s: Session, f: Fid, bytes: u32, refusal: u32): void {
  for (let i: u32 = 0; i < written.count; i++) call_indirect<void>(written.at(i), s, f, bytes, refusal);
}

export function handle(s: Session, tag: u32): u32 {
  const number = request.word();
  const offset = request.long();
  const count = request.word();
  request.data(count);
  let refusal = request.check();
  if (refusal === errors.NONE) refusal = guard.operation(s);
  if (refusal === errors.NONE) refusal = guard.useFid(s, number);
  if (refusal !== errors.NONE) return refusal;
  const f = guard.fid;
  const mode = f.mode;
  if ((mode & OPEN) === 0) return errors.fail(errors.INVALID, 'fid must be opened before write');
  if ((mode & WRITE) === 0) return errors.fail(errors.PERMISSION, 'fid opened without write permission');
  refusal = write(s, f, offset, request.textStart, count);
  if (f.node.isControl) tell(s, f, count, refusal);
  if (refusal !== errors.NONE) return refusal;
  if (s.hasTicket) quota.moved(s, count);
  reply.begin(T_WRITE + 1, tag);
  reply.word(count);
  return errors.NONE;
}

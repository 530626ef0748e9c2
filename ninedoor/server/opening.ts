// SPDX-License-Identifier: Apache-2.0
// What Topen and Tlopen have in common: checking the wanted use against the declaration, and the answer.
import * as access from '../namespace/access';
import * as paths from '../namespace/paths';
import * as walker from '../namespace/walker';
import { APPEND, Fid, OPEN, READ, WRITE } from '../session/fid';
import { Session } from '../session/session';
import * as errors from '../wire/errors';
import { Reply } from '../wire/reply';
import { Request } from '../wire/request';
import { DIALECT_COMPACT, IO_HEADER_BYTES } from '../../lib/wire/types';

// How a file is to be used: two bits of both messages.
const ACCESS_BITS: u32 = 3;
const ACCESS_WRITE: u32 = 1;
const ACCESS_READ_WRITE: u32 = 2;
/** Execution in 9P2000, which is reading; no use at all in Linux's flags. */
export const ACCESS_EXECUTE: u32 = 3;

export function accessOf(bits: u32): u32 {
  return bits & ACCESS_BITS;
}

/** READ, WRITE or both. */
export function usesOf(bits: u32): u32 {
  const wanted = accessOf(bits);
  if (wanted === ACCESS_WRITE) return WRITE;
  return wanted === ACCESS_READ_WRITE ? READ | WRITE : READ;
}

/** Refuses a session that may not use the place of the fid. */
function refuseAccess(s: Session, f: Fid): u32 {
  walker.at(s, f);
  return errors.failSlice(errors.PERMISSION, 'access to ', walker.path(), walker.pathBytes(), ' denied');
}

function checkFile(s: Session, f: Fid, wanted: u32): u32 {
  const node = f.node;
  if ((wanted & READ) !== 0 && !(node.isReadable && access.allowed(s, node.readers, f.key))) return refuseAccess(s, f);
  if ((wanted & WRITE) === 0) return errors.NONE;
  if (!node.isAppendOnly || !access.allowed(s, node.writers, f.key)) return refuseAccess(s, f);
  // Standard clients need not say so: all their writes append.
  if (s.dialect !== DIALECT_COMPACT || (wanted & APPEND) !== 0) return errors.NONE;
  return errors.fail(errors.NOT_ALLOWED, 'fid is not append-only');
}

/** Opens the fid for `wanted` (session/fid.ts), and answers. */
export function open(r: Request, out: Reply, f: Fid, wanted: u32): u32 {
  const s = r.session;
  if ((f.mode & OPEN) !== 0) {
    return errors.failNumber(errors.INVALID, 'fid ', f.number, ' is already open');
  }
  if (!f.node.isDirectory) {
    const refusal = checkFile(s, f, wanted);
    if (refusal !== errors.NONE) return refusal;
  } else if ((wanted & WRITE) !== 0) {
    return errors.fail(errors.IS_DIRECTORY, 'cannot write directories');
  }
  f.mode = wanted | OPEN;
  out.answer(r);
  out.qid(paths.qidType(f.node), f.qidPath);
  // iounit. Clients of the older codec take it for the msize.
  out.word(s.dialect === DIALECT_COMPACT ? s.msize : s.msize - IO_HEADER_BYTES);
  return errors.NONE;
}

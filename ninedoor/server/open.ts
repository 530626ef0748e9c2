// SPDX-License-Identifier: Apache-2.0
// Topen and Tlopen: the way in which a fid will be used.
import * as access from '../namespace/access';
import * as paths from '../namespace/paths';
import * as walker from '../namespace/walker';
import { APPEND, Fid, OPEN, READ, WRITE } from '../session/fid';
import { Session } from '../session/session';
import * as errors from '../wire/errors';
import * as reply from '../wire/reply';
import * as request from '../wire/request';
import { DIALECT_CLASSIC, DIALECT_COMPACT, IO_HEADER_BYTES, T_LOPEN, T_OPEN } from '../../lib/wire/types';
import * as guard from './guard';

// Topen mode bits.
const ACCESS_BITS: u32 = 3;
const MODE_READ: u32 = 0;
const MODE_WRITE: u32 = 1;
const MODE_READ_WRITE: u32 = 2;
const MODE_TRUNCATE: u32 = 0x10;
const MODE_REMOVE_ON_CLOSE: u32 = 0x40;
const MODE_APPEND: u32 = 0x80;
// Tlopen flags (Linux's octal values).
const FLAG_CREATE: u32 = 0o100;
const FLAG_APPEND: u32 = 0o2000;
const FLAG_DIRECTORY: u32 = 0o200000;

/** Refuses a session that may not use the place of the fid. */
export function refuseAccess(s: Session, f: Fid): u32 {
  walker.at(s, f);
  return errors.failSlice(errors.PERMISSION, 'access to ', walker.path(), walker.pathBytes(), ' denied');
}

/** Checks the wanted use against the declaration and opens the fid. */
function open(s: Session, f: Fid, wanted: u32): u32 {
  const node = f.node;
  if ((f.mode & OPEN) !== 0) {
    return errors.failNumber(errors.INVALID, 'fid ', f.number, ' is already open');
  }
  if (node.isDirectory) {
    if ((wanted & WRITE) !== 0) return errors.fail(errors.IS_DIRECTORY, 'cannot write directories');
  } else {
    if ((wanted & READ) !== 0) {
      const readable = node.isReadable && access.allowed(s, node.readers, f.key);
      if (!readable) return refuseAccess(s, f);
    }
    if ((wanted & WRITE) !== 0) {
      if (!node.isAppendOnly || !access.allowed(s, node.writers, f.key)) {
        return refuseAccess(s, f);
      }
      if (s.dialect === DIALECT_COMPACT && (wanted & APPEND) === 0) {
        return errors.fail(errors.NOT_ALLOWED, 'fid is not append-only');
      }
    }
  }
  f.mode = wanted | OPEN;
  return errors.NONE;
}

function answer(s: Session, tag: u32, f: Fid, type: u32): u32 {
  reply.begin(type, tag);
  reply.qid(paths.qidType(f.node), f.qidPath);
  const msize = s.msize;
  reply.word(s.dialect === DIALECT_COMPACT ? msize : msize - IO_HEADER_BYTES);
  return errors.NONE;
}

/** The use that a Topen mode asks for, or OPEN when it is no mode. */
function usesOf(mode: u32): u32 {
  if ((mode & ~(ACCESS_BITS | MODE_TRUNCATE | MODE_REMOVE_ON_CLOSE | MODE_APPEND)) !== 0) return OPEN;
  const kind = mode & ACCESS_BITS;
  let uses: u32 = kind === MODE_WRITE ? 0 : READ;
  if (kind === MODE_WRITE || kind === MODE_READ_WRITE) uses |= WRITE;
  if ((mode & MODE_APPEND) !== 0) uses |= WRITE | APPEND;
  return uses;
}

export function handleOpen(s: Session, tag: u32): u32 {
  const number = request.word();
  const mode = request.byte();
  const malformed = request.check();
  if (malformed !== errors.NONE) return malformed;
  const uses = usesOf(mode);
  const removeOnClose = (mode & MODE_REMOVE_ON_CLOSE) !== 0;
  if (uses === OPEN || (removeOnClose && s.dialect !== DIALECT_CLASSIC)) {
    return errors.failNumber(errors.MALFORMED, 'invalid open mode ', mode, '');
  }
  let refusal = guard.operation(s);
  if (refusal === errors.NONE) refusal = guard.useFid(s, number);
  if (refusal !== errors.NONE) return refusal;
  if (removeOnClose) return errors.fail(errors.NOT_ALLOWED, 'remove is disabled');
  refusal = open(s, guard.fid, uses);
  return refusal !== errors.NONE ? refusal : answer(s, tag, guard.fid, T_OPEN + 1);
}

export function handleLopen(s: Session, tag: u32): u32 {
  const number = request.word();
  const flags = request.word();
  let refusal = request.check();
  if (refusal === errors.NONE) refusal = guard.operation(s);
  if (refusal === errors.NONE) refusal = guard.useFid(s, number);
  if (refusal !== errors.NONE) return refusal;
  const kind = flags & ACCESS_BITS;
  if (kind === 3) return errors.failNumber(errors.INVALID, 'invalid open mode ', flags, '');
  if ((flags & FLAG_CREATE) !== 0 && guard.fid.node.isDirectory) {
    return errors.fail(errors.NOT_ALLOWED, 'create is disabled');
  }
  if ((flags & FLAG_DIRECTORY) !== 0 && !guard.fid.node.isDirectory) {
    return errors.fail(errors.NOT_DIRECTORY, 'not a directory');
  }
  let uses: u32 = kind === MODE_WRITE ? 0 : READ;
  if (kind !== MODE_READ) uses |= WRITE;
  if ((flags & FLAG_APPEND) !== 0) uses |= APPEND;
  refusal = open(s, guard.fid, uses);
  return refusal !== errors.NONE ? refusal : answer(s, tag, guard.fid, T_LOPEN + 1);
}

// SPDX-License-Identifier: Apache-2.0
// The messages that only 9P2000.L has.
import { NAME_BYTES } from '../limits';
import { wallS } from '../platform';
import * as attributes from '../namespace/attributes';
import * as listing from '../namespace/listing';
import * as paths from '../namespace/paths';
import * as walker from '../namespace/walker';
import { READ } from '../session/fid';
import * as quota from '../session/quota';
import { Session } from '../session/session';
import * as errors from '../wire/errors';
import * as reply from '../wire/reply';
import * as request from '../wire/request';
import { QT_DIRECTORY, READ_HEADER_BYTES, T_FSYNC, T_GETATTR, T_READDIR, T_STATFS } from '../../lib/wire/types';
import * as guard from './guard';

/** All of struct stat (P9_GETATTR_BASIC). */
const VALID_BASIC: u64 = 0x7ff;
const BLOCK_BYTES: u64 = 4096;
/** V9FS_MAGIC, as the Linux client shows it in statfs. */
const FILE_SYSTEM_TYPE: u32 = 0x01021997;
const DT_DIRECTORY: u32 = 4;
const DT_REGULAR: u32 = 8;

/** Reads a fid and looks it up in an attached session. */
function fidRequest(s: Session): u32 {
  const number = request.word();
  let refusal = request.check();
  if (refusal === errors.NONE) refusal = guard.attached(s);
  return refusal !== errors.NONE ? refusal : guard.useFid(s, number);
}

export function getattr(s: Session, tag: u32): u32 {
  const refusal = fidRequest(s);
  request.long(); // which attributes are wanted: all basic ones are given
  const malformed = request.check();
  if (malformed !== errors.NONE) return malformed;
  if (refusal !== errors.NONE) return refusal;
  const f = guard.fid;
  const size = attributes.size(s, f);
  reply.begin(T_GETATTR + 1, tag);
  reply.long(VALID_BASIC);
  reply.qid(paths.qidType(f.node), f.qidPath);
  reply.word(attributes.mode(s, f));
  reply.word(0); // uid
  reply.word(0); // gid
  reply.long(f.node.isDirectory ? 2 : 1); // nlink
  reply.long(0); // rdev
  reply.long(size);
  reply.long(BLOCK_BYTES);
  reply.long((size + 511) / 512);
  const now = wallS();
  for (let i = 0; i < 3; i++) {
    reply.long(now); // atime, mtime, ctime: content is made when it is read
    reply.long(0);
  }
  for (let i = 0; i < 4; i++) reply.long(0); // btime, gen, data_version: not valid
  return errors.NONE;
}

export function readdir(s: Session, tag: u32): u32 {
  const refusal = fidRequest(s);
  let cookie = request.long();
  let count = request.word();
  const malformed = request.check();
  if (malformed !== errors.NONE) return malformed;
  if (refusal !== errors.NONE) return refusal;
  const f = guard.fid;
  if (!f.node.isDirectory) return errors.fail(errors.NOT_DIRECTORY, 'not a directory');
  if ((f.mode & READ) === 0) return errors.fail(errors.INVALID, 'fid must be opened before read');
  if (!listing.isCookie(f.node, cookie)) return errors.fail(errors.INVALID, 'no such directory offset');
  const ticket = s.hasTicket;
  if (ticket) {
    const denied = quota.check(s, f, quota.READ, count);
    if (denied !== errors.NONE) return denied;
  }
  const most = s.msize - READ_HEADER_BYTES;
  if (count > most) count = most;
  walker.at(s, f);
  reply.begin(T_READDIR + 1, tag);
  const head = reply.position();
  reply.word(0);
  let used: u32 = 0;
  while (listing.next(s, cookie)) {
    const bytes: u32 = 13 + 8 + 1 + 2 + listing.nameBytes;
    if (used + bytes > count) {
      if (used === 0) return errors.fail(errors.INVALID, 'read count too small for an entry');
      break;
    }
    const type = paths.qidType(listing.place.node);
    reply.qid(type, listing.qidPath());
    reply.long(listing.cookie);
    reply.byte(type === QT_DIRECTORY ? DT_DIRECTORY : DT_REGULAR);
    reply.text(listing.name(), listing.nameBytes);
    used += bytes;
    cookie = listing.cookie;
  }
  store<u32>(head, used);
  if (ticket) quota.moved(s, used);
  return errors.NONE;
}

export function statfs(s: Session, tag: u32): u32 {
  const refusal = fidRequest(s);
  if (refusal !== errors.NONE) return refusal;
  reply.begin(T_STATFS + 1, tag);
  reply.word(FILE_SYSTEM_TYPE);
  reply.word(<u32>BLOCK_BYTES);
  for (let i = 0; i < 5; i++) reply.long(0); // blocks, free, available, files, free files: nothing is stored on a disk
  reply.long(0); // fsid
  reply.word(NAME_BYTES);
  return errors.NONE;
}

/** Nothing is buffered: what was acknowledged is done. */
export function fsync(s: Session, tag: u32): u32 {
  const refusal = fidRequest(s);
  if (refusal !== errors.NONE) return refusal;
  reply.begin(T_FSYNC + 1, tag);
  return errors.NONE;
}

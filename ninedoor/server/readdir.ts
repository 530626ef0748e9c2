// SPDX-License-Identifier: Apache-2.0
// Treaddir: the entries of a directory behind an offset that the client took from an earlier entry.
import * as listing from '../namespace/listing';
import * as paths from '../namespace/paths';
import * as walker from '../namespace/walker';
import { NO_FID, READ } from '../session/fid';
import * as quota from '../session/quota';
import * as errors from '../wire/errors';
import { Reply } from '../wire/reply';
import { Request } from '../wire/request';
import { QID_BYTES, QT_DIRECTORY, READ_HEADER_BYTES } from '../../lib/wire/types';
import * as guard from './guard';

// Types of entries, as getdents has them.
const DT_DIRECTORY: u32 = 4;
const DT_REGULAR: u32 = 8;
/** qid, offset[8], type[1] and the size of the name. */
const ENTRY_BYTES: u32 = QID_BYTES + 8 + 1 + 2;

export function handle(r: Request, out: Reply): u32 {
  const s = r.session;
  const number = r.word();
  let cookie = r.long();
  const wanted = r.word();
  const f = guard.known(r, number);
  if (f === NO_FID) return r.refusal;
  if (!f.node.isDirectory) return errors.fail(errors.NOT_DIRECTORY, 'not a directory');
  if ((f.mode & READ) === 0) return errors.fail(errors.INVALID, 'fid must be opened before read');
  if (!listing.isCookie(f.node, cookie)) return errors.fail(errors.INVALID, 'no such directory offset');
  if (s.hasTicket) {
    const denied = quota.check(s, f, quota.READ, wanted);
    if (denied !== errors.NONE) return denied;
  }
  const most = min(wanted, s.msize - READ_HEADER_BYTES);
  walker.at(s, f);
  out.answer(r);
  const countAt = out.position;
  out.word(0);
  let used: u32 = 0;
  while (listing.next(s, cookie)) {
    const bytes = ENTRY_BYTES + listing.nameBytes;
    if (used + bytes > most) {
      // No entry at all would say that the directory has ended.
      if (used === 0) return errors.fail(errors.INVALID, 'read count too small for an entry');
      break;
    }
    const type = paths.qidType(listing.place.node);
    out.qid(type, listing.qidPath());
    out.long(listing.cookie);
    out.byte(type === QT_DIRECTORY ? DT_DIRECTORY : DT_REGULAR);
    out.text(listing.name(), listing.nameBytes);
    used += bytes;
    cookie = listing.cookie;
  }
  store<u32>(countAt, used);
  if (s.hasTicket) quota.moved(s, used);
  return errors.NONE;
}

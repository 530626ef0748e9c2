// SPDX-License-Identifier: Apache-2.0
// Directories as Tread gives them: names for the older codec, stat entries for 9P2000. 9P2000.L has Treaddir for it.
import { wallS } from '../platform';
import * as attributes from '../namespace/attributes';
import * as listing from '../namespace/listing';
import { Place } from '../namespace/node';
import * as paths from '../namespace/paths';
import * as walker from '../namespace/walker';
import { Fid } from '../session/fid';
import { Session } from '../session/session';
import { Writer } from '../../lib/text/writer';
import * as errors from '../wire/errors';
import * as stat from '../wire/stat';

/** The entry that buildEntry made. */
export const entry = memory.data(stat.STAT_BYTES + 8, 8);

/** Builds the stat entry of a place; returns its bytes. */
export function buildEntry(s: Session, place: Place, qidPath: u64, name: usize, nameBytes: u32): u32 {
  const type = paths.qidType(place.node);
  const permissions = attributes.permissions(s, place);
  const size = attributes.size(s, place);
  return stat.write(entry, type, qidPath, permissions, <u32>wallS(), size, name, nameBytes);
}

/** Names, one a line, from byte `offset` on. mark: cookie of the last complete line, and bytes given of the next. */
export function readNames(s: Session, f: Fid, offset: u64, w: Writer): u32 {
  walker.at(s, f);
  const goesOn = offset === f.cursor;
  const mark = goesOn ? f.mark : 0;
  let cookie = mark & ((1 << listing.COOKIE_BITS) - 1);
  let given = mark >> listing.COOKIE_BITS;
  const start = w.at;
  const room = w.room;
  const skip: u64 = goesOn ? given : offset;
  w.openWindow(start, room, skip);
  given = 0;
  while (w.total < skip + room && listing.next(s, cookie)) {
    const before = w.total;
    w.bytes(listing.name(), listing.nameBytes);
    w.byte(0x0a);
    if (w.total > skip + room) {
      given = skip + room - before;
      break;
    }
    cookie = listing.cookie;
  }
  f.mark = cookie | (given << listing.COOKIE_BITS);
  return errors.NONE;
}

/** Whole entries of a directory. mark: cookie of the last one. */
export function readEntries(s: Session, f: Fid, offset: u64, w: Writer): u32 {
  // The protocol allows no other seek in a directory than back to its start.
  if (offset !== 0 && offset !== f.cursor) {
    return errors.fail(errors.INVALID, 'directory offset is not where the last read ended');
  }
  walker.at(s, f);
  let cookie: u64 = offset === 0 ? 0 : f.mark;
  while (listing.next(s, cookie)) {
    const found = listing.cookie;
    const bytes = buildEntry(s, listing.place, listing.qidPath(), listing.name(), listing.nameBytes);
    if (bytes > w.room) {
      // Linux fills what is left of its buffer with a small read: it is told nothing rather than refused, and comes again.
      if (w.total === 0 && offset === 0) return errors.fail(errors.INVALID, 'read count too small for an entry');
      break;
    }
    w.bytes(entry, bytes);
    cookie = found;
  }
  f.mark = cookie;
  return errors.NONE;
}

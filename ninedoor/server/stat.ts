// SPDX-License-Identifier: Apache-2.0
// Tstat and the directory entries of 9P2000.
//
//   stat   size[2] type[2] dev[4] qid[13] mode[4] atime[4] mtime[4] length[8] name[s] uid[s] gid[s] muid[s]
import { NAME_BYTES } from '../limits';
import { wallS } from '../platform';
import * as attributes from '../namespace/attributes';
import * as listing from '../namespace/listing';
import { Place } from '../namespace/node';
import * as paths from '../namespace/paths';
import * as walker from '../namespace/walker';
import { Fid } from '../session/fid';
import { Writer } from '../../lib/text/writer';
import * as errors from '../wire/errors';
import * as reply from '../wire/reply';
import * as request from '../wire/request';
import { T_STAT } from '../../lib/wire/types';
import * as guard from './guard';
import { Session } from '../session/session';

const FIXED_BYTES: u32 = 2 + 2 + 4 + 13 + 4 + 4 + 4 + 8;
const OWNER = 'cohesix';
const OWNER_BYTES: u32 = 7;
const STAT_BYTES: u32 = FIXED_BYTES + 2 + NAME_BYTES + 3 * (2 + OWNER_BYTES);
const buffer = memory.data(STAT_BYTES + 8, 8);

function storeOwner(at: usize): usize {
  store<u16>(at, <u16>OWNER_BYTES);
  for (let i: u32 = 0; i < OWNER_BYTES; i++) store<u8>(at + 2 + i, <u8>OWNER.charCodeAt(i));
  return at + 2 + OWNER_BYTES;
}

/** Builds the stat of a place in `buffer`; returns its bytes. */
function build(s: Session, place: Place, qidPath: u64, name: usize, nameBytes: u32): u32 {
  const type = paths.qidType(place.node);
  store<u16>(buffer, 0, 2);
  store<u32>(buffer, 0, 4);
  store<u8>(buffer, <u8>type, 8);
  store<u32>(buffer, 0, 9);
  store<u64>(buffer, qidPath, 13);
  store<u32>(buffer, attributes.permissions(s, place) | (type << 24), 21);
  store<u32>(buffer, <u32>wallS(), 25);
  store<u32>(buffer, <u32>wallS(), 29);
  store<u64>(buffer, attributes.size(s, place), 33);
  store<u16>(buffer, <u16>nameBytes, 41);
  memory.copy(buffer + 43, name, nameBytes);
  const end = storeOwner(storeOwner(storeOwner(buffer + 43 + nameBytes)));
  const bytes = <u32>(end - buffer);
  store<u16>(buffer, <u16>(bytes - 2));
  return bytes;
}

/** Whole entries of a directory. mark: cookie of the last one. */
export function readEntries(s: Session, f: Fid, offset: u64, w: Writer): u32 {
  if (offset !== 0 && offset !== f.cursor) {
    return errors.fail(errors.INVALID, 'directory offset is not where the last read ended');
  }
  walker.at(s, f);
  let cookie: u64 = offset === 0 ? 0 : f.mark;
  while (listing.next(s, cookie)) {
    const found = listing.cookie;
    const qidPath = listing.qidPath();
    const bytes = build(s, listing.place, qidPath, listing.name(), listing.nameBytes);
    if (bytes > w.room) {
      // Linux fills what is left of its buffer with a small read: it is told nothing rather than refused, and comes again.
      if (w.total === 0 && offset === 0) return errors.fail(errors.INVALID, 'read count too small for an entry');
      break;
    }
    w.bytes(buffer, bytes);
    cookie = found;
  }
  f.mark = cookie;
  return errors.NONE;
}

/** Tstat. */
export function handle(s: Session, tag: u32): u32 {
  const number = request.word();
  let refusal = request.check();
  if (refusal === errors.NONE) refusal = guard.attached(s);
  if (refusal === errors.NONE) refusal = guard.useFid(s, number);
  if (refusal !== errors.NONE) return refusal;
  const f = guard.fid;
  walker.at(s, f);
  let nameBytes: u32 = 1;
  let name = walker.path();
  if (walker.pathBytes() > 1) {
    name += walker.pathBytes();
    nameBytes = 0;
    while (load<u8>(name - 1) !== 0x2f) {
      name--;
      nameBytes++;
    }
  }
  const bytes = build(s, f, f.qidPath, name, nameBytes);
  reply.begin(T_STAT + 1, tag);
  reply.half(bytes);
  memory.copy(reply.position(), buffer, bytes);
  reply.advance(bytes);
  return errors.NONE;
}

// SPDX-License-Identifier: Apache-2.0
// Tread: bytes of a file; a listing as text for the older codec, as stat entries for 9P2000.
import * as listing from '../namespace/listing';
import * as walker from '../namespace/walker';
import { Fid, OPEN, READ } from '../session/fid';
import * as quota from '../session/quota';
import { Session } from '../session/session';
import { Writer } from '../../lib/text/writer';
import * as errors from '../wire/errors';
import * as reply from '../wire/reply';
import * as request from '../wire/request';
import { DIALECT_CLASSIC, DIALECT_LINUX, READ_HEADER_BYTES, T_READ } from '../../lib/wire/types';
import * as guard from './guard';
import * as stat from './stat';

const writer = changetype<Writer>(memory.data(offsetof<Writer>(), 8));

/** Names, one a line, from byte `offset` on. mark: cookie of the last complete line, and bytes given of the next. */
function readNames(s: Session, f: Fid, offset: u64): u32 {
  walker.at(s, f);
  const goesOn = offset === f.cursor;
  const mark = goesOn ? f.mark : 0;
  let cookie = mark & ((1 << listing.COOKIE_BITS) - 1);
  let given = mark >> listing.COOKIE_BITS;
  const start = writer.at;
  const room = writer.room;
  writer.openWindow(start, room, goesOn ? given : offset);
  const skip: u64 = goesOn ? given : offset;
  given = 0;
  while (writer.total < skip + room && listing.next(s, cookie)) {
    const before = writer.total;
    writer.bytes(listing.name(), listing.nameBytes);
    writer.byte(0x0a);
    if (writer.total > skip + room) {
      given = skip + room - before;
      break;
    }
    cookie = listing.cookie;
  }
  f.mark = cookie | (given << listing.COOKIE_BITS);
  return errors.NONE;
}

function checkQuota(s: Session, f: Fid, offset: u64, count: u32): u32 {
  if (!s.hasTicket) return errors.NONE;
  const refusal = quota.check(s, f, quota.READ, count);
  if (refusal !== errors.NONE || !f.node.hasCursor) return refusal;
  return quota.checkCursor(s, f, offset);
}

/** Where a read at `offset` began: one along a cursor beyond the end is taken back to the end. */
function startOf(f: Fid, offset: u64): u64 {
  return f.node.hasCursor ? min(offset, f.streamSize) : offset;
}

function countUse(s: Session, f: Fid, offset: u64, bytes: u32): void {
  quota.moved(s, bytes);
  // Every read that succeeds moves the cursor, be it by nothing.
  if (f.node.hasCursor) quota.movedCursor(s, f, offset, bytes);
}

function readFile(s: Session, f: Fid, offset: u64, count: u32): u32 {
  const before = f.node.beforeRead;
  let refusal: u32 = before === 0 ? errors.NONE : call_indirect<u32>(before, s, f, offset, count);
  if (refusal === errors.NONE) refusal = checkQuota(s, f, offset, count);
  if (refusal !== errors.NONE) return refusal;
  if (f.node.isStream) return f.readStream(offset, writer);
  writer.openWindow(writer.at, writer.room, offset);
  return f.readText(writer);
}

/** Reads into the writer's window. */
function read(s: Session, f: Fid, offset: u64, count: u32): u32 {
  if (!f.node.isDirectory) return readFile(s, f, offset, count);
  const dialect = s.dialect;
  if (dialect === DIALECT_LINUX) return errors.fail(errors.IS_DIRECTORY, 'directories are read with Treaddir');
  const refusal = checkQuota(s, f, offset, count);
  if (refusal !== errors.NONE) return refusal;
  return dialect === DIALECT_CLASSIC ? stat.readEntries(s, f, offset, writer) : readNames(s, f, offset);
}

export function handle(s: Session, tag: u32): u32 {
  const number = request.word();
  const offset = request.long();
  const wanted = request.word();
  let refusal = request.check();
  if (refusal === errors.NONE) refusal = guard.operation(s);
  if (refusal === errors.NONE) refusal = guard.useFid(s, number);
  if (refusal !== errors.NONE) return refusal;
  const f = guard.fid;
  const mode = f.mode;
  if ((mode & OPEN) === 0) return errors.fail(errors.INVALID, 'fid must be opened before read');
  if ((mode & READ) === 0) return errors.fail(errors.PERMISSION, 'fid opened without read permission');
  const most = s.msize - READ_HEADER_BYTES;
  const count = wanted < most ? wanted : most;
  reply.begin(T_READ + 1, tag);
  const data = reply.position() + 4;
  writer.open(data, count);
  refusal = read(s, f, offset, wanted);
  if (refusal !== errors.NONE) return refusal;
  const bytes = <u32>(writer.at - data);
  reply.word(bytes);
  reply.advance(bytes);
  const from = startOf(f, offset);
  f.cursor = from + bytes;
  if (s.hasTicket) countUse(s, f, from, bytes);
  return errors.NONE;
}

// SPDX-License-Identifier: Apache-2.0
// Tread: bytes of a file, or of a directory (server/directory.ts).
import { Fid, NO_FID, READ } from '../session/fid';
import * as quota from '../session/quota';
import { Session } from '../session/session';
import { Writer } from '../../lib/text/writer';
import * as errors from '../wire/errors';
import { Reply } from '../wire/reply';
import { Request } from '../wire/request';
import { DIALECT_CLASSIC, DIALECT_LINUX, READ_HEADER_BYTES } from '../../lib/wire/types';
import * as directory from './directory';
import * as guard from './guard';

/** The window of the content that goes into the reply. */
const window = changetype<Writer>(memory.data(offsetof<Writer>(), 8));

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

function readFile(s: Session, f: Fid, offset: u64, count: u32, w: Writer): u32 {
  const before = f.node.beforeRead;
  let refusal: u32 = before === 0 ? errors.NONE : call_indirect<u32>(before, s, f, offset, count);
  if (refusal === errors.NONE) refusal = checkQuota(s, f, offset, count);
  if (refusal !== errors.NONE) return refusal;
  if (f.node.isStream) return f.readStream(offset, w);
  w.openWindow(w.at, w.room, offset);
  return f.readText(w);
}

function readDirectory(s: Session, f: Fid, offset: u64, count: u32, w: Writer): u32 {
  // EISDIR is what read(2) on a directory gives; the Linux client reads them with Treaddir.
  if (s.dialect === DIALECT_LINUX) return errors.fail(errors.IS_DIRECTORY, 'directories are read with Treaddir');
  const refusal = checkQuota(s, f, offset, count);
  if (refusal !== errors.NONE) return refusal;
  if (s.dialect === DIALECT_CLASSIC) return directory.readEntries(s, f, offset, w);
  return directory.readNames(s, f, offset, w);
}

export function handle(r: Request, out: Reply): u32 {
  const s = r.session;
  const number = r.word();
  const offset = r.long();
  const wanted = r.word();
  const f = guard.opened(r, number, READ);
  if (f === NO_FID) return r.refusal;
  out.answer(r);
  const data = out.position + 4; // behind the count
  window.open(data, min(wanted, s.msize - READ_HEADER_BYTES));
  const isDirectory = f.node.isDirectory;
  // Quotas count what was asked for, not what there is room for.
  const refusal = isDirectory ? readDirectory(s, f, offset, wanted, window) : readFile(s, f, offset, wanted, window);
  if (refusal !== errors.NONE) return refusal;
  const bytes = <u32>(window.at - data);
  out.word(bytes);
  out.advance(bytes);
  const from = startOf(f, offset);
  f.cursor = from + bytes;
  if (s.hasTicket) countUse(s, f, from, bytes);
  return errors.NONE;
}

// SPDX-License-Identifier: Apache-2.0
// /log/queen.log: the newest lines of what happened, as one byte ring of whole lines.
//
//   ring   LOG_BYTES, addressed by absolute offset modulo its size; [base, next) is retained, base is a line's start
//
// A fid reads from the oldest line at the time of its opening; one that falls behind what is retained goes on at the
// oldest line that is left.
import { LOG_BYTES, LOG_LINES } from '../../limits';
import * as log from '../../log';
import * as access from '../../namespace/access';
import { Place } from '../../namespace/node';
import * as tree from '../../namespace/tree';
import { Fid } from '../../session/fid';
import { Writer } from '../../../lib/text/writer';
import { clean } from './clean';
import * as notes from './notes';
import * as errors from '../../wire/errors';
import { Session } from '../../session/session';

const ring = memory.data(LOG_BYTES);
let base: u64 = 0;
let next: u64 = 0;
let lines: u32 = 0;


@inline
function at(offset: u64): usize {
  return ring + <usize>(offset % LOG_BYTES);
}

/** Drops the oldest line. */
function dropLine(): void {
  while (load<u8>(at(base)) !== 0x0a) base++;
  base++;
  lines--;
}

/** Appends bytes that end with a newline; longer than the ring is never asked. */
function append(start: usize, bytes: u32): void {
  while (next + bytes - base > LOG_BYTES) dropLine();
  for (let i: u32 = 0; i < bytes; i++) {
    const c = load<u8>(start + i);
    store<u8>(at(next), c);
    next++;
    if (c === 0x0a) lines++;
  }
  while (lines > LOG_LINES) dropLine();
}

/** Takes a line of the server's own. What clients had a say in stays one line of clean text, and no ticket is in it. */
function take(): void {
  const bytes = clean(log.buffer, log.bytes());
  store<u8>(log.buffer + bytes, 0x0a);
  append(log.buffer, bytes + 1);
}

const newline = memory.data<u8>([0x0a]);

function write(_s: Session, _place: Place, data: usize, bytes: u32, _offset: u64): u32 {
  if (bytes === 0) return errors.NONE;
  notes.keep(data, bytes);
  append(data, bytes);
  if (load<u8>(data + bytes - 1) !== 0x0a) append(newline, 1);
  return errors.NONE;
}

/** mark: absolute offset of the fid's offset 0, + 1. */
function read(fid: Fid, offset: u64, w: Writer): u32 {
  if (fid.mark === 0) fid.mark = base + 1;
  let from = fid.mark - 1 + offset;
  if (from < base) {
    fid.mark = base - offset + 1;
    from = base;
  }
  if (from >= next) return errors.NONE;
  const wanted = next - from;
  const room = w.room;
  let left = wanted < room ? <u32>wanted : room;
  const first = LOG_BYTES - <u32>(from % LOG_BYTES);
  const head = left < first ? left : first;
  w.bytes(at(from), head);
  left -= head;
  w.bytes(ring, left);
  return errors.NONE;
}

function size(_place: Place): u64 {
  return next - base;
}

/** Takes lines from now on. */
export function keep(): void {
  log.keepWith(take.index);
}

export function declare(): void {
  const dir = tree.directory(tree.ROOT, 'log', access.EVERYONE);
  const file = tree.appendOnly(dir, 'queen.log', access.EVERYONE, access.QUEEN, 0, write.index);
  tree.asStream(file, read.index, size.index);
}

// SPDX-License-Identifier: Apache-2.0
// The fids of a session: what each names in the tree, and how it was opened.
//
//   index    2·FIDS_PER_SESSION × u16, open addressing by fid: record number + 1, or 0
//   records  FIDS_PER_SESSION × Fid (session/fid.ts)
import { FIDS_PER_SESSION } from '../limits';
import { Fid, NO_FID } from './fid';
import { FID_INDEX_BYTES, Session } from './session';

const SLOTS: u32 = 2 * FIDS_PER_SESSION;

function home(fid: u32): u32 {
  return ((fid * 0x9e3779b1) >> 16) & (SLOTS - 1);
}

function record(s: Session, index: u32): Fid {
  return changetype<Fid>(s.fids + index * offsetof<Fid>());
}

function entryAt(s: Session, at: u32): u32 {
  return load<u16>(s.fidIndex + 2 * at);
}

function setEntry(s: Session, at: u32, entry: u32): void {
  store<u16>(s.fidIndex + 2 * at, <u16>entry);
}

/** Index slot of the fid, or of the free slot where it would go. */
function probe(s: Session, fid: u32): u32 {
  let at = home(fid);
  let entry = entryAt(s, at);
  while (entry !== 0 && record(s, entry - 1).number !== fid) {
    at = (at + 1) & (SLOTS - 1);
    entry = entryAt(s, at);
  }
  return at;
}

/** The record of a fid, or NO_FID. */
export function find(s: Session, fid: u32): Fid {
  const entry = entryAt(s, probe(s, fid));
  return entry === 0 ? NO_FID : record(s, entry - 1);
}

/** The number of a free record: one that was given back, else the next that was never used. */
function takeRecord(s: Session): u32 {
  const first = s.freeFid;
  if (first !== 0) {
    s.freeFid = record(s, first - 1).number;
    return first - 1;
  }
  const fresh = s.fidHighWater;
  s.fidHighWater = fresh + 1;
  return fresh;
}

/** A new record for a fid that is not in use; NO_FID: the table is full. */
export function add(s: Session, fid: u32): Fid {
  if (s.fidCount === FIDS_PER_SESSION) return NO_FID;
  const at = probe(s, fid);
  const taken = takeRecord(s);
  setEntry(s, at, taken + 1);
  s.fidCount++;
  const f = record(s, taken);
  f.number = fid;
  return f;
}

/** Forgets a fid. */
export function remove(s: Session, fid: u32): void {
  let hole = probe(s, fid);
  const removed = entryAt(s, hole);
  if (removed === 0) return;
  s.fidCount--;
  // Entries behind the hole move up when their home is not between the hole and them.
  for (let at = (hole + 1) & (SLOTS - 1); entryAt(s, at) !== 0; at = (at + 1) & (SLOTS - 1)) {
    const from = home(record(s, entryAt(s, at) - 1).number);
    if (((at - from) & (SLOTS - 1)) < ((at - hole) & (SLOTS - 1))) continue;
    setEntry(s, hole, entryAt(s, at));
    hole = at;
  }
  setEntry(s, hole, 0);
  record(s, removed - 1).number = s.freeFid;
  s.freeFid = removed;
}

/** Forgets all fids. */
export function clear(s: Session): void {
  memory.fill(s.fidIndex, 0, FID_INDEX_BYTES);
  s.freeFid = 0;
  s.fidHighWater = 0;
  s.fidCount = 0;
}

// SPDX-License-Identifier: Apache-2.0
// The fids of a session: what each names in the tree, and how it was opened.
//
//   index    2·FIDS_PER_SESSION × u16, open addressing by fid: record number + 1, or 0
//   record   +0 fid u32 · +4 node u16 · +6 via u8 · +7 mode u8 · +8 outer u32 · +12 key u32
//            +16 qid.path u64 · +24 cursor u64 · +32 mark u64        of a free record: +0 next free record + 1
//
//   node, outer, key: place in the tree (namespace/tree.ts) · via: bind through which it was reached, + 1
//   cursor: end of the last read · mark: whatever the file needs to go on from there
import { FIDS_PER_SESSION } from '../limits';
import * as session from './session';

const SLOTS: u32 = 2 * FIDS_PER_SESSION;

/** Ways in which a fid is open. */
export const READ: u32 = 1;
export const WRITE: u32 = 2;
export const APPEND: u32 = 4;
export const OPEN: u32 = 8;


@inline
export function number(f: usize): u32 {
  return load<u32>(f);
}


@inline
export function node(f: usize): u32 {
  return load<u16>(f, 4);
}


@inline
export function via(f: usize): u32 {
  return load<u8>(f, 6);
}


@inline
export function mode(f: usize): u32 {
  return load<u8>(f, 7);
}


@inline
export function outer(f: usize): u32 {
  return load<u32>(f, 8);
}


@inline
export function key(f: usize): u32 {
  return load<u32>(f, 12);
}


@inline
export function qidPath(f: usize): u64 {
  return load<u64>(f, 16);
}


@inline
export function cursor(f: usize): u64 {
  return load<u64>(f, 24);
}


@inline
export function mark(f: usize): u64 {
  return load<u64>(f, 32);
}

export function setMode(f: usize, value: u32): void {
  store<u8>(f, <u8>value, 7);
}

export function setCursor(f: usize, value: u64): void {
  store<u64>(f, value, 24);
}

export function setMark(f: usize, value: u64): void {
  store<u64>(f, value, 32);
}

export function setPlace(f: usize, node: u32, via: u32, outer: u32, key: u32, qidPath: u64): void {
  store<u16>(f, <u16>node, 4);
  store<u8>(f, <u8>via, 6);
  store<u8>(f, 0, 7);
  store<u32>(f, outer, 8);
  store<u32>(f, key, 12);
  store<u64>(f, qidPath, 16);
  store<u64>(f, 0, 24);
  store<u64>(f, 0, 32);
}


@inline
function home(fid: u32): u32 {
  return ((fid * 0x9e3779b1) >> 16) & (SLOTS - 1);
}


@inline
function record(s: usize, index: u32): usize {
  return s + session.FIDS + index * session.FID_BYTES;
}


@inline
function entryAt(s: usize, at: u32): u32 {
  return load<u16>(s + session.FID_INDEX + 2 * at);
}


@inline
function setEntry(s: usize, at: u32, entry: u32): void {
  store<u16>(s + session.FID_INDEX + 2 * at, <u16>entry);
}

/** Index slot of the fid, or of the free slot where it would go. */
function probe(s: usize, fid: u32): u32 {
  let at = home(fid);
  let entry = entryAt(s, at);
  while (entry !== 0 && number(record(s, entry - 1)) !== fid) {
    at = (at + 1) & (SLOTS - 1);
    entry = entryAt(s, at);
  }
  return at;
}

/** The record of a fid, or 0. */
export function find(s: usize, fid: u32): usize {
  const entry = entryAt(s, probe(s, fid));
  return entry === 0 ? 0 : record(s, entry - 1);
}

/** The number of a free record: one that was given back, else the next that was never used. */
function takeRecord(s: usize): u32 {
  const first = session.freeFid(s);
  if (first !== 0) {
    session.setFreeFid(s, load<u32>(record(s, first - 1)));
    return first - 1;
  }
  const fresh = session.fidHighWater(s);
  session.setFidHighWater(s, fresh + 1);
  return fresh;
}

/** A new record for a fid that is not in use; 0: the table is full. */
export function add(s: usize, fid: u32): usize {
  if (session.fidCount(s) === FIDS_PER_SESSION) return 0;
  const at = probe(s, fid);
  const taken = takeRecord(s);
  setEntry(s, at, taken + 1);
  session.setFidCount(s, session.fidCount(s) + 1);
  const f = record(s, taken);
  store<u32>(f, fid);
  return f;
}

/** Forgets a fid. */
export function remove(s: usize, fid: u32): void {
  let hole = probe(s, fid);
  const removed = entryAt(s, hole);
  if (removed === 0) return;
  session.setFidCount(s, session.fidCount(s) - 1);
  // Entries behind the hole move up when their home is not between the hole and them.
  for (let at = (hole + 1) & (SLOTS - 1); entryAt(s, at) !== 0; at = (at + 1) & (SLOTS - 1)) {
    const from = home(number(record(s, entryAt(s, at) - 1)));
    if (((at - from) & (SLOTS - 1)) < ((at - hole) & (SLOTS - 1))) continue;
    setEntry(s, hole, entryAt(s, at));
    hole = at;
  }
  setEntry(s, hole, 0);
  store<u32>(record(s, removed - 1), session.freeFid(s));
  session.setFreeFid(s, removed);
}

/** Forgets all fids. */
export function clear(s: usize): void {
  memory.fill(s + session.FID_INDEX, 0, session.FID_INDEX_BYTES);
  session.setFreeFid(s, 0);
  session.setFidHighWater(s, 0);
  session.setFidCount(s, 0);
}

// The fids of a session: what each names in the tree, and how it was opened.
//
//   index    2·FIDS_PER_SESSION bytes, open addressing by fid: record number + 1, or 0
//   record   +0 fid u32 · +4 node u16 · +6 via u8 · +7 mode u8 · +8 outer u32 · +12 key u32
//            +16 qid.path u64 · +24 cursor u64 · +32 mark u64 · +40 used u8
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

/** Index slot of the fid, or of the free slot where it would go. */
function probe(s: usize, fid: u32): u32 {
  let at = home(fid);
  let entry = <u32>load<u8>(s + session.FID_INDEX + at);
  while (entry !== 0 && number(record(s, entry - 1)) !== fid) {
    at = (at + 1) & (SLOTS - 1);
    entry = <u32>load<u8>(s + session.FID_INDEX + at);
  }
  return at;
}

/** The record of a fid, or 0. */
export function find(s: usize, fid: u32): usize {
  const entry = <u32>load<u8>(s + session.FID_INDEX + probe(s, fid));
  return entry === 0 ? 0 : record(s, entry - 1);
}

/** A new record for a fid that is not in use; 0: the table is full. */
export function add(s: usize, fid: u32): usize {
  if (session.fidCount(s) === FIDS_PER_SESSION) return 0;
  let free: u32 = 0;
  while (free < FIDS_PER_SESSION && load<u8>(record(s, free), 40) !== 0) free++;
  if (free === FIDS_PER_SESSION) unreachable(); // the count and the records disagree
  store<u8>(s + session.FID_INDEX + probe(s, fid), <u8>(free + 1));
  session.setFidCount(s, session.fidCount(s) + 1);
  const f = record(s, free);
  store<u32>(f, fid);
  store<u8>(f, 1, 40);
  return f;
}

/** Forgets a fid. */
export function remove(s: usize, fid: u32): void {
  const index = s + session.FID_INDEX;
  let hole = probe(s, fid);
  const entry = <u32>load<u8>(index + hole);
  if (entry === 0) return;
  store<u8>(record(s, entry - 1), 0, 40);
  session.setFidCount(s, session.fidCount(s) - 1);
  // Entries behind the hole move up when their home is not between the hole and them.
  for (let at = (hole + 1) & (SLOTS - 1); load<u8>(index + at) !== 0; at = (at + 1) & (SLOTS - 1)) {
    const from = home(number(record(s, <u32>load<u8>(index + at) - 1)));
    if (((at - from) & (SLOTS - 1)) < ((at - hole) & (SLOTS - 1))) continue;
    store<u8>(index + hole, load<u8>(index + at));
    hole = at;
  }
  store<u8>(index + hole, 0);
}

/** Forgets all fids. */
export function clear(s: usize): void {
  memory.fill(s + session.FID_INDEX, 0, session.FID_INDEX_BYTES);
  for (let i: u32 = 0; i < FIDS_PER_SESSION; i++) store<u8>(record(s, i), 0, 40);
  session.setFidCount(s, 0);
}

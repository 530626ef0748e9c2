// SPDX-License-Identifier: Apache-2.0
// Advisory byte-range locks, as POSIX has them, for clients that ask (Tlock, Tgetlock). The server keeps no file from
// anybody because of a lock.
//
//   lock   +0 place u64 · +8 first u64 · +16 last u64 · +24 session u32 (0: free) · +28 process u32 · +32 client u64
//          +40 exclusive u8
//
//   place: qid.path of the file · owner: session, client (hash of its name) and process
import { MAX_LOCKS } from '../limits';

const LOCK_BYTES: u32 = 48;
const table = memory.data(MAX_LOCKS * LOCK_BYTES, 8);

/** The owner in whose name the next calls are made. */
let session: u32 = 0;
let client: u64 = 0;
let process: u32 = 0;

export function setOwner(sessionOf: u32, clientOf: u64, processOf: u32): void {
  session = sessionOf;
  client = clientOf;
  process = processOf;
}


@inline
function at(index: u32): usize {
  return table + index * LOCK_BYTES;
}

function isOwn(lock: usize): bool {
  return load<u32>(lock, 24) === session && load<u64>(lock, 32) === client && load<u32>(lock, 28) === process;
}

function overlaps(lock: usize, place: u64, first: u64, last: u64): bool {
  if (load<u32>(lock, 24) === 0 || load<u64>(lock) !== place) return false;
  return load<u64>(lock, 8) <= last && first <= load<u64>(lock, 16);
}

export function first(lock: usize): u64 {
  return load<u64>(lock, 8);
}

export function last(lock: usize): u64 {
  return load<u64>(lock, 16);
}

export function processOf(lock: usize): u32 {
  return load<u32>(lock, 28);
}

export function isExclusive(lock: usize): bool {
  return load<u8>(lock, 40) !== 0;
}

/** Another owner's lock that stands against this one, or 0. */
export function conflict(place: u64, exclusive: bool, first: u64, last: u64): usize {
  for (let i: u32 = 0; i < MAX_LOCKS; i++) {
    const lock = at(i);
    if (!overlaps(lock, place, first, last) || isOwn(lock)) continue;
    if (exclusive || isExclusive(lock)) return lock;
  }
  return 0;
}

/** Locks that are held. */
export function count(): u32 {
  return MAX_LOCKS - freeCount();
}

function freeCount(): u32 {
  let free: u32 = 0;
  for (let i: u32 = 0; i < MAX_LOCKS; i++) free += load<u32>(at(i), 24) === 0 ? 1 : 0;
  return free;
}

function add(place: u64, exclusive: bool, first: u64, last: u64): void {
  let index: u32 = 0;
  while (load<u32>(at(index), 24) !== 0) index++;
  const lock = at(index);
  store<u64>(lock, place);
  store<u64>(lock, first, 8);
  store<u64>(lock, last, 16);
  store<u32>(lock, session, 24);
  store<u32>(lock, process, 28);
  store<u64>(lock, client, 32);
  store<u8>(lock, exclusive ? 1 : 0, 40);
}

/** Gives up the owner's locks in a range; what lies beyond it stays. */
function cut(place: u64, first: u64, last: u64): void {
  for (let i: u32 = 0; i < MAX_LOCKS; i++) {
    const lock = at(i);
    if (!overlaps(lock, place, first, last) || !isOwn(lock)) continue;
    const lockFirst = load<u64>(lock, 8);
    const lockLast = load<u64>(lock, 16);
    const exclusive = isExclusive(lock);
    store<u32>(lock, 0, 24);
    if (lockFirst < first) add(place, exclusive, lockFirst, first - 1);
    if (lockLast > last) add(place, exclusive, last + 1, lockLast);
  }
}

/** Takes a lock that has no conflict; false: the table is full. */
export function take(place: u64, exclusive: bool, first: u64, last: u64): bool {
  // One for itself, and one more when it splits a lock of the same owner.
  if (freeCount() < 2) return false;
  cut(place, first, last);
  add(place, exclusive, first, last);
  return true;
}

/** Gives locks up; false: the table is too full to split one. */
export function release(place: u64, first: u64, last: u64): bool {
  if (freeCount() === 0) return false;
  cut(place, first, last);
  return true;
}

/** A session is over. */
export function forget(id: u32): void {
  for (let i: u32 = 0; i < MAX_LOCKS; i++) {
    if (load<u32>(at(i), 24) === id) store<u32>(at(i), 0, 24);
  }
}

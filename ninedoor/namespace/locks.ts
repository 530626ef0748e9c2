// SPDX-License-Identifier: Apache-2.0
// Advisory byte-range locks, as POSIX has them, for clients that ask (Tlock, Tgetlock). The server keeps no file from
// anybody because of a lock.
//
//   Lock   place u64 · first u64 · last u64 · client u64 · session u32 · process u32 · isExclusive bool
//
//   place: qid.path of the file · owner: session (its id; 0: the record is free), client (hash of its name) and process
import { LOCKS_PER_SESSION, MAX_LOCKS } from '../limits';


@unmanaged
export class Lock {
  place: u64;
  first: u64;
  last: u64;
  client: u64;
  session: u32;
  process: u32;
  isExclusive: bool;

  get isFree(): bool {
    return this.session === 0;
  }

  hasOwnerOf(other: Lock): bool {
    return this.session === other.session && this.client === other.client && this.process === other.process;
  }

  overlaps(other: Lock): bool {
    return !this.isFree && this.place === other.place && this.first <= other.last && other.first <= this.last;
  }
}

export const NO_LOCK = changetype<Lock>(0);

const LOCK_BYTES: u32 = (offsetof<Lock>() + 7) & ~7;
const table = memory.data(MAX_LOCKS * LOCK_BYTES, 8);

function at(index: u32): Lock {
  return changetype<Lock>(table + index * LOCK_BYTES);
}

/** Another owner's lock that stands against the one that is wanted, or NO_LOCK. */
export function conflict(wanted: Lock): Lock {
  for (let i: u32 = 0; i < MAX_LOCKS; i++) {
    const lock = at(i);
    if (!lock.overlaps(wanted) || lock.hasOwnerOf(wanted)) continue;
    if (wanted.isExclusive || lock.isExclusive) return lock;
  }
  return NO_LOCK;
}

/** Locks that are held. */
export function count(): u32 {
  let held: u32 = 0;
  for (let i: u32 = 0; i < MAX_LOCKS; i++) held += at(i).isFree ? 0 : 1;
  return held;
}

/** Locks of a session. */
export function countOf(session: u32): u32 {
  let held: u32 = 0;
  for (let i: u32 = 0; i < MAX_LOCKS; i++) held += at(i).session === session ? 1 : 0;
  return held;
}

/** How many records more the owner has once its locks are cut out of a range: at most 1, when the range splits a lock. */
function growth(range: Lock): i32 {
  let more: i32 = 0;
  for (let i: u32 = 0; i < MAX_LOCKS; i++) {
    const lock = at(i);
    if (!lock.overlaps(range) || !lock.hasOwnerOf(range)) continue;
    more += (lock.first < range.first ? 1 : 0) + (lock.last > range.last ? 1 : 0) - 1;
  }
  return more;
}

/** Whether the session may have so many records more, and the table has them. Fewer or as many are always there. */
function hasRoom(session: u32, more: i32): bool {
  if (more <= 0) return true;
  return count() + more <= MAX_LOCKS && countOf(session) + more <= LOCKS_PER_SESSION;
}

/** A lock of the same owner and place as `like`. The caller has seen that a record is free. */
function add(like: Lock, isExclusive: bool, first: u64, last: u64): void {
  let index: u32 = 0;
  while (!at(index).isFree) index++;
  const made = at(index);
  memory.copy(changetype<usize>(made), changetype<usize>(like), offsetof<Lock>());
  made.isExclusive = isExclusive;
  made.first = first;
  made.last = last;
}

/** Gives up the owner's locks in a range; what lies beyond it stays. */
function cut(range: Lock): void {
  for (let i: u32 = 0; i < MAX_LOCKS; i++) {
    const lock = at(i);
    if (!lock.overlaps(range) || !lock.hasOwnerOf(range)) continue;
    const first = lock.first;
    const last = lock.last;
    const isExclusive = lock.isExclusive;
    lock.session = 0;
    if (first < range.first) add(range, isExclusive, first, range.first - 1);
    if (last > range.last) add(range, isExclusive, range.last + 1, last);
  }
}

/** Takes a lock that has no conflict; false: the table is full, or the session has its share. */
export function take(wanted: Lock): bool {
  if (!hasRoom(wanted.session, growth(wanted) + 1)) return false;
  cut(wanted);
  add(wanted, wanted.isExclusive, wanted.first, wanted.last);
  return true;
}

/** Gives locks up; false: it would split one, and there is no room for the second part. */
export function release(range: Lock): bool {
  if (!hasRoom(range.session, growth(range))) return false;
  cut(range);
  return true;
}

/** A session is over. */
export function forget(id: u32): void {
  for (let i: u32 = 0; i < MAX_LOCKS; i++) {
    if (at(i).session === id) at(i).session = 0;
  }
}

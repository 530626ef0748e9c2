// SPDX-License-Identifier: Apache-2.0
// The binds of a session: names that only this session sees, for places in the tree
// (session/bind.ts).
import { MAX_BINDS } from '../limits';
import { Place } from '../namespace/node';
import { same } from '../../lib/text/slice';
import { BIND_BYTES, Bind } from './bind';
import { Session } from './session';

export function at(s: Session, index: u32): Bind {
  return changetype<Bind>(s.binds + index * BIND_BYTES);
}

/** Adds a bind, or replaces the one with the same `to`. Paths fit (the caller checks); false: the table is full. */
export function add(s: Session, place: Place, from: usize, fromBytes: u32, to: usize, toBytes: u32): bool {
  let index: u32 = 0;
  const count = s.bindCount;
  while (index < count && !same(at(s, index).to, at(s, index).toBytes, to, toBytes)) index++;
  if (index === MAX_BINDS) return false;
  if (index === count) s.bindCount++;
  const bind = at(s, index);
  bind.set(place.node, place.parentKey, place.key, 0);
  bind.fromBytes = <u16>fromBytes;
  bind.toBytes = <u16>toBytes;
  memory.copy(bind.from, from, fromBytes);
  memory.copy(bind.to, to, toBytes);
  return true;
}

/** The bind whose `to` is the path, or MAX_BINDS. */
export function exact(s: Session, path: usize, bytes: u32): u32 {
  for (let i: u32 = 0; i < s.bindCount; i++) {
    if (same(at(s, i).to, at(s, i).toBytes, path, bytes)) return i;
  }
  return MAX_BINDS;
}

/** A bind whose `to` lies below the path, or MAX_BINDS. */
export function below(s: Session, path: usize, bytes: u32): u32 {
  const prefix: u32 = bytes === 1 ? 0 : bytes; // the root is a prefix of every path
  for (let i: u32 = 0; i < s.bindCount; i++) {
    const bind = at(s, i);
    if (<u32>bind.toBytes <= prefix + 1 || load<u8>(bind.to + prefix) !== 0x2f) continue;
    if (memory.compare(bind.to, path, prefix) === 0) return i;
  }
  return MAX_BINDS;
}

// SPDX-License-Identifier: Apache-2.0
// The binds of a session: names that only this session sees, for places in the tree.
//
//   bind   +0 from bytes u16 · +2 to bytes u16 · +4 node u16 · +8 outer u32 · +12 key u32 · +16 from · +272 to
//          from: the place's path · to: the path under which the session sees it
import { BIND_PATH_BYTES, MAX_BINDS } from '../limits';
import { same } from '../../lib/text/slice';
import * as session from './session';


@inline
function at(s: usize, index: u32): usize {
  return s + session.BINDS + index * session.BIND_BYTES;
}

export function fromBytes(s: usize, index: u32): u32 {
  return load<u16>(at(s, index));
}

export function toBytes(s: usize, index: u32): u32 {
  return load<u16>(at(s, index), 2);
}

export function node(s: usize, index: u32): u32 {
  return load<u16>(at(s, index), 4);
}

export function outer(s: usize, index: u32): u32 {
  return load<u32>(at(s, index), 8);
}

export function key(s: usize, index: u32): u32 {
  return load<u32>(at(s, index), 12);
}

export function from(s: usize, index: u32): usize {
  return at(s, index) + 16;
}

export function to(s: usize, index: u32): usize {
  return at(s, index) + 16 + BIND_PATH_BYTES;
}

/** Adds a bind, or replaces the one with the same `to`. Paths fit (the caller checks); false: the table is full. */
export function add(
  s: usize,
  fromStart: usize,
  fromSize: u32,
  toStart: usize,
  toSize: u32,
  nodeOf: u32,
  outerOf: u32,
  keyOf: u32,
): bool {
  let index: u32 = 0;
  const count = session.bindCount(s);
  while (index < count && !same(to(s, index), toBytes(s, index), toStart, toSize)) index++;
  if (index === MAX_BINDS) return false;
  if (index === count) session.setBindCount(s, count + 1);
  store<u16>(at(s, index), <u16>fromSize);
  store<u16>(at(s, index), <u16>toSize, 2);
  store<u16>(at(s, index), <u16>nodeOf, 4);
  store<u32>(at(s, index), outerOf, 8);
  store<u32>(at(s, index), keyOf, 12);
  memory.copy(from(s, index), fromStart, fromSize);
  memory.copy(to(s, index), toStart, toSize);
  return true;
}

/** The bind whose `to` is the path, or MAX_BINDS. */
export function exact(s: usize, path: usize, bytes: u32): u32 {
  for (let i: u32 = 0; i < session.bindCount(s); i++) {
    if (same(to(s, i), toBytes(s, i), path, bytes)) return i;
  }
  return MAX_BINDS;
}

/** A bind whose `to` lies below the path, or MAX_BINDS. */
export function below(s: usize, path: usize, bytes: u32): u32 {
  const prefix: u32 = bytes === 1 ? 0 : bytes; // the root is a prefix of every path
  for (let i: u32 = 0; i < session.bindCount(s); i++) {
    if (toBytes(s, i) <= prefix + 1 || load<u8>(to(s, i) + prefix) !== 0x2f) continue;
    if (memory.compare(to(s, i), path, prefix) === 0) return i;
  }
  return MAX_BINDS;
}

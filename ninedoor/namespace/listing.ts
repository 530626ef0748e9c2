// SPDX-License-Identifier: Apache-2.0
// Listings: the children of a directory as one session sees them, in byte order, one at a time. A cookie names the entry
// that was given last, so a listing goes on at the right place whatever came or went meanwhile.
//
//   cookie   0: at the start · LITERAL | node · MANY | key · BIND | index        names stay known after their thing is gone
import { NAME_BYTES, PATH_BYTES } from '../limits';
import * as binds from '../session/binds';
import * as session from '../session/session';
import { compare, compareText } from '../../lib/text/slice';
import { Writer } from '../../lib/text/writer';
import * as access from './access';
import * as paths from './paths';
import * as tree from './tree';
import * as walker from './walker';

const LITERAL: u64 = 1 << 40;
const MANY: u64 = 2 << 40;
const BIND: u64 = 3 << 40;
const TYPE: u64 = 3 << 40;
/** Bits above every cookie are free for the caller. */
export const COOKIE_BITS: u64 = 42;

/** The entry that `next` found. */
export let cookie: u64 = 0;
export let node: u32 = 0;
export let outer: u32 = 0;
export let key: u32 = 0;
export let nameBytes: u32 = 0;

const nameBuffer = memory.data(NAME_BYTES + 1);
const afterBuffer = memory.data(NAME_BYTES + 1);
const boundPath = memory.data(PATH_BYTES);
const writer = changetype<Writer>(memory.data(offsetof<Writer>(), 8));

export function name(): usize {
  return nameBuffer;
}

function spell(buffer: usize, node: u32, outer: u32, key: u32): u32 {
  writer.open(buffer, NAME_BYTES);
  tree.writeName(node, outer, key, writer);
  return <u32>(writer.at - buffer);
}

function isVisible(s: usize, node: u32, key: u32): bool {
  return access.allowed(s, tree.readers(node), key) || access.allowed(s, tree.writers(node), key);
}

/** qid.path of the entry that `next` found. */
export function qidPath(): u64 {
  if (node !== tree.BOUND) return paths.placeQid(node, outer, key);
  const dirBytes = directoryBytes();
  memory.copy(boundPath, walker.path(), dirBytes);
  store<u8>(boundPath + dirBytes, 0x2f);
  memory.copy(boundPath + dirBytes + 1, nameBuffer, nameBytes);
  return paths.textQid(boundPath, dirBytes + 1 + nameBytes);
}

/** The first literal child behind a name. */
function literalAfter(bytes: u32): u32 {
  let child = tree.firstChild(walker.node);
  while (child !== tree.NO_NODE && compareText(afterBuffer, bytes, tree.literal(child)) >= 0) {
    child = tree.nextSibling(child);
  }
  return child;
}

/** The next declared entry behind `from`; false: there is none. */
function nextDeclared(s: usize, from: u64): bool {
  const dir = walker.node;
  const many = tree.manyChild(dir);
  let literal: u32 = tree.firstChild(dir);
  let after: u32 = 0;
  if ((from & TYPE) === LITERAL) {
    const last = <u32>(from & 0xffff);
    literal = tree.nextSibling(last);
    after = spell(afterBuffer, last, 0, 0);
  } else if ((from & TYPE) === MANY) {
    after = spell(afterBuffer, many, walker.key, <u32>from);
    literal = literalAfter(after);
  }
  let value: u32 = many === tree.NO_NODE ? tree.NONE : tree.next(tree.kind(many), walker.key, afterBuffer, after);
  while (value !== tree.NONE || literal !== tree.NO_NODE) {
    if (value !== tree.NONE) nameBytes = spell(nameBuffer, many, walker.key, value);
    const takeMany =
      value !== tree.NONE &&
      (literal === tree.NO_NODE || compareText(nameBuffer, nameBytes, tree.literal(literal)) < 0);
    if (takeMany) {
      if (isVisible(s, many, value)) return found(many, walker.key, value, MANY | value);
      value = tree.next(tree.kind(many), walker.key, nameBuffer, nameBytes);
    } else if (isVisible(s, literal, walker.key)) {
      nameBytes = spell(nameBuffer, literal, 0, 0);
      return found(literal, walker.outer, walker.key, LITERAL | literal);
    } else {
      literal = tree.nextSibling(literal);
    }
  }
  return false;
}

function found(nodeOf: u32, outerOf: u32, keyOf: u32, cookieOf: u64): bool {
  node = nodeOf;
  outer = outerOf;
  key = keyOf;
  cookie = cookieOf;
  return true;
}

/** Bytes of the directory's path without a final slash. */
function directoryBytes(): u32 {
  return walker.pathBytes() === 1 ? 0 : walker.pathBytes();
}

/** Bytes of the component that bind `index` adds to this directory, at nameBuffer; 0: it adds none. */
function bindComponent(s: usize, index: u32): u32 {
  const dirBytes = directoryBytes();
  const to = binds.to(s, index);
  const bytes = binds.toBytes(s, index);
  if (bytes <= dirBytes + 1 || load<u8>(to + dirBytes) !== 0x2f) return 0;
  if (memory.compare(to, walker.path(), dirBytes) !== 0) return 0;
  let length: u32 = 0;
  while (dirBytes + 1 + length < bytes && load<u8>(to + dirBytes + 1 + length) !== 0x2f) length++;
  if (length > NAME_BYTES) return 0;
  memory.copy(nameBuffer, to + dirBytes + 1, length);
  return length;
}

/** Whether the name at nameBuffer is a child of the directory without binds, or an earlier bind adds it too. */
function isListed(s: usize, bytes: u32, before: u32): bool {
  memory.copy(afterBuffer, nameBuffer, bytes);
  if (walker.node !== tree.BOUND) {
    for (let child = tree.firstChild(walker.node); child !== tree.NO_NODE; child = tree.nextSibling(child)) {
      if (compareText(afterBuffer, bytes, tree.literal(child)) === 0) return true;
    }
  }
  let listed = false;
  for (let i: u32 = 0; i < before && !listed; i++) {
    const other = bindComponent(s, i);
    listed = other !== 0 && compare(nameBuffer, other, afterBuffer, bytes) === 0;
  }
  memory.copy(nameBuffer, afterBuffer, bytes);
  return listed;
}

function nextBind(s: usize, from: u64): bool {
  let index: u32 = (from & TYPE) === BIND ? <u32>(from & 0xff) + 1 : 0;
  for (; index < session.bindCount(s); index++) {
    const bytes = bindComponent(s, index);
    if (bytes === 0 || isListed(s, bytes, index)) continue;
    nameBytes = bytes;
    const exact = binds.toBytes(s, index) === directoryBytes() + 1 + bytes;
    if (exact) return found(binds.node(s, index), binds.outer(s, index), binds.key(s, index), BIND | index);
    return found(tree.BOUND, 0, 0, BIND | index);
  }
  return false;
}

/** The entry behind `from` in the directory where the walker stands; false: the listing is complete. */
export function next(s: usize, from: u64): bool {
  if (walker.node !== tree.BOUND && (from & TYPE) !== BIND && nextDeclared(s, from)) return true;
  return session.bindCount(s) !== 0 && nextBind(s, from);
}

/** Whether a value that a client sends can be a cookie of this directory. */
export function isCookie(dir: u32, value: u64): bool {
  if (value === 0) return true;
  if (value >= 1 << COOKIE_BITS) return false;
  const number = value & (LITERAL - 1);
  switch (value & TYPE) {
    case LITERAL:
      return dir !== tree.BOUND && number < tree.NO_NODE && tree.isChild(dir, <u32>number);
    case MANY:
      return dir !== tree.BOUND && number < tree.NONE && tree.manyChild(dir) !== tree.NO_NODE;
    case BIND:
      return number < 256;
    default:
      return false;
  }
}

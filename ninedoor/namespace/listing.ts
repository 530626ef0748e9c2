// SPDX-License-Identifier: Apache-2.0
// Listings: the children of a directory as one session sees them, in byte order, one at a time. A cookie names the entry
// that was given last, so a listing goes on at the right place whatever came or went meanwhile.
//
//   cookie   0: at the start · LITERAL | node · WILDCARD | key · BIND | index     names stay known after their thing is gone
import { MAX_NODES, NAME_BYTES, PATH_BYTES } from '../limits';
import * as binds from '../session/binds';
import { Session } from '../session/session';
import { compare, compareText } from '../../lib/text/slice';
import { Writer } from '../../lib/text/writer';
import * as access from './access';
import { Node, Place } from './node';
import * as paths from './paths';
import * as tree from './tree';
import * as walker from './walker';

const LITERAL: u64 = 1 << 40;
const WILDCARD: u64 = 2 << 40;
const BIND: u64 = 3 << 40;
const TYPE: u64 = 3 << 40;
/** Bits above every cookie are free for the caller. */
export const COOKIE_BITS: u64 = 42;

/** The entry that `next` found. */
export let cookie: u64 = 0;
export const place = changetype<Place>(memory.data(offsetof<Place>(), 4));
export let nameBytes: u32 = 0;

const nameBuffer = memory.data(NAME_BYTES + 1);
const afterBuffer = memory.data(NAME_BYTES + 1);
const boundPath = memory.data(PATH_BYTES);
const writer = changetype<Writer>(memory.data(offsetof<Writer>(), 8));

export function name(): usize {
  return nameBuffer;
}

function spell(buffer: usize, node: Node, parentKey: u32, key: u32): u32 {
  writer.open(buffer, NAME_BYTES);
  node.writeName(parentKey, key, writer);
  return <u32>(writer.at - buffer);
}

function isVisible(s: Session, node: Node, key: u32): bool {
  return access.allowed(s, node.readers, key) || access.allowed(s, node.writers, key);
}

/** qid.path of the entry that `next` found. */
export function qidPath(): u64 {
  if (place.node !== tree.BOUND) return paths.placeQid(place);
  const dirBytes = directoryBytes();
  memory.copy(boundPath, walker.path(), dirBytes);
  store<u8>(boundPath + dirBytes, 0x2f);
  memory.copy(boundPath + dirBytes + 1, nameBuffer, nameBytes);
  return paths.textQid(boundPath, dirBytes + 1 + nameBytes);
}

/** The first literal child behind the name at afterBuffer. */
function literalAfter(bytes: u32): Node {
  let child = walker.place.node.firstChild;
  while (child !== tree.NO_NODE && compareText(afterBuffer, bytes, child.name) >= 0) child = child.nextSibling;
  return child;
}

/** The next declared entry behind `from`; false: there is none. */
function nextDeclared(s: Session, from: u64): bool {
  const dir = walker.place;
  const many = dir.node.wildcardChild;
  let literal = dir.node.firstChild;
  let after: u32 = 0;
  if ((from & TYPE) === LITERAL) {
    const last = tree.literalChild(dir.node, <u32>(from & 0xffff));
    if (last === tree.NO_NODE) return false; // callers have asked isCookie
    literal = last.nextSibling;
    after = spell(afterBuffer, last, 0, 0);
  } else if ((from & TYPE) === WILDCARD) {
    after = spell(afterBuffer, many, dir.key, <u32>from);
    literal = literalAfter(after);
  }
  let value: u32 = many === tree.NO_NODE ? tree.NONE : many.wildcard.next(dir.key, afterBuffer, after);
  while (value !== tree.NONE || literal !== tree.NO_NODE) {
    if (value !== tree.NONE) nameBytes = spell(nameBuffer, many, dir.key, value);
    const takeMany =
      value !== tree.NONE && (literal === tree.NO_NODE || compareText(nameBuffer, nameBytes, literal.name) < 0);
    if (takeMany) {
      if (isVisible(s, many, value)) return found(many, dir.key, value, WILDCARD | value);
      value = many.wildcard.next(dir.key, nameBuffer, nameBytes);
    } else if (isVisible(s, literal, dir.key)) {
      nameBytes = spell(nameBuffer, literal, 0, 0);
      return found(literal, dir.parentKey, dir.key, LITERAL | tree.indexOf(literal));
    } else {
      literal = literal.nextSibling;
    }
  }
  return false;
}

function found(node: Node, parentKey: u32, key: u32, cookieOf: u64): bool {
  place.set(node, parentKey, key, 0);
  cookie = cookieOf;
  return true;
}

/** Bytes of the directory's path without a final slash. */
function directoryBytes(): u32 {
  return walker.pathBytes() === 1 ? 0 : walker.pathBytes();
}

/** Bytes of the component that bind `index` adds to this directory, at nameBuffer; 0: it adds none. */
function bindComponent(s: Session, index: u32): u32 {
  const dirBytes = directoryBytes();
  const bind = binds.at(s, index);
  const to = bind.to;
  const bytes: u32 = bind.toBytes;
  if (bytes <= dirBytes + 1 || load<u8>(to + dirBytes) !== 0x2f) return 0;
  if (memory.compare(to, walker.path(), dirBytes) !== 0) return 0;
  let length: u32 = 0;
  while (dirBytes + 1 + length < bytes && load<u8>(to + dirBytes + 1 + length) !== 0x2f) length++;
  if (length > NAME_BYTES) return 0;
  memory.copy(nameBuffer, to + dirBytes + 1, length);
  return length;
}

/** Whether the name at nameBuffer is a child of the directory without binds, or an earlier bind adds it too. */
function isListed(s: Session, bytes: u32, before: u32): bool {
  memory.copy(afterBuffer, nameBuffer, bytes);
  for (let child = walker.place.node.firstChild; child !== tree.NO_NODE; child = child.nextSibling) {
    if (compareText(afterBuffer, bytes, child.name) === 0) return true;
  }
  let listed = false;
  for (let i: u32 = 0; i < before && !listed; i++) {
    const other = bindComponent(s, i);
    listed = other !== 0 && compare(nameBuffer, other, afterBuffer, bytes) === 0;
  }
  memory.copy(nameBuffer, afterBuffer, bytes);
  return listed;
}

function nextBind(s: Session, from: u64): bool {
  let index: u32 = (from & TYPE) === BIND ? <u32>(from & 0xff) + 1 : 0;
  for (; index < s.bindCount; index++) {
    const bytes = bindComponent(s, index);
    if (bytes === 0 || isListed(s, bytes, index)) continue;
    nameBytes = bytes;
    const bind = binds.at(s, index);
    const exact = <u32>bind.toBytes === directoryBytes() + 1 + bytes;
    if (exact) return found(bind.node, bind.parentKey, bind.key, BIND | index);
    return found(tree.BOUND, 0, 0, BIND | index);
  }
  return false;
}

/** The entry behind `from` in the directory where the walker stands; false: the listing is complete. */
export function next(s: Session, from: u64): bool {
  if (!walker.isBound() && (from & TYPE) !== BIND && nextDeclared(s, from)) return true;
  return s.bindCount !== 0 && nextBind(s, from);
}

/** Whether a value that a client sends can be a cookie of this directory. */
export function isCookie(dir: Node, value: u64): bool {
  if (value === 0) return true;
  if (value >= 1 << COOKIE_BITS) return false;
  const number = value & (LITERAL - 1);
  switch (value & TYPE) {
    case LITERAL:
      return number < MAX_NODES && tree.literalChild(dir, <u32>number) !== tree.NO_NODE;
    case WILDCARD:
      return number < tree.NONE && dir.wildcardChild !== tree.NO_NODE;
    case BIND:
      return number < 256;
    default:
      return false;
  }
}

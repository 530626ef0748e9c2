// SPDX-License-Identifier: Apache-2.0
// Walking: from a place one name further, as the session sees the tree. The place at hand is `place`; its path as the
// session spells it stands beside it and grows with each step.
import { MAX_BINDS, PATH_BYTES } from '../limits';
import * as binds from '../session/binds';
import { Session } from '../session/session';
import { compareText } from '../../lib/text/slice';
import { Writer } from '../../lib/text/writer';
import * as access from './access';
import { Place } from './node';
import * as paths from './paths';
import * as tree from './tree';

/** Where the walker stands. */
export const place = changetype<Place>(memory.data(offsetof<Place>(), 4));

const writer = changetype<Writer>(memory.data(offsetof<Writer>(), 8));
const buffer = memory.data(PATH_BYTES);

export const FOUND: u32 = 0;
export const MISSING: u32 = 1;
export const DENIED: u32 = 2;
export const NOT_DIRECTORY: u32 = 3;
/** The name would be a new one, and there is no room for it. */
export const FULL: u32 = 4;

export function path(): usize {
  return buffer;
}

export function pathBytes(): u32 {
  return <u32>(writer.at - buffer);
}

export function qidPath(): u64 {
  return isBound() ? paths.textQid(buffer, pathBytes()) : paths.placeQid(place);
}

/** Begins at the root. */
export function atRoot(): void {
  place.set(tree.ROOT, 0, 0, 0);
  writer.open(buffer, PATH_BYTES);
  writer.byte(0x2f);
}

/** Begins at a place that the session has. */
export function at(s: Session, from: Place): void {
  place.copy(from);
  writer.open(buffer, PATH_BYTES);
  paths.writeView(writer, s, from);
}

/** Whether the place is only a directory above a bind. */
export function isBound(): bool {
  return place.node === tree.BOUND;
}

/** Adds a name to the path without looking for it: for the texts of refusals. */
export function append(name: usize, bytes: u32): void {
  if (pathBytes() !== 1) writer.byte(0x2f);
  writer.bytes(name, bytes);
}

/** Goes to what is bound at the path; false: nothing is. */
function stepIntoBind(s: Session): bool {
  const exact = binds.exact(s, buffer, pathBytes());
  if (exact === MAX_BINDS) return false;
  place.copy(binds.at(s, exact));
  place.via = exact + 1;
  return true;
}

/** Goes to a directory that is there only because something is bound below it; false: nothing is. */
function stepAboveBind(s: Session): bool {
  const below = binds.below(s, buffer, pathBytes());
  if (below === MAX_BINDS) return false;
  let depth: u32 = 0;
  for (let i: u32 = 0; i < pathBytes(); i++) depth += load<u8>(buffer + i) === 0x2f ? 1 : 0;
  place.set(tree.BOUND, 0, depth, below + 1);
  return true;
}

/** Goes to the declared child with this name: FOUND, MISSING or FULL. */
function stepDown(s: Session, name: usize, bytes: u32): u32 {
  const node = place.node;
  for (let child = node.firstChild; child !== tree.NO_NODE; child = child.nextSibling) {
    if (compareText(name, bytes, child.name) !== 0) continue;
    place.node = child;
    return FOUND;
  }
  const many = node.wildcardChild;
  if (many === tree.NO_NODE) return MISSING;
  const found = call_indirect<u32>(many.wildcard.findFunction, s, place.key, name, bytes);
  if (found === tree.NONE) return MISSING;
  if (found === tree.FULL) return FULL;
  place.parentKey = place.key;
  place.key = found;
  place.node = many;
  return FOUND;
}

/** One step. The name is well-formed. The path has grown by it whatever comes out. */
export function step(s: Session, name: usize, bytes: u32): u32 {
  append(name, bytes);
  if (!place.node.isDirectory) return NOT_DIRECTORY;
  if (s.bindCount !== 0 && stepIntoBind(s)) return visible(s);
  const down = stepDown(s, name, bytes);
  if (down === FOUND) return visible(s);
  return s.bindCount !== 0 && stepAboveBind(s) ? FOUND : down;
}

/** Whether the session may be at the place. */
function visible(s: Session): u32 {
  const node = place.node;
  if (access.allowed(s, node.readers, place.key) || access.allowed(s, node.writers, place.key)) return FOUND;
  return DENIED;
}

/** Walks an absolute path of well-formed names from the root. */
export function resolve(s: Session, start: usize, bytes: u32): u32 {
  atRoot();
  let at: u32 = 1;
  while (at < bytes) {
    let end = at;
    while (end < bytes && load<u8>(start + end) !== 0x2f) end++;
    const outcome = step(s, start + at, end - at);
    if (outcome !== FOUND) return outcome;
    at = end + 1;
  }
  return FOUND;
}

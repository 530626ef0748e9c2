// SPDX-License-Identifier: Apache-2.0
// Walking: from a place one name further, as the session sees the tree. The place at hand is in module variables; the
// view path beside it grows with each step.
//
//   place   node · outer · key · via      see namespace/tree.ts and session/fids.ts
//   path    the place as the session spells it
import { MAX_BINDS, PATH_BYTES } from '../limits';
import * as binds from '../session/binds';
import * as fids from '../session/fids';
import * as session from '../session/session';
import { compareText, same } from '../../lib/text/slice';
import { Writer } from '../../lib/text/writer';
import * as access from './access';
import * as paths from './paths';
import * as tree from './tree';

export let node: u32 = 0;
export let outer: u32 = 0;
export let key: u32 = 0;
export let via: u32 = 0;

const writer = changetype<Writer>(memory.data(offsetof<Writer>(), 8));
const buffer = memory.data(PATH_BYTES);

export const FOUND: u32 = 0;
export const MISSING: u32 = 1;
export const DENIED: u32 = 2;
export const NOT_DIRECTORY: u32 = 3;

export function path(): usize {
  return buffer;
}

export function pathBytes(): u32 {
  return <u32>(writer.at - buffer);
}

export function qidPath(): u64 {
  return node === tree.BOUND ? paths.textQid(buffer, pathBytes()) : paths.placeQid(node, outer, key);
}

/** Begins at the root. */
export function atRoot(): void {
  node = tree.ROOT;
  outer = 0;
  key = 0;
  via = 0;
  writer.open(buffer, PATH_BYTES);
  writer.byte(0x2f);
}

/** Begins at the place of a fid. */
export function atFid(s: usize, f: usize): void {
  node = fids.node(f);
  outer = fids.outer(f);
  key = fids.key(f);
  via = fids.via(f);
  writer.open(buffer, PATH_BYTES);
  paths.write(writer, s, node, outer, key, via);
}

/** Whether the place is only a directory above a bind. */
export function isBound(): bool {
  return node === tree.BOUND;
}

/** Adds a name to the path without looking for it: for the texts of refusals. */
export function append(name: usize, bytes: u32): void {
  if (pathBytes() !== 1) writer.byte(0x2f);
  writer.bytes(name, bytes);
}

/** A bind at, or a directory above a bind at, the path; false: neither. */
function stepIntoBind(s: usize): bool {
  const exact = binds.exact(s, buffer, pathBytes());
  if (exact !== MAX_BINDS) {
    node = binds.node(s, exact);
    outer = binds.outer(s, exact);
    key = binds.key(s, exact);
    via = exact + 1;
    return true;
  }
  return false;
}

function stepAboveBind(s: usize): bool {
  const below = binds.below(s, buffer, pathBytes());
  if (below === MAX_BINDS) return false;
  let depth: u32 = 0;
  for (let i: u32 = 0; i < pathBytes(); i++) depth += load<u8>(buffer + i) === 0x2f ? 1 : 0;
  node = tree.BOUND;
  outer = 0;
  key = depth;
  via = below + 1;
  return true;
}

/** The declared child with this name; sets the place. */
function stepDown(name: usize, bytes: u32): bool {
  if (node === tree.BOUND) return false;
  for (let child = tree.firstChild(node); child !== tree.NO_NODE; child = tree.nextSibling(child)) {
    if (compareText(name, bytes, tree.literal(child)) !== 0) continue;
    node = child;
    return true;
  }
  const many = tree.manyChild(node);
  if (many === tree.NO_NODE) return false;
  const found = tree.find(tree.kind(many), key, name, bytes);
  if (found === tree.NONE) return false;
  outer = key;
  key = found;
  node = many;
  return true;
}

/** One step. The name is well-formed. The path has grown by it whatever comes out. */
export function step(s: usize, name: usize, bytes: u32): u32 {
  append(name, bytes);
  if (!tree.isDirectory(node)) return NOT_DIRECTORY;
  if (session.bindCount(s) !== 0 && stepIntoBind(s)) return visible(s);
  if (stepDown(name, bytes)) return visible(s);
  return session.bindCount(s) !== 0 && stepAboveBind(s) ? FOUND : MISSING;
}

/** Whether the session may be at the place. */
function visible(s: usize): u32 {
  if (access.allowed(s, tree.readers(node), key) || access.allowed(s, tree.writers(node), key)) return FOUND;
  return DENIED;
}

/** Walks an absolute path of well-formed names from the root. */
export function resolve(s: usize, start: usize, bytes: u32): u32 {
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

/** Whether the path is `above` or lies below it. */
export function isWithin(above: usize, aboveBytes: u32): bool {
  if (aboveBytes === 1) return true;
  const bytes = pathBytes();
  if (bytes < aboveBytes || !same(buffer, aboveBytes, above, aboveBytes)) return false;
  return bytes === aboveBytes || load<u8>(buffer + aboveBytes) === 0x2f;
}

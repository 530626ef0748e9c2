// SPDX-License-Identifier: Apache-2.0
// Places as text and as qids.
import { PATH_BYTES } from '../limits';
import * as binds from '../session/binds';
import * as sip from '../../lib/hash/siphash';
import { Writer } from '../../lib/text/writer';
import { QT_APPEND, QT_DIRECTORY, QT_FILE } from '../../lib/wire/types';
import * as tree from './tree';

const MAX_DEPTH: u32 = 16;
const chain = memory.data(4 * MAX_DEPTH, 4);

const canonical = memory.data(PATH_BYTES);
const canonicalWriter = changetype<Writer>(memory.data(offsetof<Writer>(), 8));

/** Writes the path that the tree itself gives a place. */
function writeCanonical(w: Writer, node: u32, outer: u32, key: u32): void {
  if (node === tree.ROOT) {
    w.byte(0x2f);
    return;
  }
  let length: u32 = 0;
  let kinds: u32 = 0;
  for (let at = node; at !== tree.ROOT; at = tree.parent(at)) {
    store<u32>(chain + 4 * length, at);
    length++;
    if (tree.kind(at) !== 0) kinds++;
  }
  // The last kind on the path has the value key, the one before it outer.
  while (length > 0) {
    length--;
    const at = load<u32>(chain + 4 * length);
    w.byte(0x2f);
    if (tree.kind(at) === 0) {
      tree.writeName(at, 0, 0, w);
      continue;
    }
    kinds--;
    if (kinds === 0) tree.writeName(at, outer, key, w);
    else tree.writeName(at, 0, outer, w);
  }
}

/** Writes the path under which the session reached a place: `via` is the bind it came through, + 1. */
export function write(w: Writer, s: usize, node: u32, outer: u32, key: u32, via: u32): void {
  if (via === 0) {
    writeCanonical(w, node, outer, key);
    return;
  }
  const bind = via - 1;
  if (node === tree.BOUND) {
    writeDepth(w, binds.to(s, bind), binds.toBytes(s, bind), key);
    return;
  }
  w.bytes(binds.to(s, bind), binds.toBytes(s, bind));
  canonicalWriter.open(canonical, PATH_BYTES);
  writeCanonical(canonicalWriter, node, outer, key);
  const bytes = <u32>(canonicalWriter.at - canonical);
  const from = binds.fromBytes(s, bind);
  if (from < bytes) w.bytes(canonical + from, bytes - from);
}

/** Writes the first `depth` components of a path. */
function writeDepth(w: Writer, path: usize, bytes: u32, depth: u32): void {
  let slashes: u32 = 0;
  for (let i: u32 = 0; i < bytes; i++) {
    if (load<u8>(path + i) === 0x2f) slashes++;
    if (slashes > depth) return;
    w.byte(load<u8>(path + i));
  }
}

/** qid.path of a place: the same under all its names. */
export function placeQid(node: u32, outer: u32, key: u32): u64 {
  canonicalWriter.open(canonical, PATH_BYTES);
  const twin = tree.twin(node);
  if (twin === tree.NO_NODE) writeCanonical(canonicalWriter, node, outer, key);
  else writeCanonical(canonicalWriter, twin, tree.twinOuter(key), key);
  return textQid(canonical, <u32>(canonicalWriter.at - canonical));
}

/** qid.path of the place whose path is given as text: SipHash of its names, each ended by 0xff. */
export function textQid(path: usize, bytes: u32): u64 {
  sip.begin();
  for (let i: u32 = 1; i < bytes; i++) {
    const c = load<u8>(path + i);
    sip.byte(c === 0x2f ? 0xff : c);
  }
  if (bytes > 1) sip.byte(0xff);
  return sip.finish();
}

/** qid.type of a node. */
export function qidType(node: u32): u32 {
  if (tree.isDirectory(node)) return QT_DIRECTORY;
  return tree.type(node) === tree.APPEND_ONLY ? QT_APPEND : QT_FILE;
}

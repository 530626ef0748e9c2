// SPDX-License-Identifier: Apache-2.0
// Places as text and as qids.
import { PATH_BYTES } from '../limits';
import * as binds from '../session/binds';
import * as sip from '../../lib/hash/siphash';
import { Writer } from '../../lib/text/writer';
import { QT_APPEND, QT_DIRECTORY, QT_FILE } from '../../lib/wire/types';
import { Node, Place } from './node';
import * as tree from './tree';
import { Session } from '../session/session';

const MAX_DEPTH: u32 = 16;
const chain = memory.data(4 * MAX_DEPTH, 4);

const canonical = memory.data(PATH_BYTES);
const canonicalWriter = changetype<Writer>(memory.data(offsetof<Writer>(), 8));

/** Writes the path that the tree itself gives a place. */
export function write(w: Writer, place: Place): void {
  writeNode(w, place.node, place.parentKey, place.key);
}

function writeNode(w: Writer, node: Node, parentKey: u32, key: u32): void {
  if (node === tree.ROOT) {
    w.byte(0x2f);
    return;
  }
  let length: u32 = 0;
  let wildcards: u32 = 0;
  for (let at = node; at !== tree.ROOT; at = at.parent) {
    store<usize>(chain + 4 * length, changetype<usize>(at));
    length++;
    if (!at.isLiteral) wildcards++;
  }
  // The last wildcard on the path has the value key, the one before it parentKey.
  while (length > 0) {
    length--;
    const at = changetype<Node>(load<usize>(chain + 4 * length));
    w.byte(0x2f);
    if (at.isLiteral) {
      w.text(at.name);
      continue;
    }
    wildcards--;
    if (wildcards === 0) at.wildcard.writeName(parentKey, key, w);
    else at.wildcard.writeName(0, parentKey, w);
  }
}

/** Writes the path under which the session reached a place. */
export function writeView(w: Writer, s: Session, place: Place): void {
  if (place.via === 0) {
    write(w, place);
    return;
  }
  const bind = binds.at(s, place.via - 1);
  if (place.node === tree.BOUND) {
    writeDepth(w, bind.to, bind.toBytes, place.key);
    return;
  }
  w.bytes(bind.to, bind.toBytes);
  canonicalWriter.open(canonical, PATH_BYTES);
  write(canonicalWriter, place);
  const bytes = <u32>(canonicalWriter.at - canonical);
  const from: u32 = bind.fromBytes;
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

/** qid.path of a place in the tree: the same under all its names. */
export function placeQid(place: Place): u64 {
  canonicalWriter.open(canonical, PATH_BYTES);
  const alias = place.node.alias;
  if (alias === tree.NO_NODE) write(canonicalWriter, place);
  else writeNode(canonicalWriter, alias, place.node.aliasKey(place.key), place.key);
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
export function qidType(node: Node): u32 {
  if (node.isDirectory) return QT_DIRECTORY;
  return node.isAppendOnly ? QT_APPEND : QT_FILE;
}

// SPDX-License-Identifier: Apache-2.0
// What a session may know of a place: mode bits as its role has them, and the true size.
import { Writer } from '../../lib/text/writer';
import * as access from './access';
import * as tree from './tree';

const DIRECTORY_MODE: u32 = 0o040000;
const FILE_MODE: u32 = 0o100000;
const READ_BITS: u32 = 0o444;
const WRITE_BITS: u32 = 0o222;
const SEARCH_BITS: u32 = 0o111;

const counter = changetype<Writer>(memory.data(offsetof<Writer>(), 8));

/** Permission bits without the type; equal for owner, group and others, since the session decides. */
export function permissions(s: usize, node: u32, key: u32): u32 {
  if (tree.isDirectory(node)) return READ_BITS | SEARCH_BITS;
  let bits: u32 = 0;
  if (tree.style(node) !== tree.NOT_READABLE && access.allowed(s, tree.readers(node), key)) bits |= READ_BITS;
  if (tree.type(node) === tree.APPEND_ONLY && access.allowed(s, tree.writers(node), key)) bits |= WRITE_BITS;
  return bits;
}

/** st_mode. */
export function mode(s: usize, node: u32, key: u32): u32 {
  return permissions(s, node, key) | (tree.isDirectory(node) ? DIRECTORY_MODE : FILE_MODE);
}

/** Bytes that a reader from offset 0 would get now; 0 for directories and for what this session may not read. */
export function size(s: usize, node: u32, outer: u32, key: u32): u64 {
  if (tree.isDirectory(node) || tree.style(node) === tree.NOT_READABLE) return 0;
  if (!access.allowed(s, tree.readers(node), key)) return 0;
  if (tree.style(node) === tree.STREAM) return tree.streamSize(node, outer, key);
  counter.open(0, 0);
  if (tree.style(node) !== tree.TEXT || tree.readText(node, outer, key, counter) !== 0) return 0;
  return counter.total;
}

// SPDX-License-Identifier: Apache-2.0
// What a session may know of a place: mode bits as its role has them, and the true size.
import { Writer } from '../../lib/text/writer';
import * as access from './access';
import { Node, Place } from './node';
import { Session } from '../session/session';

/** Of struct stat and of statfs: how much a client had best read at once. */
export const BLOCK_BYTES: u32 = 4096;

const DIRECTORY_MODE: u32 = 0o040000;
const FILE_MODE: u32 = 0o100000;
const READ_BITS: u32 = 0o444;
const WRITE_BITS: u32 = 0o222;
const SEARCH_BITS: u32 = 0o111;

const counter = changetype<Writer>(memory.data(offsetof<Writer>(), 8));

function mayRead(s: Session, node: Node, key: u32): bool {
  return node.isReadable && access.allowed(s, node.readers, key);
}

/** Permission bits without the type; equal for owner, group and others, since the session decides. */
export function permissions(s: Session, place: Place): u32 {
  const node = place.node;
  if (node.isDirectory) return READ_BITS | SEARCH_BITS;
  let bits: u32 = mayRead(s, node, place.key) ? READ_BITS : 0;
  if (node.isAppendOnly && access.allowed(s, node.writers, place.key)) bits |= WRITE_BITS;
  return bits;
}

/** st_mode. */
export function mode(s: Session, place: Place): u32 {
  return permissions(s, place) | (place.node.isDirectory ? DIRECTORY_MODE : FILE_MODE);
}

/** Bytes that a reader from offset 0 would get now; 0 for directories and for what this session may not read. */
export function size(s: Session, place: Place): u64 {
  const node = place.node;
  if (node.isDirectory || !mayRead(s, node, place.key)) return 0;
  if (node.isStream) return place.streamSize;
  counter.open(0, 0);
  return place.readText(counter) === 0 ? counter.total : 0;
}

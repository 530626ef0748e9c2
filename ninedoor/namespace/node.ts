// SPDX-License-Identifier: Apache-2.0
// The records of the namespace: a declared file or directory, a wildcard that stands for many names, and a place.
//
//   Wildcard   name u32 (string, `<name>`) · findFunction u32 · nextFunction u32 · nameFunction u32
//
//   Node       name u32 (string; of a wildcard node: its `<name>`)
//              parent, firstChild, nextSibling, wildcardChild: Node u32, or NO_NODE
//              wildcard: Wildcard u32 (0: the node has one name) · alias: Node u32 · aliasKeyFunction u32
//              readFunction, sizeFunction, writeFunction u32 · onWalk, onDenied, beforeRead u32 (0: none)
//              detail u32 · type u8 · style u8 · gate u8 · readers u8 · writers u8 · isControl u8 · hasCursor u8
//
//   Place      node: Node u32 · key u32 · parentKey u32 · via u32
//
//   children are in byte order of their names; wildcardChild is the child that stands for many names
//   key: value of the last wildcard on the path · parentKey: of the one before it
//   via: bind through which a session came, + 1 (session/binds.ts); 0: by the tree's own names
//   alias: the node that is the same thing under its proper path, which has one wildcard more
//   gate: what must be open for writes (namespace/gates.ts) · readers, writers: classes of namespace/access.ts
//   isControl: writes are commands, so the log says who made them · hasCursor: reads move a ticket's cursor
//   detail: whatever the provider keeps about the file
//
// Functions are indexes into the table. Indirect calls are bounded by type, so none of these functions makes an indirect
// call of its own type:
//
//   find       (session, parentKey, name, bytes) → key, NONE or FULL     may create what it names, if the session may
//   next       (parentKey, after, bytes) → key of the first name behind `after` in byte order, or NONE
//   name       (parentKey, key, writer)                    writes the name; for ever, even when the thing is gone
//   text       (place, writer) → refusal                   writes the whole content
//   stream     (fid, offset, writer) → refusal             writes the content from offset on
//   size       (place) → bytes                             of a stream
//   write      (session, place, data, bytes, offset) → refusal
//   aliasKey   (key) → parent key of the alias's place
//   onWalk     (session, place) → refusal                  before a walk ends at the node or goes through it
//   onDenied   (session)                                   a walk to the node was denied
//   beforeRead (session, fid, offset, count) → refusal     before quotas and content are looked at
import { Writer } from '../../lib/text/writer';

export const NONE: u32 = 0xffffffff;
/** It would have been created, but there is no room. */
export const FULL: u32 = 0xfffffffe;

export const DIRECTORY: u32 = 1;
export const READ_ONLY: u32 = 2;
export const APPEND_ONLY: u32 = 3;

/** How a file is read. */
export const NOT_READABLE: u32 = 0;
export const TEXT: u32 = 1;
export const STREAM: u32 = 2;


@unmanaged
export class Wildcard {
  name: string;
  findFunction: u32;
  nextFunction: u32;
  nameFunction: u32;

  next(parentKey: u32, after: usize, bytes: u32): u32 {
    return call_indirect<u32>(this.nextFunction, parentKey, after, bytes);
  }

  writeName(parentKey: u32, key: u32, w: Writer): void {
    call_indirect<void>(this.nameFunction, parentKey, key, w);
  }
}

const LITERAL = changetype<Wildcard>(0);


@unmanaged
export class Node {
  name: string;
  parent: Node;
  firstChild: Node;
  nextSibling: Node;
  wildcardChild: Node;
  wildcard: Wildcard;
  alias: Node;
  aliasKeyFunction: u32;
  readFunction: u32;
  sizeFunction: u32;
  writeFunction: u32;
  onWalk: u32;
  onDenied: u32;
  beforeRead: u32;
  detail: usize;
  type: u8;
  style: u8;
  gate: u8;
  readers: u8;
  writers: u8;
  isControl: bool;
  hasCursor: bool;

  get isLiteral(): bool {
    return this.wildcard === LITERAL;
  }

  get isDirectory(): bool {
    return this.type === <u8>DIRECTORY;
  }

  get isReadable(): bool {
    return this.style !== <u8>NOT_READABLE;
  }

  get isAppendOnly(): bool {
    return this.type === <u8>APPEND_ONLY;
  }

  get isText(): bool {
    return this.style === <u8>TEXT;
  }

  get isStream(): bool {
    return this.style === <u8>STREAM;
  }

  /** Writes the name; `key` and `parentKey` matter for a wildcard only. */
  writeName(parentKey: u32, key: u32, w: Writer): void {
    if (this.isLiteral) w.text(this.name);
    else this.wildcard.writeName(parentKey, key, w);
  }

  /** Parent key of the place that an alias with this key stands for. */
  aliasKey(key: u32): u32 {
    return call_indirect<u32>(this.aliasKeyFunction, key);
  }
}


@unmanaged
export class Place {
  node: Node;
  key: u32;
  parentKey: u32;
  via: u32;

  set(node: Node, parentKey: u32, key: u32, via: u32): void {
    this.node = node;
    this.key = key;
    this.parentKey = parentKey;
    this.via = via;
  }

  copy(from: Place): void {
    this.set(from.node, from.parentKey, from.key, from.via);
  }

  readText(w: Writer): u32 {
    return call_indirect<u32>(this.node.readFunction, this, w);
  }

  get streamSize(): u64 {
    return call_indirect<u64>(this.node.sizeFunction, this);
  }
}

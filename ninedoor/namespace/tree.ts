// SPDX-License-Identifier: Apache-2.0
// The declared tree: what every path of the namespace is, who may use it and which functions serve it. Providers declare
// at start-up; walking, listing, permission, attributes and audit all read its nodes (namespace/node.ts).
import { MAX_NODES } from '../limits';
import { compareText, equals } from '../../lib/text/slice';
import { APPEND_ONLY, DIRECTORY, NOT_READABLE, Node, READ_ONLY, STREAM, TEXT, Wildcard } from './node';

export { FULL, NONE } from './node';

const nodes = memory.data(MAX_NODES * offsetof<Node>(), 8);
let nodeCount: u32 = 0;

export const ROOT = changetype<Node>(nodes);
export const NO_NODE = changetype<Node>(0);
/**
 * The directory that exists only because something is bound below it; it is in no tree. Of a place there `via` names the
 * bind and `key` is the depth.
 */
export const BOUND = changetype<Node>(memory.data(offsetof<Node>(), 8));

const MAX_WILDCARDS: u32 = 64;
const wildcards = memory.data(MAX_WILDCARDS * offsetof<Wildcard>(), 4);
let wildcardCount: u32 = 0;

function nodeAt(index: u32): Node {
  return changetype<Node>(nodes + index * offsetof<Node>());
}

/** The number of a node, for cookies of listings. */
export function indexOf(node: Node): u32 {
  return <u32>(changetype<usize>(node) - nodes) / offsetof<Node>();
}

/** The literal child of `under` with this number, or NO_NODE. */
export function literalChild(under: Node, index: u32): Node {
  if (index >= nodeCount) return NO_NODE;
  const node = nodeAt(index);
  return node.parent === under && node.isLiteral ? node : NO_NODE;
}

// Declarations.

function wildcardAt(index: u32): Wildcard {
  return changetype<Wildcard>(wildcards + index * offsetof<Wildcard>());
}

/** Declares how the names behind `<name>` are found. */
export function wildcard(name: string, find: u32, next: u32, writeName: u32): void {
  if (wildcardCount === MAX_WILDCARDS) unreachable();
  const made = wildcardAt(wildcardCount++);
  made.name = name;
  made.findFunction = find;
  made.nextFunction = next;
  made.nameFunction = writeName;
}

function wildcardNamed(start: usize, bytes: u32): Wildcard {
  let i: u32 = 0;
  while (!equals(start, bytes, wildcardAt(i).name)) {
    i++;
    if (i === wildcardCount) unreachable(); // a pattern names a wildcard that is not declared
  }
  return wildcardAt(i);
}

function newNode(under: Node): Node {
  if (nodeCount === MAX_NODES) unreachable();
  const node = nodeAt(nodeCount++);
  node.parent = under;
  node.type = <u8>DIRECTORY;
  return node;
}

/** One component of a pattern, as ASCII. */
const COMPONENT_BYTES: u32 = 64;
const component = memory.data(COMPONENT_BYTES);

/** The child of `under` named like the component, made if there is none. `name`: its text for a new node. */
function child(under: Node, bytes: u32, name: string): Node {
  if (load<u8>(component) === 0x3c) {
    if (under.wildcardChild === NO_NODE) {
      const node = newNode(under);
      node.wildcard = wildcardNamed(component, bytes);
      node.name = node.wildcard.name;
      under.wildcardChild = node;
    }
    return under.wildcardChild;
  }
  let before = NO_NODE;
  for (let node = under.firstChild; node !== NO_NODE; node = node.nextSibling) {
    const order = compareText(component, bytes, node.name);
    if (order === 0) return node;
    if (order < 0) break;
    before = node;
  }
  const node = newNode(under);
  node.name = name;
  node.nextSibling = before === NO_NODE ? under.firstChild : before.nextSibling;
  if (before === NO_NODE) under.firstChild = node;
  else before.nextSibling = node;
  return node;
}

/** The child `name` of `under`; made by `directory` and the file declarations only. */
function declare(under: Node, name: string): Node {
  const bytes = <u32>name.length;
  if (bytes === 0 || bytes > COMPONENT_BYTES) unreachable();
  for (let i: u32 = 0; i < bytes; i++) store<u8>(component + i, <u8>name.charCodeAt(i));
  return child(under, bytes, name);
}

/** Makes the root. */
export function start(readers: u32): void {
  newNode(NO_NODE).readers = <u8>readers;
  BOUND.type = <u8>DIRECTORY;
}

/** Declares the directory `name` (or `<wildcard>`) under `under`, for `readers` (namespace/access.ts). */
export function directory(under: Node, name: string, readers: u32): Node {
  const node = declare(under, name);
  node.readers = <u8>readers;
  return node;
}

/** Declares a directory as `directory` does, unless it is there already: then it keeps its readers. */
export function directoryBelow(under: Node, name: string, readers: u32): Node {
  for (let node = under.firstChild; node !== NO_NODE; node = node.nextSibling) {
    if (node.name == name) return node;
  }
  return directory(under, name, readers);
}

/** Declares a file that is read as one text made anew for each read. */
export function readOnly(under: Node, name: string, readers: u32, text: u32): Node {
  const node = declare(under, name);
  node.type = <u8>READ_ONLY;
  node.readers = <u8>readers;
  node.style = <u8>TEXT;
  node.readFunction = text;
  return node;
}

/** Declares an append-only file: reading as for readOnly. */
export function appendOnly(
  under: Node,
  name: string,
  readers: u32,
  writers: u32,
  text: u32,
  write: u32,
  gate: u32 = 0,
): Node {
  const node = readOnly(under, name, readers, text);
  node.type = <u8>APPEND_ONLY;
  node.writers = <u8>writers;
  node.writeFunction = write;
  node.gate = <u8>gate;
  return node;
}

/** Declares an append-only file that nobody reads. */
export function writeOnly(under: Node, name: string, writers: u32, write: u32, gate: u32): Node {
  const node = appendOnly(under, name, 0, writers, 0, write, gate);
  node.style = <u8>NOT_READABLE;
  return node;
}

/** Changes a declared file to one that is read as a stream. */
export function asStream(node: Node, stream: u32, size: u32): void {
  node.style = <u8>STREAM;
  node.readFunction = stream;
  node.sizeFunction = size;
}

/** Makes a declared stream one along which reads move a cursor: tickets may bound how, and its end bounds them all. */
export function asCursor(node: Node): void {
  node.hasCursor = true;
}

/** Makes a declared file one that takes commands: observers of the server hear of each write (hooks.ts). */
export function asControl(node: Node): void {
  node.isControl = true;
}

/** Makes a node an alias of `proper`, which lies below one wildcard more: `aliasKey` gives that one's key. */
export function asAlias(node: Node, proper: Node, aliasKey: u32): void {
  node.alias = proper;
  node.aliasKeyFunction = aliasKey;
}

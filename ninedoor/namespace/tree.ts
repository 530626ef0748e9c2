// SPDX-License-Identifier: Apache-2.0
// The declared tree: what every path of the namespace is, who may use it and which functions serve it. Providers declare
// at start-up; walking, listing, permission, attributes and audit all read these tables.
//
//   node   +0 name u32 (string; of a kind: its `<name>`) · +4 parent u16 · +6 child u16 · +8 next u16 · +10 many u16
//          +12 type u8 · +13 depth u8 · +14 kind u8 · +15 gate u8 · +16 readers u8 · +17 writers u8 · +18 style u8
//          +20 read u32 · +24 size u32 · +28 write u32 · +32 label u32 (string, or 0) · +36 variant u8 · +37 disabled u8
//          +38 twin u16 · +40 control u8
//
//   parent, child, next: the tree; children are in byte order of their names · many: the child that stands for many names
//   kind: how those names are found (0: the node has one name) · gate: lifecycle gate of writes
//   read, size, write: functions by table index; their types are below
//   twin: the node that is the same thing under its proper path, when this path is an alias
//   label, variant, disabled: of a UI provider, a file whose reads are bounded and counted
//   control: writes are commands, so the log says who made them
//
// A place in the tree is (node, outer, key): key is the value of the last kind on the path, outer that of the one before.
// Functions and their types (indirect calls are bounded by type, so none of them makes an indirect call of these types):
//
//   find    (outer, name, bytes) → key, or NONE        may create what it names
//   next    (outer, after, bytes) → key of the first name behind `after` in byte order, or NONE
//   name    (outer, key, writer)                       writes the name; for ever, even when the thing is gone
//   text    (outer, key, writer) → refusal             writes the whole content
//   stream  (fid record, offset, writer) → refusal     writes the content from offset on
//   size    (outer, key) → bytes                       of a stream
//   write   (outer, key, data, bytes, offset) → refusal
//   twin    (key) → outer of the twin's place
import { MAX_NODES } from '../limits';
import { compareText, equals } from '../../lib/text/slice';
import { Writer } from '../../lib/text/writer';

export const ROOT: u32 = 0;
export const NO_NODE: u32 = 0xffff;
/** A directory that exists only because something is bound below it; `via` names the bind, `key` the depth. */
export const BOUND: u32 = 0xfffe;
export const NONE: u32 = 0xffffffff;

export const DIRECTORY: u32 = 1;
export const READ_ONLY: u32 = 2;
export const APPEND_ONLY: u32 = 3;

/** How a file is read. */
export const NOT_READABLE: u32 = 0;
export const TEXT: u32 = 1;
export const STREAM: u32 = 2;

const NODE_BYTES: u32 = 48;
const nodes = memory.data(MAX_NODES * NODE_BYTES, 8);
let nodeCount: u32 = 0;

const KINDS: u32 = 32;
/** kind: +0 name u32 · +4 find u32 · +8 next u32 · +12 name u32 */
const kindTable = memory.data(KINDS * 16, 8);
/** Function of the one kind that has twins (workers). */
let twinOuterFunction: u32 = 0;
let kindCount: u32 = 1;


@inline
function at(node: u32): usize {
  return nodes + node * NODE_BYTES;
}


@inline
export function literal(node: u32): string {
  return changetype<string>(<usize>load<u32>(at(node)));
}


@inline
export function parent(node: u32): u32 {
  return load<u16>(at(node), 4);
}


@inline
export function firstChild(node: u32): u32 {
  return load<u16>(at(node), 6);
}


@inline
export function nextSibling(node: u32): u32 {
  return load<u16>(at(node), 8);
}


@inline
export function manyChild(node: u32): u32 {
  return load<u16>(at(node), 10);
}


@inline
export function type(node: u32): u32 {
  return load<u8>(at(node), 12);
}


@inline
export function depth(node: u32): u32 {
  return load<u8>(at(node), 13);
}


@inline
export function kind(node: u32): u32 {
  return load<u8>(at(node), 14);
}


@inline
export function gate(node: u32): u32 {
  return load<u8>(at(node), 15);
}


@inline
export function readers(node: u32): u32 {
  return load<u8>(at(node), 16);
}


@inline
export function writers(node: u32): u32 {
  return load<u8>(at(node), 17);
}


@inline
export function style(node: u32): u32 {
  return load<u8>(at(node), 18);
}

/** Label of a UI provider, as refusals and the log name it; empty for other nodes. */
export function label(node: u32): string {
  const text = load<u32>(at(node), 32);
  return text === 0 ? '' : changetype<string>(<usize>text);
}


@inline
export function isProvider(node: u32): bool {
  return node !== BOUND && load<u32>(at(node), 32) !== 0;
}


@inline
export function isCbor(node: u32): bool {
  return load<u8>(at(node), 36) !== 0;
}


@inline
export function isDisabled(node: u32): bool {
  return node !== BOUND && load<u8>(at(node), 37) !== 0;
}

/** Whether writes to the file are commands. */
export function isControl(node: u32): bool {
  return load<u8>(at(node), 40) !== 0;
}

export function isDirectory(node: u32): bool {
  return node === BOUND || type(node) === DIRECTORY;
}

/** Whether `node` is a literal child of `under`. */
export function isChild(under: u32, node: u32): bool {
  return node < nodeCount && node !== ROOT && parent(node) === under && kind(node) === 0;
}

// Calls through the tables.

export function find(kindOf: u32, outer: u32, name: usize, bytes: u32): u32 {
  return call_indirect<u32>(load<u32>(kindTable + 16 * kindOf, 4), outer, name, bytes);
}

export function next(kindOf: u32, outer: u32, after: usize, bytes: u32): u32 {
  return call_indirect<u32>(load<u32>(kindTable + 16 * kindOf, 8), outer, after, bytes);
}

export function writeKey(kindOf: u32, outer: u32, key: u32, w: Writer): void {
  call_indirect<void>(load<u32>(kindTable + 16 * kindOf, 12), outer, key, w);
}

export function readText(node: u32, outer: u32, key: u32, w: Writer): u32 {
  return call_indirect<u32>(load<u32>(at(node), 20), outer, key, w);
}

export function readStream(node: u32, fid: usize, offset: u64, w: Writer): u32 {
  return call_indirect<u32>(load<u32>(at(node), 20), fid, offset, w);
}

export function streamSize(node: u32, outer: u32, key: u32): u64 {
  return call_indirect<u64>(load<u32>(at(node), 24), outer, key);
}

export function write(node: u32, outer: u32, key: u32, data: usize, bytes: u32, offset: u64): u32 {
  return call_indirect<u32>(load<u32>(at(node), 28), outer, key, data, bytes, offset);
}

/** Writes the name of a node whose kind, if any, has the value `key` under `outer`. */
export function writeName(node: u32, outer: u32, key: u32, w: Writer): void {
  if (kind(node) === 0) w.text(literal(node));
  else writeKey(kind(node), outer, key, w);
}

/** The node that is the same thing under its proper path, or NO_NODE. */
@inline
export function twin(node: u32): u32 {
  return load<u16>(at(node), 38);
}

export function twinOuter(key: u32): u32 {
  return call_indirect<u32>(twinOuterFunction, key);
}

// Declarations.

/** Declares how the names behind `<name>` are found. */
export function many(name: string, find: u32, next: u32, writeName: u32): void {
  if (kindCount === KINDS) unreachable();
  const entry = kindTable + 16 * kindCount;
  store<u32>(entry, <u32>changetype<usize>(name));
  store<u32>(entry, find, 4);
  store<u32>(entry, next, 8);
  store<u32>(entry, writeName, 12);
  kindCount++;
}

function kindNamed(start: usize, bytes: u32): u32 {
  let found: u32 = 1;
  while (!equals(start, bytes, changetype<string>(<usize>load<u32>(kindTable + 16 * found)))) {
    found++;
    if (found === kindCount) unreachable(); // a pattern names a kind that is not declared
  }
  return found;
}

function newNode(under: u32): u32 {
  if (nodeCount === MAX_NODES) unreachable();
  const node = nodeCount++;
  store<u16>(at(node), <u16>under, 4);
  store<u16>(at(node), <u16>NO_NODE, 6);
  store<u16>(at(node), <u16>NO_NODE, 8);
  store<u16>(at(node), <u16>NO_NODE, 10);
  store<u16>(at(node), <u16>NO_NODE, 38);
  store<u8>(at(node), <u8>DIRECTORY, 12);
  store<u8>(at(node), under === NO_NODE ? 0 : <u8>(depth(under) + 1), 13);
  return node;
}

/** One component of a pattern, as ASCII. */
const component = memory.data(64);

/** The child of `under` named like the component, made if there is none. `name`: its text for a new node. */
function child(under: u32, bytes: u32, name: string): u32 {
  if (load<u8>(component) === 0x3c) {
    const wanted = kindNamed(component, bytes);
    if (manyChild(under) === NO_NODE) {
      const node = newNode(under);
      store<u32>(at(node), load<u32>(kindTable + 16 * wanted));
      store<u8>(at(node), <u8>wanted, 14);
      store<u16>(at(under), <u16>node, 10);
    }
    return manyChild(under);
  }
  let before: u32 = NO_NODE;
  for (let node = firstChild(under); node !== NO_NODE; node = nextSibling(node)) {
    const order = compareText(component, bytes, literal(node));
    if (order === 0) return node;
    if (order < 0) break;
    before = node;
  }
  const node = newNode(under);
  store<u32>(at(node), <u32>changetype<usize>(name));
  store<u16>(at(node), <u16>(before === NO_NODE ? firstChild(under) : nextSibling(before)), 8);
  if (before === NO_NODE) store<u16>(at(under), <u16>node, 6);
  else store<u16>(at(before), <u16>node, 8);
  return node;
}

/** Node of the literal child `name` of `under`; made by `directory` and the file declarations only. */
function declare(under: u32, name: string): u32 {
  const bytes = <u32>name.length;
  if (bytes === 0 || bytes > 64) unreachable();
  for (let i: u32 = 0; i < bytes; i++) store<u8>(component + i, <u8>name.charCodeAt(i));
  return child(under, bytes, name);
}

/** Makes the root. */
export function start(readersOf: u32): void {
  const root = newNode(NO_NODE);
  store<u8>(at(root), <u8>readersOf, 16);
}

/** Declares the directory `name` (or `<kind>`) under `under`, for `readersOf` (namespace/access.ts). */
export function directory(under: u32, name: string, readersOf: u32): u32 {
  const node = declare(under, name);
  store<u8>(at(node), <u8>readersOf, 16);
  return node;
}

/** Declares a directory as `directory` does, unless it is there already: then it keeps its readers. */
export function directoryBelow(under: u32, name: string, readersOf: u32): u32 {
  for (let node = firstChild(under); node !== NO_NODE; node = nextSibling(node)) {
    if (literal(node) == name) return node;
  }
  return directory(under, name, readersOf);
}

/** Declares a file that is read as one text made anew for each read. */
export function readOnly(under: u32, name: string, readersOf: u32, text: u32): u32 {
  const node = declare(under, name);
  store<u8>(at(node), <u8>READ_ONLY, 12);
  store<u8>(at(node), <u8>readersOf, 16);
  store<u8>(at(node), <u8>TEXT, 18);
  store<u32>(at(node), text, 20);
  return node;
}

/** Declares an append-only file: reading as for readOnly. */
export function appendOnly(
  under: u32,
  name: string,
  readersOf: u32,
  writersOf: u32,
  text: u32,
  write: u32,
  gateOf: u32 = 0,
): u32 {
  const node = readOnly(under, name, readersOf, text);
  store<u8>(at(node), <u8>APPEND_ONLY, 12);
  store<u8>(at(node), <u8>writersOf, 17);
  store<u32>(at(node), write, 28);
  store<u8>(at(node), <u8>gateOf, 15);
  return node;
}

/** Declares an append-only file that nobody reads. */
export function writeOnly(under: u32, name: string, writersOf: u32, write: u32, gateOf: u32): u32 {
  const node = appendOnly(under, name, 0, writersOf, 0, write, gateOf);
  store<u8>(at(node), <u8>NOT_READABLE, 18);
  return node;
}

/** Changes a declared file to one that is read as a stream. */
export function asStream(node: u32, stream: u32, size: u32): void {
  store<u8>(at(node), <u8>STREAM, 18);
  store<u32>(at(node), stream, 20);
  store<u32>(at(node), size, 24);
}

/** Makes a declared file one that takes commands: the log names who wrote to it (providers/audit.ts). */
export function asControl(node: u32): void {
  store<u8>(at(node), 1, 40);
}

/** Makes a declared file a UI provider. */
export function asProvider(node: u32, labelOf: string, cbor: bool, enabled: bool): void {
  store<u32>(at(node), <u32>changetype<usize>(labelOf), 32);
  store<u8>(at(node), cbor ? 1 : 0, 36);
  store<u8>(at(node), enabled ? 0 : 1, 37);
}

/** Makes a node an alias of `twinOf`, which lies below one kind more: `outerOf` gives that one's key. */
export function asAlias(node: u32, twinOf: u32, outerOf: u32): void {
  store<u16>(at(node), <u16>twinOf, 38);
  twinOuterFunction = outerOf;
}

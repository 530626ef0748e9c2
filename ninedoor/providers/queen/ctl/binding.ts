// SPDX-License-Identifier: Apache-2.0
// bind and mount: names that only the issuing session sees.
import { NAMESPACE_MOUNTS_SERVICE, NAMESPACE_MOUNTS_TARGET } from '../../../../generated/manifest';
import { BIND_PATH_BYTES, MAX_BINDS, NAME_BYTES, WALK_DEPTH } from '../../../limits';
import { bind as askBind, mount as askMount } from '../../../platform';
import * as paths from '../../../namespace/paths';
import * as walker from '../../../namespace/walker';
import { BIND_BYTES } from '../../../session/bind';
import * as binds from '../../../session/binds';
import { Session } from '../../../session/session';
import * as tickets from '../../../../lib/protocol/tickets';
import { hasControl } from '../../../../lib/text/printable';
import { equals } from '../../../../lib/text/slice';
import { Writer } from '../../../../lib/text/writer';
import * as errors from '../../../wire/errors';
import * as log from '../../../log';
import * as full from '../../../full';

/** The canonical path of the bound place. */
const target = memory.data(BIND_PATH_BYTES);
const targetWriter = changetype<Writer>(memory.data(offsetof<Writer>(), 8));
const literalPath = memory.data(BIND_PATH_BYTES);

function refusePath(path: usize, bytes: u32, what: string): u32 {
  const w = errors.begin();
  w.text("path '");
  w.bytes(path, bytes);
  w.text("' ");
  w.text(what);
  return errors.end(errors.INVALID);
}

/** An absolute path of well-formed names. */
function checkPath(path: usize, bytes: u32): u32 {
  if (bytes === 0 || load<u8>(path) !== 0x2f) return refusePath(path, bytes, 'must be absolute');
  if (bytes > BIND_PATH_BYTES) return errors.failNumber(errors.TOO_BIG, 'path exceeds ', BIND_PATH_BYTES, ' bytes');
  let depth: u32 = 0;
  let at: u32 = 1;
  while (at < bytes || (at === bytes && bytes > 1)) {
    let end = at;
    while (end < bytes && load<u8>(path + end) !== 0x2f) end++;
    const size = end - at;
    if (equals(path + at, size, '.') || equals(path + at, size, '..')) {
      return refusePath(path, bytes, 'contains traversal component');
    }
    if (size === 0) return refusePath(path, bytes, 'contains empty component');
    if (tickets.contains(path + at, size)) return errors.fail(errors.INVALID, 'path contains a ticket');
    if (hasControl(path + at, size)) return refusePath(path, bytes, 'contains a control character');
    if (size > NAME_BYTES) return refusePath(path, bytes, 'contains a component that is too long');
    depth++;
    at = end + 1;
  }
  return depth <= WALK_DEPTH ? errors.NONE : refusePath(path, bytes, 'exceeds the walk depth');
}

/** The binds of the session as they were. */
const saved = memory.data(MAX_BINDS * BIND_BYTES, 8);
let savedCount: u32 = 0;

/** Notes the binds of the session. */
export function remember(s: Session): void {
  savedCount = s.bindCount;
  memory.copy(saved, s.binds, savedCount * BIND_BYTES);
}

/** Brings the noted binds back. */
export function forget(s: Session): void {
  memory.copy(s.binds, saved, savedCount * BIND_BYTES);
  s.bindCount = savedCount;
}

/** Makes `to` a name of the place that the walker stands at. */
function add(s: Session, to: usize, toBytes: u32): u32 {
  targetWriter.open(target, BIND_PATH_BYTES);
  paths.write(targetWriter, walker.place);
  if (targetWriter.total > BIND_PATH_BYTES) {
    return errors.failNumber(errors.TOO_BIG, 'path exceeds ', BIND_PATH_BYTES, ' bytes');
  }
  const bytes = <u32>targetWriter.total;
  if (binds.add(s, walker.place, target, bytes, to, toBytes)) return errors.NONE;
  full.count(full.BINDS);
  return errors.failNumber(errors.BUSY, 'session has ', MAX_BINDS, ' binds already');
}

function notFound(path: usize, bytes: u32): u32 {
  return errors.failSlice(errors.NOT_FOUND, 'path ', path, bytes, ' not found');
}

/** Walks to what is to be bound. */
function checkBind(s: Session, from: usize, fromBytes: u32, to: usize, toBytes: u32): u32 {
  let refusal = checkPath(from, fromBytes);
  if (refusal === errors.NONE) refusal = checkPath(to, toBytes);
  if (refusal !== errors.NONE) return refusal;
  if (toBytes === 1) return errors.fail(errors.INVALID, 'bind target must not be root');
  const found = walker.resolve(s, from, fromBytes) === walker.FOUND && !walker.isBound();
  return found ? errors.NONE : notFound(from, fromBytes);
}

/** Binds for as long as a write is checked: forget() undoes it. */
export function tryBind(s: Session, from: usize, fromBytes: u32, to: usize, toBytes: u32): u32 {
  const refusal = checkBind(s, from, fromBytes, to, toBytes);
  return refusal !== errors.NONE ? refusal : add(s, to, toBytes);
}

export function bind(s: Session, from: usize, fromBytes: u32, to: usize, toBytes: u32): u32 {
  let refusal = checkBind(s, from, fromBytes, to, toBytes);
  if (refusal !== errors.NONE) return refusal;
  refusal = askBind(s.id, from, fromBytes, to, toBytes);
  if (refusal !== errors.NONE) return errors.fail(refusal, 'root task refused the bind');
  refusal = add(s, to, toBytes);
  if (refusal !== errors.NONE) return refusal;
  const w = log.begin();
  w.text('bound ');
  w.bytes(from, fromBytes);
  w.text(' -> ');
  w.bytes(to, toBytes);
  log.end();
  return errors.NONE;
}

/** Walks to the target of a service; false: there is no such service, or its target is gone. */
function walkToService(s: Session, service: usize, bytes: u32): bool {
  for (let i = 0; i < NAMESPACE_MOUNTS_SERVICE.length; i++) {
    if (!equals(service, bytes, unchecked(NAMESPACE_MOUNTS_SERVICE[i]))) continue;
    const path = unchecked(NAMESPACE_MOUNTS_TARGET[i]);
    for (let j = 0; j < path.length; j++) store<u8>(literalPath + j, <u8>path.charCodeAt(j));
    return walker.resolve(s, literalPath, path.length) === walker.FOUND && !walker.isBound();
  }
  return false;
}

/** Walks to what is to be mounted. */
function checkMount(s: Session, service: usize, serviceBytes: u32, at: usize, atBytes: u32): u32 {
  const refusal = checkPath(at, atBytes);
  if (refusal !== errors.NONE) return refusal;
  if (atBytes === 1) return errors.fail(errors.INVALID, 'mount point must not be root');
  if (!walkToService(s, service, serviceBytes)) {
    return errors.failSlice(errors.NOT_FOUND, 'service ', service, serviceBytes, ' not registered');
  }
  return errors.NONE;
}

/** As tryBind. */
export function tryMount(s: Session, service: usize, serviceBytes: u32, at: usize, atBytes: u32): u32 {
  const refusal = checkMount(s, service, serviceBytes, at, atBytes);
  return refusal !== errors.NONE ? refusal : add(s, at, atBytes);
}

export function mount(s: Session, service: usize, serviceBytes: u32, at: usize, atBytes: u32): u32 {
  let refusal = checkMount(s, service, serviceBytes, at, atBytes);
  if (refusal !== errors.NONE) return refusal;
  refusal = askMount(s.id, service, serviceBytes, at, atBytes);
  if (refusal !== errors.NONE) return errors.fail(refusal, 'root task refused the mount');
  refusal = add(s, at, atBytes);
  if (refusal !== errors.NONE) return refusal;
  const w = log.begin();
  w.text('mounted ');
  w.bytes(service, serviceBytes);
  w.text(' at ');
  w.bytes(at, atBytes);
  log.end();
  return errors.NONE;
}

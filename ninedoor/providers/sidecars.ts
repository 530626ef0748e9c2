// SPDX-License-Identifier: Apache-2.0
// The sidecar adapters that the manifest switches on: whose they are, and where their directories stand. The queen and the
// worker whose identity is the adapter's scope may go there.
import { SIDECAR_DEPTHS, SIDECAR_NAMES, SIDECAR_ROLES, SIDECAR_SCOPES } from '../../generated/manifest';
import * as access from '../namespace/access';
import { Node } from '../namespace/node';
import * as tree from '../namespace/tree';
import * as identities from '../session/identities';
import * as roles from '../../lib/protocol/roles';
import { Session } from '../session/session';
import { equals } from '../../lib/text/slice';
import * as errors from '../wire/errors';
import { GATE_WORKER_ATTACH } from './queen/lifecycle/state';
import * as log from '../log';

/** Class of what all workers of a sidecar role may use, by role; 0: not defined yet. */
const roleClasses = memory.data(4 * roles.ROLES, 4);

function isOfRole(s: Session, _key: u32, role: u32): bool {
  return s.role === role;
}

function isOfAdapter(s: Session, _key: u32, adapter: u32): bool {
  return s.adapter === adapter;
}

/** The adapter that a worker's identity, its scope, names: its index in the manifest's list + 1. */
function identify(role: u32, scope: usize, bytes: u32): u32 {
  for (let i = 0; i < SIDECAR_SCOPES.length; i++) {
    if (<u32>unchecked(SIDECAR_ROLES[i]) === role && equals(scope, bytes, unchecked(SIDECAR_SCOPES[i]))) return i + 1;
  }
  const what = role === roles.WORKER_BUS ? 'bus scope ' : 'lora scope ';
  errors.failSlice(errors.NOT_FOUND, what, scope, bytes, ' not found');
  return 0;
}

function classOf(role: u32): u32 {
  const at = roleClasses + 4 * role;
  if (load<u32>(at) === 0) store<u32>(at, access.define(isOfRole.index, role));
  return load<u32>(at);
}

function logDenial(s: Session, start: string): void {
  const w = log.begin();
  w.text(start);
  if (s.adapter === 0) w.text('none');
  else w.bytes(s.identity, s.identityBytes);
  log.end();
}

function busDenied(s: Session): void {
  logDenial(s, 'sidecar-deny kind=bus scope=');
}

function loraDenied(s: Session): void {
  logDenial(s, 'sidecar-deny kind=lora scope=');
}

/** The directories of the adapters. Directories on the way to them are for all workers of the role. */
function speakFor(s: Session, adapter: u32): void {
  s.adapter = adapter;
}

export function declare(): void {
  identities.define(roles.WORKER_BUS, identify.index, speakFor.index, GATE_WORKER_ATTACH);
  identities.define(roles.WORKER_LORA, identify.index, speakFor.index, GATE_WORKER_ATTACH);
  let name = 0;
  for (let i = 0; i < SIDECAR_SCOPES.length; i++) {
    const role = <u32>unchecked(SIDECAR_ROLES[i]);
    const onDenied = role === roles.WORKER_BUS ? busDenied.index : loraDenied.index;
    const depth = <i32>unchecked(SIDECAR_DEPTHS[i]);
    let dir: Node = tree.ROOT;
    for (let level = 1; level < depth; level++) {
      dir = tree.directoryBelow(dir, unchecked(SIDECAR_NAMES[name++]), classOf(role));
      if (dir.readers === <u8>classOf(role)) dir.onDenied = onDenied;
    }
    dir = tree.directory(dir, unchecked(SIDECAR_NAMES[name++]), access.define(isOfAdapter.index, i + 1));
    dir.onDenied = onDenied;
  }
}

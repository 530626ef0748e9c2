// SPDX-License-Identifier: Apache-2.0
// The sidecar adapters that the manifest switches on: whose they are, and where their directories stand. The queen and the
// worker whose identity is the adapter's scope may go there.
import { SIDECAR_DEPTHS, SIDECAR_NAMES, SIDECAR_ROLES, SIDECAR_SCOPES } from '../../generated/manifest';
import * as access from '../namespace/access';
import * as tree from '../namespace/tree';
import * as roles from '../session/roles';
import * as session from '../session/session';
import { equals } from '../../lib/text/slice';
import * as log from './log/log';

/** The adapter of a scope, counted from 1, or 0. */
export function find(role: u32, scope: usize, bytes: u32): u32 {
  for (let i = 0; i < SIDECAR_SCOPES.length; i++) {
    if (<u32>unchecked(SIDECAR_ROLES[i]) === role && equals(scope, bytes, unchecked(SIDECAR_SCOPES[i]))) return i + 1;
  }
  return 0;
}

/** Logs that a session may not go to a place of the sidecars. */
export function logDenial(s: usize, node: u32): void {
  const kind = access.sidecarRole(tree.readers(node));
  if (kind === roles.ROLES) return;
  const w = log.begin();
  w.text(kind === roles.WORKER_BUS ? 'sidecar-deny kind=bus scope=' : 'sidecar-deny kind=lora scope=');
  if (session.adapter(s) === 0) w.text('none');
  else w.bytes(session.identity(s), session.identityBytes(s));
  log.end();
}

/** The directories of the adapters. Directories on the way to them are for all workers of the role. */
export function declare(): void {
  let name = 0;
  for (let i = 0; i < SIDECAR_SCOPES.length; i++) {
    const role = <u32>unchecked(SIDECAR_ROLES[i]);
    const depth = <i32>unchecked(SIDECAR_DEPTHS[i]);
    let dir: u32 = tree.ROOT;
    for (let level = 1; level < depth; level++) {
      dir = tree.directoryBelow(dir, unchecked(SIDECAR_NAMES[name++]), access.sidecars(role));
    }
    tree.directory(dir, unchecked(SIDECAR_NAMES[name++]), access.ofAdapter(role, i + 1));
  }
}

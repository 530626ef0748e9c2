// SPDX-License-Identifier: Apache-2.0
// /proc/root: whether a queen is in reach, and why not.
import * as manifest from '../../../generated/manifest';
import * as hooks from '../../hooks';
import { MAX_SESSIONS } from '../../limits';
import * as access from '../../namespace/access';
import { Place } from '../../namespace/node';
import * as tree from '../../namespace/tree';
import * as roles from '../../../lib/protocol/roles';
import { ACTIVE, Session } from '../../session/session';
import * as sessions from '../../session/sessions';
import { Writer } from '../../../lib/text/writer';
import * as errors from '../../wire/errors';
import * as directories from '../directories';
import * as lifecycle from '../queen/lifecycle/state';

let lastSeen: u64 = 0;
let sessionRevoked: bool = false;
let policyDenied: bool = false;

function queenAttached(): bool {
  for (let i: u32 = 0; i < MAX_SESSIONS; i++) {
    const s = sessions.at(i);
    if (s.phase === ACTIVE && s.isQueen) return true;
  }
  return false;
}

export function reachable(): bool {
  return lifecycle.current() !== lifecycle.OFFLINE && queenAttached();
}

function served(s: Session, now: u64): void {
  if (s.isQueen) lastSeen = now;
}

function attached(s: Session, _isFirst: bool, now: u64): void {
  if (!s.isQueen) return;
  sessionRevoked = false;
  policyDenied = false;
  lastSeen = now;
}

function denied(_s: Session, role: u32, _refusal: u32): void {
  if (role === roles.QUEEN && !queenAttached()) policyDenied = true;
}

function revoked(s: Session, _reason: u32): void {
  if (s.isQueen) sessionRevoked = true;
}

function cutReason(): string {
  if (reachable()) return 'none';
  if (lifecycle.current() === lifecycle.OFFLINE) return 'lifecycle_offline';
  if (sessionRevoked) return 'session_revoked';
  return policyDenied ? 'policy_denied' : 'network_unreachable';
}

function readReachable(_place: Place, w: Writer): u32 {
  w.text(reachable() ? 'reachable=yes\n' : 'reachable=no\n');
  return errors.NONE;
}

function readLastSeen(_place: Place, w: Writer): u32 {
  w.text('last_seen_ms=');
  w.dec(lastSeen);
  w.byte(0x0a);
  return errors.NONE;
}

function readCutReason(_place: Place, w: Writer): u32 {
  w.text('cut_reason=');
  w.text(cutReason());
  w.byte(0x0a);
  return errors.NONE;
}

export function declare(): void {
  hooks.batches.add(served.index);
  hooks.attached.add(attached.index);
  hooks.denied.add(denied.index);
  hooks.revoked.add(revoked.index);
  const dir = tree.directory(directories.proc(), 'root', access.QUEEN);
  if (manifest.OBSERVABILITY_PROC_ROOT_REACHABLE) tree.readOnly(dir, 'reachable', access.QUEEN, readReachable.index);
  if (manifest.OBSERVABILITY_PROC_ROOT_LAST_SEEN_MS)
    tree.readOnly(dir, 'last_seen_ms', access.QUEEN, readLastSeen.index);
  if (manifest.OBSERVABILITY_PROC_ROOT_CUT_REASON) tree.readOnly(dir, 'cut_reason', access.QUEEN, readCutReason.index);
}

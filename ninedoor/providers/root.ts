// SPDX-License-Identifier: Apache-2.0
// /proc/root: whether a queen is in reach, and why not.
import * as manifest from '../../generated/manifest';
import { MAX_SESSIONS } from '../limits';
import { nowMs } from '../platform';
import * as access from '../namespace/access';
import * as tree from '../namespace/tree';
import * as session from '../session/session';
import { Writer } from '../../lib/text/writer';
import * as errors from '../wire/errors';
import * as lifecycle from './lifecycle';

let lastSeen: u64 = 0;
let sessionRevoked: bool = false;
let policyDenied: bool = false;

function queenAttached(): bool {
  for (let i: u32 = 0; i < MAX_SESSIONS; i++) {
    const s = session.slot(i);
    if (session.phase(s) === session.ACTIVE && session.isQueen(s)) return true;
  }
  return false;
}

export function reachable(): bool {
  return lifecycle.current() !== lifecycle.OFFLINE && queenAttached();
}

/** A queen's request was served at this time. */
export function queenSeen(now: u64): void {
  lastSeen = now;
}

export function attachSucceeded(): void {
  sessionRevoked = false;
  policyDenied = false;
  lastSeen = nowMs();
}

export function attachDenied(): void {
  if (!queenAttached()) policyDenied = true;
}

export function queenRevoked(): void {
  sessionRevoked = true;
}

function cutReason(): string {
  if (reachable()) return 'none';
  if (lifecycle.current() === lifecycle.OFFLINE) return 'lifecycle_offline';
  if (sessionRevoked) return 'session_revoked';
  return policyDenied ? 'policy_denied' : 'network_unreachable';
}

function readReachable(_outer: u32, _key: u32, w: Writer): u32 {
  w.text(reachable() ? 'reachable=yes\n' : 'reachable=no\n');
  return errors.NONE;
}

function readLastSeen(_outer: u32, _key: u32, w: Writer): u32 {
  w.text('last_seen_ms=');
  w.dec(lastSeen);
  w.byte(0x0a);
  return errors.NONE;
}

function readCutReason(_outer: u32, _key: u32, w: Writer): u32 {
  w.text('cut_reason=');
  w.text(cutReason());
  w.byte(0x0a);
  return errors.NONE;
}

export function declare(): void {
  const dir = tree.directory(tree.directory(tree.ROOT, 'proc', access.EVERYONE), 'root', access.QUEEN);
  if (manifest.OBSERVABILITY_PROC_ROOT_REACHABLE) tree.readOnly(dir, 'reachable', access.QUEEN, readReachable.index);
  if (manifest.OBSERVABILITY_PROC_ROOT_LAST_SEEN_MS)
    tree.readOnly(dir, 'last_seen_ms', access.QUEEN, readLastSeen.index);
  if (manifest.OBSERVABILITY_PROC_ROOT_CUT_REASON) tree.readOnly(dir, 'cut_reason', access.QUEEN, readCutReason.index);
}

// SPDX-License-Identifier: Apache-2.0
// The manifest's limits on what tickets may claim.
import {
  TICKET_BANDWIDTH_BYTES,
  TICKET_CURSOR_ADVANCES,
  TICKET_CURSOR_RESUMES,
  TICKET_SCOPE_PATH_BYTES,
} from '../limits';
import { TICKET_SCOPE_RATE_PER_S, TICKET_SCOPES } from '../limits';
import { trim, trimmed, trimmedBytes } from '../../lib/text/slice';
import { Writer } from '../../lib/text/writer';
import { Claims, Scope } from './claims';

/** `<what> N exceeds M`; false. */
function exceeds(w: Writer, what: string, value: u64, most: u64): bool {
  w.text(what);
  w.byte(0x20);
  w.dec(value);
  w.text(' exceeds ');
  w.dec(most);
  return false;
}

/** Empty, the root, or absolute without `..`; not longer than the limit. */
function isScopePath(path: usize, bytes: u32): bool {
  trim(path, bytes);
  if (trimmedBytes === 0) return true;
  if (TICKET_SCOPE_PATH_BYTES !== 0 && trimmedBytes > TICKET_SCOPE_PATH_BYTES) return false;
  if (load<u8>(trimmed) !== 0x2f) return false;
  let component: u32 = 1;
  for (let i: u32 = 1; i <= trimmedBytes; i++) {
    if (i < trimmedBytes && load<u8>(trimmed + i) !== 0x2f) continue;
    if (i - component === 2 && load<u16>(trimmed + component) === 0x2e2e) return false;
    component = i + 1;
  }
  return true;
}

/** Stores the trimmed path as it is compared: one slash between components, none at the end. */
function normalise(scope: Scope): void {
  const path = scope.path;
  let bytes: u32 = 0;
  for (let i: u32 = 0; i < trimmedBytes; i++) {
    const c = load<u8>(trimmed + i);
    if (c === 0x2f && bytes > 0 && load<u8>(path + bytes - 1) === 0x2f) continue;
    store<u8>(path + bytes, c);
    bytes++;
  }
  if (bytes > 1 && load<u8>(path + bytes - 1) === 0x2f) bytes--;
  scope.pathBytes = <u16>bytes;
}

function checkScope(scope: Scope, w: Writer): bool {
  if (!isScopePath(scope.path, scope.pathBytes)) {
    w.text("scope path '");
    w.bytes(scope.path, scope.pathBytes);
    w.text("' exceeds ");
    w.dec(TICKET_SCOPE_PATH_BYTES);
    w.text(' bytes');
    return false;
  }
  normalise(scope);
  if (TICKET_SCOPE_RATE_PER_S === 0 || scope.rate_per_s <= TICKET_SCOPE_RATE_PER_S) return true;
  return exceeds(w, 'scope rate', scope.rate_per_s, TICKET_SCOPE_RATE_PER_S);
}

/** Whether the claims keep to the limits; if not, the reason is written. */
export function check(claims: Claims, w: Writer): bool {
  const count: u32 = claims.scopeCount;
  if (TICKET_SCOPES !== 0 && count > TICKET_SCOPES) return exceeds(w, 'scope count', count, TICKET_SCOPES);
  for (let i: u32 = 0; i < count; i++) {
    if (!checkScope(claims.scope(i), w)) return false;
  }
  if (TICKET_BANDWIDTH_BYTES !== 0 && claims.bandwidth_bytes > TICKET_BANDWIDTH_BYTES) {
    return exceeds(w, 'bandwidth quota', claims.bandwidth_bytes, TICKET_BANDWIDTH_BYTES);
  }
  if (TICKET_CURSOR_RESUMES !== 0 && claims.cursorResumes > TICKET_CURSOR_RESUMES) {
    return exceeds(w, 'cursor resume quota', claims.cursorResumes, TICKET_CURSOR_RESUMES);
  }
  if (TICKET_CURSOR_ADVANCES !== 0 && claims.cursorAdvances > TICKET_CURSOR_ADVANCES) {
    return exceeds(w, 'cursor advance quota', claims.cursorAdvances, TICKET_CURSOR_ADVANCES);
  }
  return true;
}

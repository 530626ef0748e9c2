// SPDX-License-Identifier: Apache-2.0
// Log lines about refused tickets. A ticket appears as a short digest, never as itself.
import * as log from '../providers/log/log';
import * as roles from '../session/roles';
import * as put from '../../lib/text/writer';

function begin(reason: string, role: u32, digest: u32): usize {
  const w = log.begin();
  put.text(w, 'ui-ticket outcome=deny reason=');
  put.text(w, reason);
  put.text(w, ' role=');
  put.text(w, roles.label(role));
  put.text(w, ' ticket=');
  put.hex(w, digest, 8);
  return w;
}

export function expired(role: u32, digest: u32, issuedAtMs: u64, ttlS: u64, now: u64): void {
  const w = begin('expired', role, digest);
  put.text(w, ' issued_at_ms=');
  put.dec(w, issuedAtMs);
  put.text(w, ' ttl_s=');
  put.dec(w, ttlS);
  put.text(w, ' now_ms=');
  put.dec(w, now);
  log.end();
}

export function invalidClaims(role: u32, digest: u32, detail: usize, bytes: u32): void {
  const w = begin('invalid-claims', role, digest);
  put.text(w, ' detail=');
  put.bytes(w, detail, bytes);
  log.end();
}

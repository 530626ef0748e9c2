// SPDX-License-Identifier: Apache-2.0
// Log lines about refused tickets. A ticket appears as a short digest, never as itself.
import * as log from '../log';
import * as roles from '../../lib/protocol/roles';
import { Writer } from '../../lib/text/writer';

function begin(reason: string, role: u32, digest: u32): Writer {
  const w = log.begin();
  w.text('ui-ticket outcome=deny reason=');
  w.text(reason);
  w.text(' role=');
  w.text(roles.label(role));
  w.text(' ticket=');
  w.hex(digest, 8);
  return w;
}

export function expired(role: u32, digest: u32, issuedAtMs: u64, ttlS: u64, now: u64): void {
  const w = begin('expired', role, digest);
  w.text(' issued_at_ms=');
  w.dec(issuedAtMs);
  w.text(' ttl_s=');
  w.dec(ttlS);
  w.text(' now_ms=');
  w.dec(now);
  log.end();
}

export function invalidClaims(role: u32, digest: u32, detail: usize, bytes: u32): void {
  const w = begin('invalid-claims', role, digest);
  w.text(' detail=');
  w.bytes(detail, bytes);
  log.end();
}

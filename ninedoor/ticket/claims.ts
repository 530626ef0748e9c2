// SPDX-License-Identifier: Apache-2.0
// Claims version 1: the payload of a ticket, into the claims record.
//
//   claims   +0 role u8 · +1 flags u8 (HAS_*) · +2 scope count u8 · +4 digest u32 (names the ticket in logs)
//            +8 ticks u64 · +16 ops u64 · +24 ttl_s u64         all ones where the ticket sets none
//            +32 issued_at_ms u64 · +40 bandwidth_bytes u64 · +48 cursor_resumes u32 · +52 cursor_advances u32   0: none
//            +56 subject bytes u32 · +60 mac[32] · +92 subject[256] · +348 scopes: MAX_SCOPES × SCOPE_BYTES
//   scope    +0 verb u8 (0 read, 1 write, 2 both) · +2 path bytes u16 · +4 rate_per_s u32 (0: unlimited) · +8 path[256]
import { ROLES } from '../../lib/protocol/roles';
import { isUtf8 } from '../../lib/text/slice';
import { Writer } from '../../lib/text/writer';

export const MAX_SCOPES: u32 = 16;
export const SCOPE_BYTES: u32 = 264;
export const MAC: u32 = 60;
export const SUBJECT: u32 = 92;
export const SCOPES: u32 = 348;
export const CLAIMS_BYTES: u32 = SCOPES + MAX_SCOPES * SCOPE_BYTES + 4;
export const HAS_SUBJECT: u32 = 1;

const VERSION: u32 = 1;
const TEXT_BYTES: u32 = 255;
// Flags of the payload.
const TICKS: u32 = 0x01;
const OPS: u32 = 0x02;
const TTL: u32 = 0x04;
const WITH_SUBJECT: u32 = 0x08;
const WITH_SCOPES: u32 = 0x10;
const WITH_QUOTAS: u32 = 0x20;

// What can be wrong; the texts are in writeProblem.
export const OK: u32 = 0;
const BAD_VERSION: u32 = 1;
const BAD_ROLE: u32 = 2;
const TOO_LONG: u32 = 3;
const BAD_VERB: u32 = 4;
const TOO_MANY_SCOPES: u32 = 5;
const TRUNCATED: u32 = 6;
const TRAILING: u32 = 7;
const NOT_UTF8: u32 = 8;

let problem: u32 = OK;
/** The number that the problem is about. */
let value: u32 = 0;
let at: usize = 0;
let end: usize = 0;

function fail(what: u32, number: u32 = 0): void {
  if (problem !== OK) return;
  problem = what;
  value = number;
}

function take(bytes: u32): usize {
  if (problem === OK && <u32>(end - at) < bytes) fail(TRUNCATED);
  if (problem !== OK) return 0;
  at += bytes;
  return at - bytes;
}

function byte(): u32 {
  const start = take(1);
  return start === 0 ? 0 : load<u8>(start);
}

function word(): u32 {
  const start = take(4);
  return start === 0 ? 0 : load<u32>(start);
}

function long(): u64 {
  const start = take(8);
  return start === 0 ? 0 : load<u64>(start);
}

/** A string, copied to `out` (256 bytes) unless that is 0; returns its bytes. */
function text(out: usize): u32 {
  const lengthAt = take(2);
  const bytes: u32 = lengthAt === 0 ? 0 : load<u16>(lengthAt);
  if (bytes > TEXT_BYTES) fail(TOO_LONG);
  const start = take(bytes);
  if (start === 0) return 0;
  if (!isUtf8(start, bytes)) fail(NOT_UTF8);
  if (out !== 0) memory.copy(out, start, bytes);
  return bytes;
}

function scopes(claims: usize): void {
  const count = byte();
  if (count > MAX_SCOPES) fail(TOO_MANY_SCOPES);
  for (let i: u32 = 0; i < count && problem === OK; i++) {
    const scope = claims + SCOPES + i * SCOPE_BYTES;
    store<u16>(scope, <u16>text(scope + 8), 2);
    const verb = byte();
    if (verb > 2) fail(BAD_VERB, verb);
    store<u8>(scope, <u8>verb);
    store<u32>(scope, word(), 4);
  }
  store<u8>(claims, <u8>count, 2);
}

/** Decodes a payload; OK or what is wrong with it. */
export function decode(payload: usize, bytes: u32, claims: usize): u32 {
  problem = OK;
  at = payload;
  end = payload + bytes;
  memory.fill(claims, 0, CLAIMS_BYTES);
  const version = byte();
  if (version !== VERSION) fail(BAD_VERSION, version);
  const role = byte();
  if (role >= ROLES) fail(BAD_ROLE, role);
  const flags = byte();
  store<u8>(claims, <u8>role);
  store<u8>(claims, (flags & WITH_SUBJECT) !== 0 ? <u8>HAS_SUBJECT : 0, 1);
  store<u64>(claims, (flags & TICKS) !== 0 ? long() : u64.MAX_VALUE, 8);
  store<u64>(claims, (flags & OPS) !== 0 ? long() : u64.MAX_VALUE, 16);
  store<u64>(claims, (flags & TTL) !== 0 ? long() : u64.MAX_VALUE, 24);
  if ((flags & WITH_SUBJECT) !== 0) store<u32>(claims, text(claims + SUBJECT), 56);
  store<u64>(claims, long(), 32);
  text(0); // mount.service
  text(0); // mount.at
  if ((flags & WITH_SCOPES) !== 0) scopes(claims);
  if ((flags & WITH_QUOTAS) !== 0) {
    store<u64>(claims, long(), 40);
    store<u32>(claims, word(), 48);
    store<u32>(claims, word(), 52);
  }
  if (problem === OK && at !== end) fail(TRAILING);
  return problem;
}

export function writeProblem(w: Writer): void {
  switch (problem) {
    case BAD_VERSION:
    case BAD_ROLE:
      w.text(problem === BAD_VERSION ? 'claims version ' : 'claims role ');
      w.dec(value);
      w.text(' is unsupported');
      return;
    case BAD_VERB:
      w.text('scope verb ');
      w.dec(value);
      w.text(' is invalid');
      return;
    case TOO_LONG:
      w.text('mount data exceeds allowed length');
      return;
    case TOO_MANY_SCOPES:
      w.text('scope count exceeds allowed maximum');
      return;
    case TRAILING:
      w.text('claims payload contains trailing data');
      return;
    case NOT_UTF8:
      w.text('ticket malformed');
      return;
    default:
      w.text('claims payload truncated');
  }
}

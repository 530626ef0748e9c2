// SPDX-License-Identifier: Apache-2.0
// Claims version 1: the payload of a ticket, decoded into a record.
//
//   Claims   role u8 · hasSubject bool · scopeCount u8 · digest u32 · ticks, ops, ttl_s u64 · issued_at_ms u64
//            bandwidth_bytes u64 · cursorResumes, cursorAdvances u32 · subjectBytes u32
//            mac[MAC_BYTES] · subject[TEXT_ROOM] · scopes: MAX_SCOPES × Scope
//   Scope    verb u8 (0 read, 1 write, 2 both) · pathBytes u16 · rate_per_s u32 (0: unlimited) · path
//
//   digest: names the ticket in logs · ticks, ops, ttl_s: all ones where the ticket sets none
//   bandwidth_bytes, cursorResumes, cursorAdvances: 0 where the ticket sets none
import { ROLES } from '../../lib/protocol/roles';
import { isUtf8 } from '../../lib/text/slice';
import { Writer } from '../../lib/text/writer';

export const MAX_SCOPES: u32 = 16;
export const MAC_BYTES: u32 = 32;
const TEXT_BYTES: u32 = 255;
const TEXT_ROOM: u32 = TEXT_BYTES + 1;


@unmanaged
export class Scope {
  verb: u8;
  pathBytes: u16;
  rate_per_s: u32;

  get path(): usize {
    return changetype<usize>(this) + offsetof<Scope>();
  }
}

const SCOPE_BYTES: u32 = offsetof<Scope>() + TEXT_ROOM;


@unmanaged
export class Claims {
  role: u8;
  hasSubject: bool;
  scopeCount: u8;
  digest: u32;
  ticks: u64;
  ops: u64;
  ttl_s: u64;
  issued_at_ms: u64;
  bandwidth_bytes: u64;
  cursorResumes: u32;
  cursorAdvances: u32;
  subjectBytes: u32;

  get mac(): usize {
    return changetype<usize>(this) + offsetof<Claims>();
  }

  get subject(): usize {
    return this.mac + MAC_BYTES;
  }

  scope(index: u32): Scope {
    return changetype<Scope>(this.subject + TEXT_ROOM + index * SCOPE_BYTES);
  }
}

export const CLAIMS_BYTES: u32 = offsetof<Claims>() + MAC_BYTES + TEXT_ROOM + MAX_SCOPES * SCOPE_BYTES + 4;

const VERSION: u32 = 1;
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

function scopes(claims: Claims): void {
  const count = byte();
  if (count > MAX_SCOPES) fail(TOO_MANY_SCOPES);
  for (let i: u32 = 0; i < count && problem === OK; i++) {
    const scope = claims.scope(i);
    scope.pathBytes = <u16>text(scope.path);
    const verb = byte();
    if (verb > 2) fail(BAD_VERB, verb);
    scope.verb = <u8>verb;
    scope.rate_per_s = word();
  }
  claims.scopeCount = <u8>count;
}

/** Decodes a payload; OK or what is wrong with it. */
export function decode(payload: usize, bytes: u32, claims: Claims): u32 {
  problem = OK;
  at = payload;
  end = payload + bytes;
  memory.fill(changetype<usize>(claims), 0, CLAIMS_BYTES);
  const version = byte();
  if (version !== VERSION) fail(BAD_VERSION, version);
  const role = byte();
  if (role >= ROLES) fail(BAD_ROLE, role);
  const flags = byte();
  claims.role = <u8>role;
  claims.hasSubject = (flags & WITH_SUBJECT) !== 0;
  claims.ticks = (flags & TICKS) !== 0 ? long() : u64.MAX_VALUE;
  claims.ops = (flags & OPS) !== 0 ? long() : u64.MAX_VALUE;
  claims.ttl_s = (flags & TTL) !== 0 ? long() : u64.MAX_VALUE;
  if (claims.hasSubject) claims.subjectBytes = text(claims.subject);
  claims.issued_at_ms = long();
  text(0); // mount.service
  text(0); // mount.at
  if ((flags & WITH_SCOPES) !== 0) scopes(claims);
  if ((flags & WITH_QUOTAS) !== 0) {
    claims.bandwidth_bytes = long();
    claims.cursorResumes = word();
    claims.cursorAdvances = word();
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

// SPDX-License-Identifier: Apache-2.0
// Checking a ticket: its text, its MAC, then its claims.
//
//   token   "cohesix-ticket-" hex(payload) "." hex(mac)        mac = keyed BLAKE3 of the payload
import * as sha256 from '../../lib/hash/sha256';
import { ticketKey } from '../platform';
import { startsWith } from '../../lib/text/slice';
import { Writer } from '../../lib/text/writer';
import * as blake3 from '../../lib/hash/blake3';
import * as roles from '../../lib/protocol/roles';
import { PREFIX, PREFIX_BYTES } from '../../lib/protocol/tickets';
import * as claims from './claims';
import { Claims } from './claims';

export const OK: u32 = 0;
/** No key is registered for the role. */
export const NO_KEY: u32 = 1;
/** The ticket is not valid; writeReason says why. */
export const REJECTED: u32 = 2;

const NO_PREFIX: u32 = 1;
const MALFORMED: u32 = 2;
const MAC_LENGTH: u32 = 3;
const MAC_DIFFERS: u32 = 4;
const BAD_CLAIMS: u32 = 5;
let reason: u32 = 0;
let macBytes: u32 = 0;

const KEY_BYTES: u32 = 32;
/** More than the largest claims: 16 scopes and all else. */
const PAYLOAD_BYTES: u32 = 8192;
const payload = memory.data(PAYLOAD_BYTES);
const mac = memory.data(claims.MAC_BYTES);
const expected = memory.data(claims.MAC_BYTES);
const key = memory.data(KEY_BYTES);

function hexDigit(c: u32): u32 {
  if (c >= 0x30 && c <= 0x39) return c - 0x30;
  if (c >= 0x41 && c <= 0x46) return c - 0x37;
  if (c >= 0x61 && c <= 0x66) return c - 0x57;
  return 16;
}

/** Decodes hexadecimal of either case to `out`; false when it is none. */
function unhex(start: usize, bytes: u32, out: usize): bool {
  if ((bytes & 1) !== 0) return false;
  for (let i: u32 = 0; i < bytes; i += 2) {
    const high = hexDigit(load<u8>(start + i));
    const low = hexDigit(load<u8>(start + i + 1));
    if (high > 15 || low > 15) return false;
    store<u8>(out + (i >> 1), <u8>((high << 4) | low));
  }
  return true;
}

/** Takes as long whatever differs. */
function equalMac(): bool {
  let difference: u32 = 0;
  for (let i: u32 = 0; i < claims.MAC_BYTES; i++) difference |= load<u8>(mac + i) ^ load<u8>(expected + i);
  return difference === 0;
}

function reject(why: u32): u32 {
  reason = why;
  return REJECTED;
}

/** First bytes of a hash of the token, as logs name it. */
export function digest(token: usize, bytes: u32): u32 {
  return bswap<u32>(load<u32>(sha256.digest(token, bytes)));
}

/** The role that a token claims, for choosing the key; ROLES when it claims none. Nothing is checked yet. */
export function claimedRole(token: usize, bytes: u32): u32 {
  // The second byte of the payload, after the version.
  if (bytes < PREFIX_BYTES + 4 || !startsWith(token, bytes, PREFIX)) return roles.ROLES;
  if (!unhex(token + PREFIX_BYTES, 4, payload)) return roles.ROLES;
  return min<u32>(load<u8>(payload + 1), roles.ROLES);
}

/** Checks a token against the key of `role` and fills the claims record. */
export function check(role: u32, token: usize, bytes: u32, record: Claims): u32 {
  if (!ticketKey(role, key)) return NO_KEY;
  if (!startsWith(token, bytes, PREFIX)) return reject(NO_PREFIX);
  const start = token + PREFIX_BYTES;
  const rest = bytes - PREFIX_BYTES;
  let dot: u32 = 0;
  while (dot < rest && load<u8>(start + dot) !== 0x2e) dot++;
  if (dot === rest || dot > 2 * PAYLOAD_BYTES || !unhex(start, dot, payload)) return reject(MALFORMED);
  const macStart = start + dot + 1;
  const macHex = rest - dot - 1;
  macBytes = macHex >> 1;
  if (macBytes !== claims.MAC_BYTES)
    return reject((macHex & 1) === 0 && isHex(macStart, macHex) ? MAC_LENGTH : MALFORMED);
  if (!unhex(macStart, macHex, mac)) return reject(MALFORMED);
  blake3.keyedHash(key, payload, dot >> 1, expected);
  if (!equalMac()) return reject(MAC_DIFFERS);
  if (claims.decode(payload, dot >> 1, record) !== claims.OK) return reject(BAD_CLAIMS);
  record.digest = digest(token, bytes);
  memory.copy(record.mac, mac, claims.MAC_BYTES);
  return OK;
}

function isHex(start: usize, bytes: u32): bool {
  for (let i: u32 = 0; i < bytes; i++) {
    if (hexDigit(load<u8>(start + i)) > 15) return false;
  }
  return true;
}

/** Writes why check() answered REJECTED. */
export function writeReason(w: Writer): void {
  switch (reason) {
    case NO_PREFIX:
      w.text('ticket missing prefix');
      return;
    case MALFORMED:
      w.text('ticket malformed');
      return;
    case MAC_LENGTH:
      w.text('ticket MAC length ');
      w.dec(macBytes);
      w.text(' is invalid');
      return;
    case MAC_DIFFERS:
      w.text('ticket MAC validation failed');
      return;
    default:
      claims.writeProblem(w);
  }
}

// SPDX-License-Identifier: Apache-2.0
// The session table. A session is one client's conversation: its dialect, role, budget, fids and binds.
//
//   session   +0 header (HEADER_BYTES, fields below) · fid index · fid records · retired ranges · binds
//
// A slot belongs to one session until it closes; ids only grow, so an id names the same session for ever.
import { FIDS_PER_SESSION, IDENTITY_BYTES, MAX_BINDS, MAX_MSIZE, MAX_SESSIONS } from '../limits';
import { OPEN_SESSIONS, RETIRED_RANGES } from '../limits';
import { nowMs } from '../platform';
import { Writer } from '../../lib/text/writer';
import { DIALECT_COMPACT } from '../../lib/wire/types';
import * as locks from '../namespace/locks';
import * as full from '../full';
import * as tickets from '../ticket/usage';
import { BIND_BYTES } from './bind';
import { Fid } from './fid';
import * as roles from '../../lib/protocol/roles';

export const FREE: u32 = 0;
export const SETUP: u32 = 1;
export const ACTIVE: u32 = 2;
export const REVOKED: u32 = 3;

export const FID_INDEX_BYTES: u32 = 4 * FIDS_PER_SESSION;

const HEADER_BYTES: u32 = 256;
export const FID_INDEX: u32 = HEADER_BYTES;
export const FIDS: u32 = FID_INDEX + FID_INDEX_BYTES;
export const RETIRED: u32 = FIDS + FIDS_PER_SESSION * offsetof<Fid>();
export const BINDS: u32 = RETIRED + 8 * RETIRED_RANGES;
const SESSION_BYTES: u32 = BINDS + MAX_BINDS * BIND_BYTES;

const table = memory.data(MAX_SESSIONS * SESSION_BYTES, 16);

/**
 * The sessions by id: open addressing, entries are slot + 1, or 0. Ids count upwards, so they rarely meet.
 */
const INDEX_SLOTS: u32 = 1 << (32 - clz<u32>(2 * MAX_SESSIONS - 1));
const index = memory.data(2 * INDEX_SLOTS, 2);

/** Serial number of the youngest session; it starts again from 1 before it would be no number for /proc any more. */
let lastId: u32 = 0;
const LAST_ID: u32 = 0x7fffffff;
/** Sessions in the table. */
export let count: u32 = 0;


@inline
export function slot(index: u32): usize {
  return table + index * SESSION_BYTES;
}

/** The slot of a session: a number below MAX_SESSIONS. */
export function slotIndex(s: usize): u32 {
  return <u32>(s - table) / SESSION_BYTES;
}


@inline
export function phase(s: usize): u32 {
  return load<u8>(s);
}


@inline
export function dialect(s: usize): u32 {
  return load<u8>(s, 1);
}


@inline
export function role(s: usize): u32 {
  return load<u8>(s, 2);
}


@inline
export function transport(s: usize): u32 {
  return load<u8>(s, 3);
}


@inline
export function id(s: usize): u32 {
  return load<u32>(s, 4);
}


@inline
export function msize(s: usize): u32 {
  return load<u32>(s, 8);
}

/** Whether Tversion has come. */
@inline
export function negotiated(s: usize): bool {
  return load<u8>(s, 12) !== 0;
}


@inline
export function hasTicket(s: usize): bool {
  return load<u8>(s, 13) !== 0;
}

/** Why the session was revoked (session/budget.ts). */
@inline
export function reason(s: usize): u32 {
  return load<u8>(s, 14);
}


@inline
export function sinceMs(s: usize): u64 {
  return load<u64>(s, 16);
}

/** Number of the worker that the session speaks for, or 0. */
@inline
export function worker(s: usize): u32 {
  return load<u32>(s, 24);
}


@inline
export function identityBytes(s: usize): u32 {
  return load<u32>(s, 28);
}


@inline
export function identity(s: usize): usize {
  return s + 32;
}

/** What is left of the ticket's budget. */
@inline
export function ops(s: usize): u64 {
  return load<u64>(s, 104);
}


@inline
export function ticks(s: usize): u64 {
  return load<u64>(s, 112);
}

/** Time (machine.nowMs) at which the ticket expires. */
@inline
export function expiresMs(s: usize): u64 {
  return load<u64>(s, 120);
}

/** First bytes of a hash of the ticket: names it in logs. */
@inline
export function ticketDigest(s: usize): u32 {
  return load<u32>(s, 128);
}


@inline
export function bindCount(s: usize): u32 {
  return load<u32>(s, 132);
}


@inline
export function fidCount(s: usize): u32 {
  return load<u32>(s, 136);
}


@inline
export function retiredCount(s: usize): u32 {
  return load<u32>(s, 140);
}

/** Entry of the ticket table that counts its use (ticket/usage.ts), or 0. */
@inline
export function usage(s: usize): u32 {
  return load<u32>(s, 144);
}

/** Adapter that the session speaks for, counted from 1, or 0. */
@inline
export function adapter(s: usize): u32 {
  return load<u8>(s, 15);
}

/** Number of the first record of the list of free fids, + 1, and of records that were ever used (session/fids.ts). */
@inline
export function freeFid(s: usize): u32 {
  return load<u32>(s, 148);
}


@inline
export function fidHighWater(s: usize): u32 {
  return load<u32>(s, 152);
}

export function setAdapter(s: usize, value: u32): void {
  store<u8>(s, <u8>value, 15);
}

export function setFreeFid(s: usize, value: u32): void {
  store<u32>(s, value, 148);
}

export function setFidHighWater(s: usize, value: u32): void {
  store<u32>(s, value, 152);
}

export function setPhase(s: usize, value: u32): void {
  store<u8>(s, <u8>value);
  store<u64>(s, nowMs(), 16);
}

export function setDialect(s: usize, value: u32): void {
  store<u8>(s, <u8>value, 1);
}

export function setMsize(s: usize, value: u32): void {
  store<u32>(s, value, 8);
  store<u8>(s, 1, 12);
}

export function setReason(s: usize, value: u32): void {
  store<u8>(s, <u8>value, 14);
}

export function setWorker(s: usize, number: u32): void {
  store<u32>(s, number, 24);
}

export function setRole(s: usize, value: u32, identityStart: usize, bytes: u32): void {
  store<u8>(s, <u8>value, 2);
  store<u32>(s, bytes < IDENTITY_BYTES ? bytes : IDENTITY_BYTES, 28);
  memory.copy(identity(s), identityStart, identityBytes(s));
}

export function setBudget(s: usize, ops: u64, ticks: u64, expiresMs: u64): void {
  store<u64>(s, ops, 104);
  store<u64>(s, ticks, 112);
  store<u64>(s, expiresMs, 120);
}

export function setTicket(s: usize, digest: u32, usage: u32): void {
  store<u8>(s, 1, 13);
  store<u32>(s, digest, 128);
  store<u32>(s, usage, 144);
}

export function setBindCount(s: usize, value: u32): void {
  store<u32>(s, value, 132);
}

export function setFidCount(s: usize, value: u32): void {
  store<u32>(s, value, 136);
}

export function setRetiredCount(s: usize, value: u32): void {
  store<u32>(s, value, 140);
}

/** Opens a session; 0: the table is full. */
export function open(transport: u32): usize {
  for (let i: u32 = 0; i < MAX_SESSIONS; i++) {
    const s = slot(i);
    if (phase(s) !== FREE) continue;
    memory.fill(s, 0, SESSION_BYTES);
    count++;
    store<u8>(s, <u8>transport, 3);
    store<u32>(s, nextId(), 4);
    setEntry(probe(lastId), i + 1);
    restart(s);
    return s;
  }
  full.count(full.SESSIONS);
  return 0;
}

function nextId(): u32 {
  do {
    lastId = lastId === LAST_ID ? 1 : lastId + 1;
  } while (find(lastId) !== 0);
  return lastId;
}

/** Sessions of others than queens. */
export function workerCount(): u32 {
  let found: u32 = 0;
  for (let i: u32 = 0; i < MAX_SESSIONS; i++) {
    const s = slot(i);
    if ((phase(s) === ACTIVE || phase(s) === REVOKED) && !isQueen(s)) found++;
  }
  return found;
}

/** Whether a session that is no queen's may attach: what is reserved for queens stays free. */
export function mayAdmitWorker(): bool {
  return workerCount() < OPEN_SESSIONS;
}

/** Back to the state before Tversion: no role, no fids, no binds. */
export function restart(s: usize): void {
  locks.forget(id(s));
  tickets.release(usage(s));
  memory.fill(s + 8, 0, HEADER_BYTES - 8);
  memory.fill(s + FID_INDEX, 0, FID_INDEX_BYTES);
  setPhase(s, SETUP);
  setDialect(s, DIALECT_COMPACT);
  store<u32>(s, MAX_MSIZE, 8);
  setBudget(s, u64.MAX_VALUE, u64.MAX_VALUE, u64.MAX_VALUE);
}

export function close(s: usize): void {
  locks.forget(id(s));
  tickets.release(usage(s));
  forgetId(id(s));
  store<u8>(s, <u8>FREE);
  count--;
}


@inline
function entryAt(at: u32): u32 {
  return load<u16>(index + 2 * at);
}


@inline
function setEntry(at: u32, entry: u32): void {
  store<u16>(index + 2 * at, <u16>entry);
}

/** Index entry of the id, or the free one where it would go. */
function probe(wanted: u32): u32 {
  let at = wanted & (INDEX_SLOTS - 1);
  let entry = entryAt(at);
  while (entry !== 0 && id(slot(entry - 1)) !== wanted) {
    at = (at + 1) & (INDEX_SLOTS - 1);
    entry = entryAt(at);
  }
  return at;
}

/** The open session with this id, or 0. */
export function find(wanted: u32): usize {
  const entry = entryAt(probe(wanted));
  return entry === 0 ? 0 : slot(entry - 1);
}

function forgetId(wanted: u32): void {
  let hole = probe(wanted);
  // Entries behind the hole move up when their home is not between the hole and them.
  for (let at = (hole + 1) & (INDEX_SLOTS - 1); entryAt(at) !== 0; at = (at + 1) & (INDEX_SLOTS - 1)) {
    const home = id(slot(entryAt(at) - 1)) & (INDEX_SLOTS - 1);
    if (((at - home) & (INDEX_SLOTS - 1)) < ((at - hole) & (INDEX_SLOTS - 1))) continue;
    setEntry(hole, entryAt(at));
    hole = at;
  }
  setEntry(hole, 0);
}

export function isQueen(s: usize): bool {
  return role(s) === roles.QUEEN;
}

/** `<role>` or `<role>:<identity>`. */
export function writeOwner(s: usize, w: Writer): void {
  w.text(roles.label(role(s)));
  if (identityBytes(s) === 0) return;
  w.byte(0x3a);
  w.bytes(identity(s), identityBytes(s));
}

/** The ticket as logs name it: eight hexadecimal digits of a hash, or `none`. */
export function writeTicket(s: usize, w: Writer): void {
  if (hasTicket(s)) w.hex(ticketDigest(s), 8);
  else w.text('none');
}

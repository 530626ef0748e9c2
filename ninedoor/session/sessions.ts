// SPDX-License-Identifier: Apache-2.0
// The table of sessions (session/session.ts). Ids only grow, so an id names the same session for ever.
//
//   index   INDEX_SLOTS × u16, open addressing by id: slot + 1, or 0. Ids count upwards, so they rarely meet.
import { MAX_SESSIONS, OPEN_SESSIONS } from '../limits';
import * as locks from '../namespace/locks';
import * as full from '../full';
import * as tickets from '../ticket/usage';
import { ACTIVE, FREE, NO_SESSION, REVOKED, SESSION_BYTES, Session } from './session';

const table = memory.data(MAX_SESSIONS * SESSION_BYTES, 16);

const INDEX_SLOTS: u32 = 1 << (32 - clz<u32>(2 * MAX_SESSIONS - 1));
const index = memory.data(2 * INDEX_SLOTS, 2);

/** Id of the youngest session; it starts again from 1 before it would be no number for /proc any more. */
let lastId: u32 = 0;
const LAST_ID: u32 = 0x7fffffff;
/** Sessions in the table. */
export let count: u32 = 0;

/** The record with this number, below MAX_SESSIONS; it may be FREE. */
export function at(slot: u32): Session {
  return changetype<Session>(table + slot * SESSION_BYTES);
}

/** The number of a session's record. */
export function indexOf(s: Session): u32 {
  return <u32>(changetype<usize>(s) - table) / SESSION_BYTES;
}

/** Opens a session; NO_SESSION: the table is full. */
export function open(transport: u32): Session {
  for (let i: u32 = 0; i < MAX_SESSIONS; i++) {
    const s = at(i);
    if (s.phase !== FREE) continue;
    memory.fill(changetype<usize>(s), 0, SESSION_BYTES);
    count++;
    s.id = nextId();
    s.transport = transport;
    setEntry(probe(lastId), i + 1);
    s.reset();
    return s;
  }
  full.count(full.SESSIONS);
  return NO_SESSION;
}

function nextId(): u32 {
  do {
    lastId = lastId === LAST_ID ? 1 : lastId + 1;
  } while (find(lastId) !== NO_SESSION);
  return lastId;
}

/** Sessions of others than queens. */
export function workerCount(): u32 {
  let found: u32 = 0;
  for (let i: u32 = 0; i < MAX_SESSIONS; i++) {
    const s = at(i);
    if ((s.phase === ACTIVE || s.phase === REVOKED) && !s.isQueen) found++;
  }
  return found;
}

/** Whether a session that is no queen's may attach: what is reserved for queens stays free. */
export function mayAdmitWorker(): bool {
  return workerCount() < OPEN_SESSIONS;
}

/** Gives up what a session holds outside of its record. */
function letGo(s: Session): void {
  locks.forget(s.id);
  tickets.release(s.usage);
}

/** Back to the state before Tversion. */
export function restart(s: Session): void {
  letGo(s);
  s.reset();
}

export function close(s: Session): void {
  letGo(s);
  forgetId(s.id);
  s.phase = FREE;
  count--;
}

function entryAt(at: u32): u32 {
  return load<u16>(index + 2 * at);
}

function setEntry(at: u32, entry: u32): void {
  store<u16>(index + 2 * at, <u16>entry);
}

/** Index entry of the id, or the free one where it would go. */
function probe(wanted: u32): u32 {
  let slot = wanted & (INDEX_SLOTS - 1);
  let entry = entryAt(slot);
  while (entry !== 0 && at(entry - 1).id !== wanted) {
    slot = (slot + 1) & (INDEX_SLOTS - 1);
    entry = entryAt(slot);
  }
  return slot;
}

/** The open session with this id, or NO_SESSION. */
export function find(wanted: u32): Session {
  const entry = entryAt(probe(wanted));
  return entry === 0 ? NO_SESSION : at(entry - 1);
}

function forgetId(wanted: u32): void {
  let hole = probe(wanted);
  // Entries behind the hole move up when their home is not between the hole and them.
  for (let slot = (hole + 1) & (INDEX_SLOTS - 1); entryAt(slot) !== 0; slot = (slot + 1) & (INDEX_SLOTS - 1)) {
    const home = at(entryAt(slot) - 1).id & (INDEX_SLOTS - 1);
    if (((slot - home) & (INDEX_SLOTS - 1)) < ((slot - hole) & (INDEX_SLOTS - 1))) continue;
    setEntry(hole, entryAt(slot));
    hole = slot;
  }
  setEntry(hole, 0);
}

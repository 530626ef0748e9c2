// SPDX-License-Identifier: Apache-2.0
// Connections of the network as NineDoor knows them: which session each has, and how long it may go on without being attached.
//
//   Connection   sessionId u32 · generation u32 · deadlineMs u64 · refusedAttaches u32 · isAttached bool
//
//   sessionId: 0: there is no connection of this number · generation: which use of the number this is
//   deadlineMs: of the machine's clock; of an attached session, when its ticket ends, or NO_DEADLINE
//
// A connection that is not attached, or whose session was revoked, holds a place that others want: it is given auth.timeout_ms.
// Its client may be silent: a session that is revoked says so itself.
import { after_ms } from '../../lib/device/deadline';
import { AUTH_TIMEOUT_MS, NETWORK_MAX_CONNECTIONS } from '../../generated/manifest';
import * as server from '../index';
import * as hooks from '../hooks';
import { ACTIVE, NO_SESSION, REVOKED, Session } from '../session/session';
import * as sessions from '../session/sessions';
import * as transports from '../session/transports';
import * as clock from './clock';

export const NO_DEADLINE: u64 = u64.MAX_VALUE;
/** Refused attaches after which the connection is closed. */
export const MAX_REFUSED_ATTACHES: u32 = 3;


@unmanaged
export class Connection {
  sessionId: u32;
  generation: u32;
  deadlineMs: u64;
  refusedAttaches: u32;
  isAttached: bool;

  get number(): u32 {
    return <u32>(changetype<usize>(this) - table) / offsetof<Connection>();
  }

  get isOpen(): bool {
    return this.sessionId !== 0;
  }

  /** The connection is gone, and its session with it. */
  close(): void {
    server.sessionClose(this.sessionId);
    this.sessionId = 0;
  }

  private setDeadline(ms: u64): void {
    this.deadlineMs = ms;
    nextMs = min(nextMs, ms);
  }

  /** Has a session since `ageMs`. */
  start(sessionId: u32, generation: u32, ageMs: u32): void {
    const now = clock.nowMs();
    this.sessionId = sessionId;
    this.generation = generation;
    this.refusedAttaches = 0;
    this.isAttached = false;
    this.setDeadline(after_ms(now - min<u64>(now, ageMs), AUTH_TIMEOUT_MS));
  }

  /** A frame of the session was served: whether it is attached now decides how long it may stay. */
  served(s: Session): void {
    if (s.phase === ACTIVE) {
      // The ticket's end does not move while the session is attached.
      if (this.isAttached) return;
      this.isAttached = true;
      this.setDeadline(s.expires_ms);
    } else if (this.isAttached) this.detached(clock.nowMs());
  }

  /** The session may do nothing any more. */
  detached(now: u64): void {
    this.isAttached = false;
    this.setDeadline(after_ms(now, AUTH_TIMEOUT_MS));
  }

  /** Counts an attach that was refused; true: it was one too many. */
  refusedAttach(): bool {
    return ++this.refusedAttaches >= MAX_REFUSED_ATTACHES;
  }
}

export const NO_CONNECTION = changetype<Connection>(0);

const MAX_CONNECTIONS: u32 = NETWORK_MAX_CONNECTIONS;
const table = memory.data(MAX_CONNECTIONS * offsetof<Connection>(), 8);

/** No deadline is before this time. */
export let nextMs: u64 = NO_DEADLINE;

function at(number: u32): Connection {
  return changetype<Connection>(table + number * offsetof<Connection>());
}

/** Whether net can have a connection of this number. */
export function isNumber(value: u32): bool {
  return value < MAX_CONNECTIONS;
}

/** The connection of this number, whatever its generation, or NO_CONNECTION. */
export function ofNumber(value: u32): Connection {
  return value < MAX_CONNECTIONS && at(value).isOpen ? at(value) : NO_CONNECTION;
}

/** The connection in this use of its number, or NO_CONNECTION. */
export function find(value: u32, use: u32): Connection {
  const c = ofNumber(value);
  return c !== NO_CONNECTION && c.generation === use ? c : NO_CONNECTION;
}

/** Opens a session for a connection that was accepted `ageMs` ago; false: there is no room. */
export function open(value: u32, use: u32, ageMs: u32): bool {
  const id = server.sessionOpen(transports.TCP);
  if (id === 0) return false;
  at(value).start(id, use, ageMs);
  return true;
}

function sessionEnded(now: u64, s: Session): void {
  for (let i: u32 = 0; i < MAX_CONNECTIONS; i++) {
    if (at(i).sessionId === s.id && at(i).isAttached) at(i).detached(now);
  }
}

export function start(): void {
  hooks.ended.add(sessionEnded.index);
}

export function closeAll(): void {
  for (let i: u32 = 0; i < MAX_CONNECTIONS; i++) {
    if (at(i).isOpen) at(i).close();
  }
}

/** The connection with the earliest deadline, or NO_CONNECTION. */
export function earliest(): Connection {
  let found = NO_CONNECTION;
  for (let i: u32 = 0; i < MAX_CONNECTIONS; i++) {
    const c = at(i);
    if (!c.isOpen || c.deadlineMs === NO_DEADLINE) continue;
    if (found === NO_CONNECTION || c.deadlineMs < found.deadlineMs) found = c;
  }
  nextMs = found === NO_CONNECTION ? NO_DEADLINE : found.deadlineMs;
  return found;
}

/** A connection whose session was revoked, or NO_CONNECTION. */
export function revoked(): Connection {
  for (let i: u32 = 0; i < MAX_CONNECTIONS; i++) {
    const c = at(i);
    if (!c.isOpen) continue;
    const s = sessions.find(c.sessionId);
    if (s === NO_SESSION || s.phase === REVOKED) return c;
  }
  return NO_CONNECTION;
}

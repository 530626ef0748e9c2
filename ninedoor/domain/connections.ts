// SPDX-License-Identifier: Apache-2.0
// Connections of the network as NineDoor knows them: which session each has, and how long it may go on without being attached.
//
//   connection (32 bytes)   +0 session id u32, 0: none   +4 generation u32   +8 deadline u64   +16 refused attaches u32
//
//   deadline   milliseconds of the machine's clock; all ones while the session is attached
//
// A connection that is not attached, or whose session was revoked, holds a place that others want: it is given auth.timeout_ms.
import { AUTH_TIMEOUT_MS, NETWORK_MAX_CONNECTIONS } from '../../generated/manifest';
import * as server from '../index';
import { ACTIVE, REVOKED, NO_SESSION, Session } from '../session/session';
import * as sessions from '../session/sessions';
import * as transports from '../session/transports';
import * as clock from './clock';

const CONNECTION: u32 = 32;
const MAX_CONNECTIONS: u32 = NETWORK_MAX_CONNECTIONS;
const table = memory.data(32 * MAX_CONNECTIONS, 8);

export const NO_DEADLINE: u64 = u64.MAX_VALUE;
/** Refused attaches after which the connection is closed. */
export const MAX_REFUSED_ATTACHES: u32 = 3;

/** No deadline is before this time. */
export let next: u64 = NO_DEADLINE;


@inline
function at(number: u32): usize {
  return table + number * CONNECTION;
}


@inline
export function sessionId(c: usize): u32 {
  return load<u32>(c);
}


@inline
export function generation(c: usize): u32 {
  return load<u32>(c, 4);
}


@inline
export function deadline(c: usize): u64 {
  return load<u64>(c, 8);
}

export function number(c: usize): u32 {
  return <u32>(c - table) / CONNECTION;
}

/** Whether net can have a connection of this number. */
export function isNumber(value: u32): bool {
  return value < MAX_CONNECTIONS;
}

/** The connection of this number, whatever its generation, or 0. */
export function ofNumber(value: u32): usize {
  return value < MAX_CONNECTIONS && sessionId(at(value)) !== 0 ? at(value) : 0;
}

/** The connection in this use of its number, or 0. */
export function find(value: u32, use: u32): usize {
  const c = ofNumber(value);
  return c !== 0 && generation(c) === use ? c : 0;
}

function setDeadline(c: usize, time: u64): void {
  store<u64>(c, time, 8);
  next = min(next, time);
}

/** Opens a session for a connection that was accepted `age` ms ago; false: there is no room. */
export function open(value: u32, use: u32, age: u32): bool {
  const id = server.sessionOpen(transports.TCP);
  if (id === 0) return false;
  const c = at(value);
  const now = clock.nowMs();
  store<u32>(c, id);
  store<u32>(c, use, 4);
  setDeadline(c, now - min<u64>(now, age) + AUTH_TIMEOUT_MS);
  store<u32>(c, 0, 16);
  return true;
}

/** The connection is gone, and its session with it. */
export function close(c: usize): void {
  server.sessionClose(sessionId(c));
  store<u32>(c, 0);
}

export function closeAll(): void {
  for (let i: u32 = 0; i < MAX_CONNECTIONS; i++) {
    if (sessionId(at(i)) !== 0) close(at(i));
  }
}

/** A frame of the session was served: whether it is attached now decides how long it may stay. */
export function served(c: usize, s: Session): void {
  if (s.phase === ACTIVE) store<u64>(c, NO_DEADLINE, 8);
  else if (deadline(c) === NO_DEADLINE) setDeadline(c, clock.nowMs() + AUTH_TIMEOUT_MS);
}

/** Counts an attach that was refused; true: it was one too many. */
export function refusedAttach(c: usize): bool {
  const refused = load<u32>(c, 16) + 1;
  store<u32>(c, refused, 16);
  return refused >= MAX_REFUSED_ATTACHES;
}

/** The connection with the earliest deadline, or 0. */
export function earliest(): usize {
  let found: usize = 0;
  for (let i: u32 = 0; i < MAX_CONNECTIONS; i++) {
    const c = at(i);
    if (sessionId(c) === 0 || deadline(c) === NO_DEADLINE) continue;
    if (found === 0 || deadline(c) < deadline(found)) found = c;
  }
  next = found === 0 ? NO_DEADLINE : deadline(found);
  return found;
}

/** A connection whose session was revoked, or 0. */
export function revoked(): usize {
  for (let i: u32 = 0; i < MAX_CONNECTIONS; i++) {
    const c = at(i);
    if (sessionId(c) === 0) continue;
    const s = sessions.find(sessionId(c));
    if (s === NO_SESSION || s.phase === REVOKED) return c;
  }
  return 0;
}

// SPDX-License-Identifier: Apache-2.0
// Turn by turn: each connection that has something to do and room for the answer does one thing (a command, or a
// piece of payload), from where the last turn ended.
import { after_ms } from '../../../lib/device/deadline';
import { NETWORK_IDLE_TIMEOUT_MS } from '../../../generated/manifest';
import * as protocol from '../../../lib/protocol/supervisor';
import { BACKSPACE, DELETE, NEWLINE, RETURN, SPACE } from '../../../lib/text/ascii';
import { equalsIgnoreCase, isUtf8 } from '../../../lib/text/slice';
import * as audit from '../audit';
import * as clock from '../clock';
import * as command from '../command';
import * as link from '../link';
import * as payload from '../payload/payload';
import { CLOSING, ENDING, FREE, GREETING, HALF_CLOSED, OPEN } from '../session/connection';
import * as input from '../session/input';
import { HELD } from '../session/payload';
import { CONNECTIONS, ofConnection, Session } from '../session/session';
import * as out from '../sink';
import * as auth from './auth';
import * as ends from './ends';
import * as sender from './sender';

/** The connection that has the first turn of the next round. */
let next: u32 = 0;

function malformed(): void {
  link.forget();
  audit.count(protocol.REFUSED_POLICY);
  out.line('ERR FRAME reason=invalid-length');
}

/**
 * Takes out what is no part of a line: its end, if a client sends one, and control bytes; true if what is left is
 * one line.
 */
function edit(): bool {
  const start = input.start;
  let end = input.bytes;
  while (end > 0 && (load<u8>(start + end - 1) === NEWLINE || load<u8>(start + end - 1) === RETURN)) end--;
  let length: u32 = 0;
  for (let i: u32 = 0; i < end; i++) {
    const c = load<u8>(start + i);
    if (c === NEWLINE) return false;
    if (c === BACKSPACE || c === DELETE) length -= length > 0 ? 1 : 0;
    else if (c >= SPACE) store<u8>(start + length++, c);
  }
  input.bytes = length;
  return true;
}

/** Takes the next of what the peer sent. */
function takeLine(s: Session): void {
  sender.took(s, s.input.take());
  const isOpen = s.connection.state === OPEN;
  if (input.kind !== input.LINE || !isUtf8(input.start, input.bytes)) {
    malformed();
    if (!isOpen || input.kind !== input.TOO_LONG) ends.close(s);
    return;
  }
  if (!isOpen) auth.check(s, input.start, input.bytes);
  else if (edit()) command.run(s, input.start, input.bytes);
  else command.refuse(s, 'unsupported console command');
}

/** The next that the peer sent asks whether anyone is there: that is answered at once, between lines of what is shown. */
function isPing(s: Session): bool {
  if (s.input.isEmpty || s.payload.kind === HELD) return false;
  s.input.look();
  return input.kind === input.LINE && edit() && equalsIgnoreCase(input.start, input.bytes, 'ping');
}

/** Does one thing for the connection; false: there is nothing to do, or no room for it. */
function step(s: Session): bool {
  const state = s.connection.state;
  if (state === FREE) return false;
  if (state === ENDING) return sender.tellEnd(s);
  if (ends.finish(s)) return true;
  out.to(s);
  if (s.payload.isActive && !(out.hasRoom() && isPing(s))) {
    if (!payload.isReady(s)) return false;
    link.forget();
    payload.step(s);
  } else {
    if (s.input.isEmpty || !out.hasRoom()) return false;
    takeLine(s);
  }
  ends.finish(s);
  return true;
}

/** One round; false: nothing was done, and nothing will be before an event. */
export function work(): bool {
  let worked = false;
  let at = next;
  for (let i: u32 = 0; i < CONNECTIONS; i++) {
    const s = ofConnection(at);
    at = at + 1 < CONNECTIONS ? at + 1 : 0;
    if (!step(s)) continue;
    worked = true;
    next = at;
  }
  return worked;
}

/** Ends the connection if it has taken too long; else the clock is told when it will have. */
function expireOne(s: Session): void {
  const c = s.connection;
  if (!c.isLive) return;
  const heldUntil_ms = s.payload.heldUntil_ms;
  if (heldUntil_ms > 0) clock.wakeBy(heldUntil_ms);
  const hasDeadline = (c.state === GREETING || c.has(HALF_CLOSED)) && !c.has(CLOSING);
  const deadline_ms = hasDeadline ? c.deadline_ms : after_ms(c.active_ms, NETWORK_IDLE_TIMEOUT_MS);
  if (clock.now_ms < deadline_ms) return clock.wakeBy(deadline_ms);
  out.to(s);
  if (c.has(HALF_CLOSED)) ends.abandon(s);
  else auth.timeOut(s);
}

/** Ends what has taken too long. */
export function expire(): void {
  for (let i: u32 = 0; i < CONNECTIONS; i++) expireOne(ofConnection(i));
}

// SPDX-License-Identifier: Apache-2.0
// Turn by turn: each connection that has something to do and room for the answer does one thing (a command, or a piece of payload), from
// where the last turn ended.
import { isUtf8 } from '../../../lib/text/slice';
import * as protocol from '../../../lib/protocol/supervisor';
import * as audit from '../audit';
import * as command from '../command';
import * as link from '../link';
import * as payload from '../payload';
import * as out from '../sink';
import * as table from '../table';
import * as auth from './auth';
import * as connections from './connections';
import * as input from './input';
import * as output from './output';

/** The session that has the first turn of the next round. */
let next: u32 = 1;

function malformed(): void {
  link.forget();
  audit.say('', protocol.REFUSED_POLICY);
  out.line('ERR FRAME reason=invalid-length');
}

/** Takes out what is no part of a line: its end, if a client sends one, and control bytes; true if what is left is one line. */
function edit(): bool {
  const start = input.start;
  let end = input.bytes;
  while (end > 0 && (load<u8>(start + end - 1) === 0x0a || load<u8>(start + end - 1) === 0x0d)) end--;
  let length: u32 = 0;
  for (let i: u32 = 0; i < end; i++) {
    const c = load<u8>(start + i);
    if (c === 0x0a) return false;
    if (c === 0x08 || c === 0x7f) length -= length > 0 ? 1 : 0;
    else if (c >= 0x20) store<u8>(start + length++, c);
  }
  input.bytes = length;
  return true;
}

/** Takes the next of what the peer sent. */
function takeLine(): void {
  connections.took(input.take());
  const isOpen = connections.state() === connections.OPEN;
  if (input.kind !== input.LINE || !isUtf8(input.start, input.bytes)) {
    malformed();
    if (!isOpen || input.kind !== input.TOO_LONG) connections.close();
    return;
  }
  if (!isOpen) auth.check(input.start, input.bytes);
  else if (edit()) command.run(input.start, input.bytes);
  else command.refuse('unsupported console command');
}

/** Does one thing for the selected connection; false: there is nothing to do, or no room for it. */
function step(): bool {
  const state = connections.state();
  if (state === connections.FREE) return false;
  if (state === connections.ENDING) return connections.tellEnd();
  if (connections.finish()) return true;
  if (payload.isActive()) {
    if (!payload.isReady()) return false;
    link.forget();
    payload.step();
  } else {
    if (input.isEmpty() || !output.hasRoom()) return false;
    takeLine();
  }
  connections.finish();
  return true;
}

/** One round; false: nothing was done, and nothing will be before an event. */
export function work(): bool {
  let worked = false;
  let at = next;
  for (let i: u32 = 0; i < table.CONNECTIONS; i++) {
    table.select(at);
    if (step()) {
      worked = true;
      next = at + 1 < table.SESSIONS ? at + 1 : 1;
    }
    at = at + 1 < table.SESSIONS ? at + 1 : 1;
  }
  return worked;
}

/** Ends what has taken too long; the clock is told of the others. */
export function expire(): void {
  for (let i: u32 = 1; i < table.SESSIONS; i++) {
    table.select(i);
    connections.expire();
  }
}

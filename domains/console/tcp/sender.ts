// SPDX-License-Identifier: Apache-2.0
// To net: records about a connection (docs/net.md, lib/channel/stream.ts), each published at once; net is told of
// all of them when the console's turn ends. It has the higher priority, and empties the ring then, unless it is
// down.
import * as domain from '../../../generated/domains/console';
import * as stream from '../../../lib/channel/stream';
import { generation } from '../../../lib/machine/domain';
import { signal } from '../../../lib/machine/sel4';
import * as clock from '../clock';
import { BROKEN, Connection, FREE } from '../session/connection';
import { Session } from '../session/session';

/** What is taken is granted back in pieces of this size. */
const GRANT_BYTES: u32 = 512;
/** The length field that net takes off a line, or puts before it. */
export const LENGTH_BYTES: u32 = 4;

const word = memory.data(4, 4);
const long = memory.data(8, 8);

/** Something was written that net has not been told of. */
let isDirty: bool = false;

/** Answers that were written without asking for room. */
export let unasked: u64 = 0;

/** Tells net what was written. */
export function flush(): void {
  if (!isDirty) return;
  isDirty = false;
  signal(domain.SLOT_SIGNAL_CONSOLE_NET);
}

function ringHas(bytes: u32): bool {
  if (stream.hasRoom(domain.CONSOLE_NET_OFFSET, domain.CONSOLE_NET_BYTES, bytes)) return true;
  flush();
  return stream.hasRoom(domain.CONSOLE_NET_OFFSET, domain.CONSOLE_NET_BYTES, bytes);
}

function put(to: u32, use: u32, kind: u8, detail: u8, from: usize, bytes: u32): bool {
  isDirty = true;
  return stream.send(domain.CONSOLE_NET_OFFSET, domain.CONSOLE_NET_BYTES, to, use, kind, detail, from, bytes);
}

function send(s: Session, kind: u8, detail: u8, from: usize, bytes: u32): bool {
  return ringHas(bytes) && put(s.number, s.connection.generation, kind, detail, from, bytes);
}

/** Tells net that there are no connections here: it closes its own at once. */
export function reset(): void {
  store<u64>(long, generation());
  put(0, 0, stream.RESET, 0, long, 8);
  flush();
}

/** Asks net for its self-test; false: not now. */
export function requestSelfTest(): bool {
  return ringHas(0) && put(0, 0, stream.SELF_TEST, 0, long, 0);
}

/** Whether so much data can be sent now, with the header of its record. */
export function hasRoom(c: Connection, bytes: u32): bool {
  return c.credit >= bytes && ringHas(bytes);
}

/** Sends a line, for which there is room. */
export function sendLine(s: Session, line: usize, bytes: u32): void {
  const c = s.connection;
  if (!c.isLive || c.has(BROKEN)) return;
  const cost = stream.HEADER_BYTES + bytes;
  if (c.credit < cost || !send(s, stream.DATA, 0, line, bytes)) {
    unasked++;
    c.flags |= BROKEN;
    return;
  }
  c.credit -= cost;
  c.written += LENGTH_BYTES + bytes;
  c.active_ms = clock.now_ms;
}

/** So much input was taken: the peer may send as much again. */
export function took(s: Session, bytes: u32): void {
  const c = s.connection;
  c.owed += bytes;
  if (c.owed < GRANT_BYTES) return;
  store<u32>(word, c.owed);
  if (send(s, stream.GRANT, 0, word, 4)) c.owed = 0;
}

/** Tells net of the end; false: it must be tried again. */
export function tellEnd(s: Session): bool {
  if (!send(s, stream.ENDED, s.connection.detail, word, 0)) return false;
  s.connection.state = FREE;
  return true;
}

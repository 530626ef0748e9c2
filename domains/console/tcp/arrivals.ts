// SPDX-License-Identifier: Apache-2.0
// From net: connections that it hands over, what their peers send, and their ends (docs/net.md, lib/channel/stream.ts).
import { after_ms } from '../../../lib/device/deadline';
import * as domain from '../../../generated/domains/console';
import { AUTH_TIMEOUT_MS } from '../../../generated/manifest';
import * as ring from '../../../lib/channel/ring';
import { Opened } from '../../../lib/channel/opened';
import * as stream from '../../../lib/channel/stream';
import { signal } from '../../../lib/machine/sel4';
import * as audit from '../audit';
import * as clock from '../clock';
import * as link from '../link';
import { FREE, GREETING, HALF_CLOSED } from '../session/connection';
import { CONNECTIONS, ofConnection, Session } from '../session/session';
import * as ends from './ends';
import * as sender from './sender';

/** Data of the record at hand. */
const data = memory.data(8192, 4); // stream.MAX_DATA_BYTES

/** Data of GRANT: a number. */
const GRANT_BYTES: u32 = 4;

/** Serial number of the youngest connection. */
let lastId: u64 = 0;

/** Records that break net's own rules. */
export let strange: u64 = 0;

/**
 * The first record of this instance; what lies in the other ring is for the one before, or comes after net has seen
 * it.
 */
export function start(): void {
  sender.reset();
  receive();
}

function opened(s: Session): void {
  if (stream.length !== offsetof<Opened>()) {
    strange++;
    return;
  }
  // Net has forgotten whatever had this number before.
  if (s.connection.isLive) ends.forget(s, 'reset');
  s.clear();
  const peer = changetype<Opened>(data);
  const age_ms = min<u64>(peer.ageMs, AUTH_TIMEOUT_MS);
  const c = s.connection;
  c.state = GREETING;
  c.generation = <u16>stream.generation;
  c.address = peer.address;
  c.port = peer.port;
  c.credit = stream.CONSOLE_OUTPUT_BYTES;
  c.id = ++lastId;
  c.active_ms = clock.now_ms;
  c.deadline_ms = after_ms(clock.now_ms, AUTH_TIMEOUT_MS - age_ms);
  clock.wakeBy(c.deadline_ms);
  link.forget();
  audit.opened(c);
}

/** More came than net may pass on, or something else: the connection is not trusted any more. */
function breach(s: Session): void {
  strange++;
  ends.fail(s);
}

function line(s: Session): void {
  s.connection.active_ms = clock.now_ms;
  s.connection.read += sender.LENGTH_BYTES + stream.length;
  if (!s.input.put(data, stream.length)) breach(s);
}

/** A frame that is no line. */
function malformed(s: Session): void {
  s.connection.active_ms = clock.now_ms;
  if (!s.input.putMalformed(stream.detail)) breach(s);
}

function granted(s: Session): void {
  const c = s.connection;
  const credit = <u64>c.credit + load<u32>(data);
  if (stream.length !== GRANT_BYTES || credit > stream.CONSOLE_OUTPUT_BYTES) return breach(s);
  c.credit = <u32>credit;
}

/** The peer is gone, or sends nothing more: then what it sent is answered. */
function ended(s: Session): void {
  if (stream.detail !== stream.BY_PEER) return ends.forget(s, stream.detail === stream.LOST ? 'reset' : 'error');
  const c = s.connection;
  c.flags |= HALF_CLOSED;
  c.deadline_ms = after_ms(clock.now_ms, AUTH_TIMEOUT_MS);
  clock.wakeBy(c.deadline_ms);
}

function take(): void {
  if (stream.kind === stream.RESET) return dropAll();
  if (stream.connection >= CONNECTIONS) {
    strange++;
    return;
  }
  const s = ofConnection(stream.connection);
  if (stream.kind === stream.OPENED) return opened(s);
  if (!s.connection.isLive || <u32>s.connection.generation !== stream.generation) return;
  switch (stream.kind) {
    case stream.DATA:
      return line(s);
    case stream.MALFORMED:
      return malformed(s);
    case stream.GRANT:
      return granted(s);
    case stream.ENDED:
      return ended(s);
    default:
      strange++;
  }
}

/** Net was started again: it has none of its connections any more. */
function dropAll(): void {
  for (let i: u32 = 0; i < CONNECTIONS; i++) {
    const s = ofConnection(i);
    if (s.connection.isLive) ends.forget(s, 'reset');
    s.connection.state = FREE;
  }
}

/** All that net has written. No more than the ring holds: what comes later has a signal of its own. */
export function receive(): void {
  const bytes = domain.NET_CONSOLE_BYTES;
  const senseless = stream.malformed + ring.corruptions;
  const waiting = ring.used(domain.NET_CONSOLE_OFFSET, bytes);
  let left = waiting;
  while (left > 0 && stream.receive(domain.NET_CONSOLE_OFFSET, bytes, data)) {
    take();
    const size = stream.HEADER_BYTES + stream.length;
    left = size < left ? left - size : 0;
  }
  // Records were lost with what made no sense: nobody knows which, so both begin anew.
  if (stream.malformed + ring.corruptions !== senseless) {
    dropAll();
    sender.reset();
  }
  // Net only waits for room when there was hardly any.
  if (waiting > ring.capacity(bytes) / 2) signal(domain.SLOT_SIGNAL_NET_CONSOLE);
}

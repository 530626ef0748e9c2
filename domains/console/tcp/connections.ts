// SPDX-License-Identifier: Apache-2.0
// Connections that net hands over: records in and out (docs/net.md, lib/channel/stream.ts), and what becomes of each connection.
//
//   part of the record   +0 state u8 · +1 flags u8 · +2 generation u16 · +4 peer's address u32 · +8 its port u16 · +10 detail of ENDED u8
//                        +12 credit for output u32 · +16 input taken and not granted yet u32 · +24 serial number u64
//                        +32 last activity u64 ms · +40 deadline of AUTH, or for what is left after the peer's end u64 ms
//                        +48 bytes read u64 · +56 bytes written u64
import * as domain from '../../../generated/domains/console';
import { AUTH_TIMEOUT_MS, NETWORK_IDLE_TIMEOUT_MS } from '../../../generated/manifest';
import * as ring from '../../../lib/channel/ring';
import * as stream from '../../../lib/channel/stream';
import { generation as ownGeneration } from '../../../lib/machine/domain';
import { signal } from '../../../lib/machine/sel4';
import * as audit from '../audit';
import * as clock from '../clock';
import * as link from '../link';
import * as payload from '../payload';
import * as session from '../session';
import * as table from '../table';
import * as auth from './auth';
import * as input from './input';
import * as output from './output';
import * as peers from './peers';

export const FREE: u8 = 0;
/** Nothing but AUTH is listened to. */
export const GREETING: u8 = 1;
export const OPEN: u8 = 2;
/** Over, but net has not been told. */
export const ENDING: u8 = 3;

const STATE: u32 = 0;
const FLAGS: u32 = 1;
const GENERATION: u32 = 2;
const ADDRESS: u32 = 4;
const PORT: u32 = 8;
const DETAIL: u32 = 10;
const CREDIT: u32 = 12;
const OWED: u32 = 16;
const ID: u32 = 24;
const ACTIVE: u32 = 32;
const DEADLINE: u32 = 40;
const READ: u32 = 48;
const WRITTEN: u32 = 56;

// Flags.
/** The peer sends nothing more. */
const AT_END: u8 = 1;
/** Close when what is being shown is out. */
const CLOSING: u8 = 2;

/** Length field and address of OPENED. */
const OPENED_BYTES: u32 = 12;
/** What is taken is granted back in pieces of this size. */
const GRANT_BYTES: u32 = 512;
/** The length field that net takes off a line, or puts before it. */
const LENGTH_BYTES: u32 = 4;

const data = memory.data(8192, 4); // stream.MAX_DATA_BYTES
const word = memory.data(4, 4);
const long = memory.data(8, 8);

/** Serial number of the youngest connection. */
let lastId: u64 = 0;
/** Something was written that net has not been told of. */
let isDirty: bool = false;

/** Records that break net's own rules. */
export let strange: u64 = 0;


@inline
export function state(): u8 {
  return load<u8>(table.s, STATE);
}

export function id(): u64 {
  return load<u64>(table.s, ID);
}

export function address(): u32 {
  return load<u32>(table.s, ADDRESS);
}

/** Tells net that there are no connections here. It has the higher priority, and closes its own at once. */
function reset(): void {
  store<u64>(long, ownGeneration());
  stream.send(domain.CONSOLE_NET_OFFSET, domain.CONSOLE_NET_BYTES, 0, 0, stream.RESET, 0, long, 8);
  isDirty = true;
  flush();
}

/** The first record of this instance; what lies in the other ring is for the one before, or comes after net has seen it. */
export function start(): void {
  reset();
  receive();
}

// ---- to net ----

/** Tells net what was written. It has the higher priority, and empties the ring at once, unless it is down. */
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

function send(kind: u8, detail: u8, from: usize, bytes: u32): bool {
  if (!ringHas(bytes)) return false;
  const at = table.index - 1;
  const use = load<u16>(table.s, GENERATION);
  isDirty = true;
  return stream.send(domain.CONSOLE_NET_OFFSET, domain.CONSOLE_NET_BYTES, at, use, kind, detail, from, bytes);
}

/** Whether so much data can be sent now, with the header of its record. */
export function hasRoom(bytes: u32): bool {
  return load<u32>(table.s, CREDIT) >= bytes && ringHas(bytes);
}

/** Sends a line, for which there is room. */
export function sendLine(line: usize, bytes: u32): void {
  if (state() !== GREETING && state() !== OPEN) return;
  const cost = stream.HEADER_BYTES + bytes;
  const credit = load<u32>(table.s, CREDIT);
  if (credit < cost || !send(stream.DATA, 0, line, bytes)) {
    // Whoever wrote it did not ask for room: half an answer is worse than none.
    strange++;
    fail();
    return;
  }
  store<u32>(table.s, credit - cost, CREDIT);
  store<u64>(table.s, load<u64>(table.s, WRITTEN) + LENGTH_BYTES + bytes, WRITTEN);
  store<u64>(table.s, clock.now_ms, ACTIVE);
}

/** Asks net for its self-test; false: not now. */
export function requestSelfTest(): bool {
  if (!ringHas(0)) return false;
  isDirty = true;
  return stream.send(domain.CONSOLE_NET_OFFSET, domain.CONSOLE_NET_BYTES, 0, 0, stream.SELF_TEST, 0, data, 0);
}

/** So much input was taken: the peer may send as much again. */
export function took(bytes: u32): void {
  const owed = load<u32>(table.s, OWED) + bytes;
  store<u32>(table.s, owed, OWED);
  if (owed < GRANT_BYTES) return;
  store<u32>(word, owed);
  if (send(stream.GRANT, 0, word, 4)) store<u32>(table.s, 0, OWED);
}

// ---- ends ----

/** Gives up all that the connection has. `detail`: how net is to close it. */
function end(reason: string, ofSession: u32, detail: u8): void {
  link.forget();
  payload.drop();
  session.end(ofSession);
  audit.closed(reason, load<u64>(table.s, READ), load<u64>(table.s, WRITTEN));
  store<u8>(table.s, detail, DETAIL);
  store<u8>(table.s, ENDING, STATE);
  tellEnd();
}

/** Tells net of the end; false: it must be tried again. */
export function tellEnd(): bool {
  if (!send(stream.ENDED, load<u8>(table.s, DETAIL), word, 0)) return false;
  store<u8>(table.s, FREE, STATE);
  return true;
}

/** Net knows of it, or is another one. */
function forget(reason: string, ofSession: u32): void {
  link.forget();
  payload.drop();
  session.end(ofSession);
  audit.closed(reason, load<u64>(table.s, READ), load<u64>(table.s, WRITTEN));
  store<u8>(table.s, FREE, STATE);
}

export function quit(): void {
  end('quit', session.QUIT, 0);
}

/** Closes the connection after what was sent. */
export function close(): void {
  end('error', session.ERROR, 0);
}

/** Closes it at once. */
export function fail(): void {
  end('error', session.ERROR, stream.ABORT);
}

/** Closes it when the answer that is held back is out. */
export function closeLater(): void {
  if (!payload.isActive()) return close();
  store<u8>(table.s, load<u8>(table.s, FLAGS) | CLOSING, FLAGS);
}

/** Everything that was to be shown is out: true if that was all. */
export function finish(): bool {
  const flags = load<u8>(table.s, FLAGS);
  if (flags === 0 || payload.isActive() || (state() !== GREETING && state() !== OPEN)) return false;
  if (flags & CLOSING) {
    close();
    return true;
  }
  if (!(flags & AT_END) || !input.isEmpty()) return false;
  end('eof', session.EOF, 0);
  return true;
}

// ---- time ----

/** AUTH was right. */
export function admit(): void {
  store<u8>(table.s, OPEN, STATE);
  clock.wakeBy(clock.now_ms + NETWORK_IDLE_TIMEOUT_MS);
}

/** The last answer refused a guess: the next ones of this peer come slower. */
export function slowDown(): void {
  const pause_ms = peers.failed(address());
  if (pause_ms > 0) output.holdNext(clock.now_ms + pause_ms);
}

/** Ends what has taken too long; else the clock is told when it will have. */
export function expire(): void {
  if (state() !== GREETING && state() !== OPEN) return;
  const heldUntil = payload.heldUntil();
  if (heldUntil > 0) clock.wakeBy(heldUntil);
  const isDone = (load<u8>(table.s, FLAGS) & CLOSING) !== 0;
  const hasDeadline = state() === GREETING || (load<u8>(table.s, FLAGS) & AT_END) !== 0;
  const deadline =
    hasDeadline && !isDone ? load<u64>(table.s, DEADLINE) : load<u64>(table.s, ACTIVE) + NETWORK_IDLE_TIMEOUT_MS;
  if (clock.now_ms < deadline) return clock.wakeBy(deadline);
  if ((load<u8>(table.s, FLAGS) & AT_END) !== 0) end('eof', session.EOF, stream.ABORT);
  else auth.timeOut(state() === GREETING);
}

// ---- from net ----

function open(): void {
  if (stream.length !== OPENED_BYTES) {
    strange++;
    return;
  }
  // Net has forgotten whatever had this number before.
  if (state() === GREETING || state() === OPEN) forget('reset', session.ERROR);
  table.clear();
  const age_ms = min<u64>(load<u32>(data, 8), AUTH_TIMEOUT_MS);
  const s = table.s;
  store<u8>(s, GREETING, STATE);
  store<u16>(s, <u16>stream.generation, GENERATION);
  store<u32>(s, load<u32>(data), ADDRESS);
  store<u16>(s, load<u16>(data, 4), PORT);
  store<u32>(s, stream.CONSOLE_OUTPUT_BYTES, CREDIT);
  store<u64>(s, ++lastId, ID);
  store<u64>(s, clock.now_ms, ACTIVE);
  store<u64>(s, clock.now_ms + AUTH_TIMEOUT_MS - age_ms, DEADLINE);
  clock.wakeBy(load<u64>(s, DEADLINE));
  link.forget();
  audit.opened(load<u32>(s, ADDRESS), load<u16>(s, PORT));
}

/** A line, or a frame that is none. */
function arrived(): void {
  store<u64>(table.s, clock.now_ms, ACTIVE);
  let fits: bool;
  if (stream.kind === stream.DATA) {
    store<u64>(table.s, load<u64>(table.s, READ) + LENGTH_BYTES + stream.length, READ);
    fits = input.put(data, stream.length);
  } else fits = input.putMalformed(stream.detail);
  if (fits) return;
  // More than net may pass on.
  strange++;
  fail();
}

function granted(): void {
  const credit = <u64>load<u32>(table.s, CREDIT) + load<u32>(data);
  if (stream.length === 4 && credit <= stream.CONSOLE_OUTPUT_BYTES) {
    store<u32>(table.s, <u32>credit, CREDIT);
    return;
  }
  strange++;
  fail();
}

/** The peer is gone, or sends nothing more: then what it sent is answered. */
function ended(): void {
  if (stream.detail !== stream.BY_PEER) return forget(stream.detail === stream.LOST ? 'reset' : 'error', session.ERROR);
  store<u8>(table.s, load<u8>(table.s, FLAGS) | AT_END, FLAGS);
  store<u64>(table.s, clock.now_ms + AUTH_TIMEOUT_MS, DEADLINE);
  clock.wakeBy(load<u64>(table.s, DEADLINE));
}

function take(): void {
  if (stream.kind === stream.RESET) return dropAll();
  if (stream.connection >= table.CONNECTIONS) {
    strange++;
    return;
  }
  table.select(1 + stream.connection);
  if (stream.kind === stream.OPENED) return open();
  const isOpen = state() === GREETING || state() === OPEN;
  if (!isOpen || <u32>load<u16>(table.s, GENERATION) !== stream.generation) return;
  switch (stream.kind) {
    case stream.DATA:
    case stream.MALFORMED:
      return arrived();
    case stream.GRANT:
      return granted();
    case stream.ENDED:
      return ended();
    default:
      strange++;
  }
}

/** Net was started again: it has none of its connections any more. */
function dropAll(): void {
  for (let i: u32 = 1; i < table.SESSIONS; i++) {
    table.select(i);
    if (state() === GREETING || state() === OPEN) forget('reset', session.ERROR);
    store<u8>(table.s, FREE, STATE);
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
    reset();
  }
  // Net only waits for room when there was hardly any.
  if (waiting > ring.capacity(bytes) / 2) signal(domain.SLOT_SIGNAL_NET_CONSOLE);
}

// SPDX-License-Identifier: Apache-2.0
// What the log is told of each command: one line, through NineDoor, and a count of refusals that are the console's own. Without
// NineDoor there is no log to tell. A ticket or token is never part of a line.
//
// On the wire there are many peers, and the log has room for 2048 lines: each session may write so many at once and so many a second,
// and what lies beyond is counted and told in one line. All that have no session share one such allowance, for their coming and going
// too: who comes again gets no new one.
//
//   part of the record   +0 lines left u32 · +4 lines kept back u32 · +8 since u64 ms · +16 it has been filled u8
import * as domain from '../../generated/domains/console';
import * as message from '../../lib/channel/message';
import * as protocol from '../../lib/protocol/supervisor';
import * as format from '../../lib/text/format';
import * as clock from './clock';
import * as link from './link';
import * as session from './session';
import * as table from './table';
import * as connections from './tcp/connections';

const LINE_BYTES: u32 = 384;
const line = memory.data(384);
let length: u32 = 0;

export function begin(value: string): void {
  length = 0;
  text(value);
}

export function text(value: string): void {
  for (let i = 0; i < value.length; i++) byte(<u8>value.charCodeAt(i));
}

export function byte(value: u8): void {
  if (length === LINE_BYTES) return;
  store<u8>(line + length, value);
  length++;
}

export function bytes(start: usize, count: u32): void {
  for (let i: u32 = 0; i < count; i++) byte(load<u8>(start + i));
}

export function dec(value: u64): void {
  bytes(format.start(), format.decimal(value, 1));
}

function send(refused: u64): void {
  if (!link.isUp()) return;
  message.exchange(
    domain.SLOT_CALL_CONSOLE_9P,
    domain.CONSOLE_9P_OFFSET,
    domain.CONSOLE_9P_BYTES,
    protocol.AUDIT,
    line,
    length,
    line,
    0,
    refused,
  );
}

// ---- how many ----

const LEFT: u32 = 0;
const KEPT_BACK: u32 = 4;
const SINCE: u32 = 8;
const FILLED: u32 = 16;

const BURST: u32 = 64;
const PER_SECOND: u64 = 4;

/** Of all connections without a session. */
const shared = memory.data(24, 8);

/** Fills up what time has brought; whether another line may be written. */
function mayWrite(bucket: usize): bool {
  if (load<u8>(bucket, FILLED) === 0) {
    store<u8>(bucket, 1, FILLED);
    store<u32>(bucket, BURST, LEFT);
    store<u64>(bucket, clock.now_ms, SINCE);
  }
  const since = load<u64>(bucket, SINCE);
  const more = ((clock.now_ms - since) * PER_SECOND) / 1000;
  if (more > 0) {
    store<u32>(bucket, <u32>min<u64>(load<u32>(bucket, LEFT) + more, BURST), LEFT);
    store<u64>(bucket, since + (more * 1000) / PER_SECOND, SINCE);
  }
  const left = load<u32>(bucket, LEFT);
  if (left === 0) {
    store<u32>(bucket, load<u32>(bucket, KEPT_BACK) + 1, KEPT_BACK);
    return false;
  }
  store<u32>(bucket, left - 1, LEFT);
  return true;
}

const kept = memory.data(384); // LINE_BYTES

/** Tells first how many lines were kept back, if some were. */
function sendWithin(bucket: usize, refused: u64): void {
  if (!mayWrite(bucket)) {
    length = 0;
    if (refused !== protocol.REFUSED_NOT) send(refused);
    return;
  }
  const keptBack = load<u32>(bucket, KEPT_BACK);
  if (keptBack > 0) {
    store<u32>(bucket, 0, KEPT_BACK);
    const bytesOfLine = length;
    memory.copy(kept, line, bytesOfLine);
    begin('[net-console] lines kept back: ');
    dec(keptBack);
    if (bucket !== shared) connection();
    send(protocol.REFUSED_NOT);
    length = bytesOfLine;
    memory.copy(line, kept, bytesOfLine);
  }
  send(refused);
}

/** Sends the line; `refused` is one of protocol.REFUSED_*. */
export function end(refused: u64 = protocol.REFUSED_NOT): void {
  if (table.isSerial() || length === 0) send(refused);
  else sendWithin(session.handle() === 0 ? shared : table.s + table.JOURNAL, refused);
}

export function say(value: string, refused: u64 = protocol.REFUSED_NOT): void {
  begin(value);
  end(refused);
}

// ---- connections ----

/** Sends a line about a connection's coming or going. */
function endOfConnection(refused: u64 = protocol.REFUSED_NOT): void {
  sendWithin(shared, refused);
}

/** Adds which connection it is. */
function connection(): void {
  text(' conn_id=');
  dec(connections.id());
}

export function opened(address: u32, port: u16): void {
  begin('[net-console] conn ');
  dec(connections.id());
  text(': established from ');
  for (let i: u32 = 0; i < 4; i++) {
    if (i > 0) byte(0x2e);
    dec((address >> (8 * i)) & 0xff);
  }
  byte(0x3a);
  dec(port);
  endOfConnection();
}

export function closed(reason: string, read: u64, written: u64): void {
  begin('[net-console] conn ');
  dec(connections.id());
  text(': closed reason=');
  text(reason);
  text(' (bytes_read=');
  dec(read);
  text(', bytes_written=');
  dec(written);
  byte(0x29);
  endOfConnection();
}

export function authorised(): void {
  begin('[net-console] auth ok');
  connection();
  endOfConnection();
}

export function notAuthorised(reason: string, refused: u64): void {
  begin('[net-console] auth failed reason=');
  text(reason);
  connection();
  endOfConnection(refused);
}

export function attached(number: u64, role: string): void {
  begin('audit tcp.session.attach');
  connection();
  text(' sid=');
  dec(number);
  text(' role=');
  text(role);
  end();
}

export function detached(number: u64, reason: string): void {
  begin('audit tcp.session.detach');
  connection();
  text(' sid=');
  dec(number);
  text(' reason=');
  text(reason);
  end();
}

// SPDX-License-Identifier: Apache-2.0
// What the log is told of each command: one line, through NineDoor, and a count of refusals that are the console's
// own. Without NineDoor there is no log to tell. A ticket or token is never part of a line.
//
// On the wire there are many peers, and the log has room for 2048 lines: each session has an allowance of its own.
// All that have not attached share one, for their coming and going too: who comes again gets no new one.
import * as domain from '../../generated/domains/console';
import * as message from '../../lib/channel/message';
import * as protocol from '../../lib/protocol/supervisor';
import { COLON, DOT } from '../../lib/text/ascii';
import * as format from '../../lib/text/format';
import * as link from './link';
import { Allowance } from './session/allowance';
import { Attachment } from './session/attachment';
import { Connection } from './session/connection';
import { Session } from './session/session';

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
  const digits = format.decimal(value, 1);
  bytes(format.start(), digits);
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

/** Of all connections that have not attached. */
const shared = changetype<Allowance>(memory.data(offsetof<Allowance>(), 8));

const kept = memory.data(384); // LINE_BYTES

/** Tells first how many lines were kept back, if some were. `c`: whose they were, if they were one connection's. */
function sendWithin(allowance: Allowance, c: Connection, refused: u64): void {
  if (!allowance.take()) {
    length = 0;
    if (refused !== protocol.REFUSED_NOT) send(refused);
    return;
  }
  const keptBack = allowance.takeKeptBack();
  if (keptBack > 0) {
    const bytesOfLine = length;
    memory.copy(kept, line, bytesOfLine);
    begin('[net-console] lines kept back: ');
    dec(keptBack);
    if (allowance !== shared) connection(c);
    send(protocol.REFUSED_NOT);
    length = bytesOfLine;
    memory.copy(line, kept, bytesOfLine);
  }
  send(refused);
}

/** FNV-1a of the line. */
function hash(): u64 {
  let sum: u64 = 0xcbf29ce484222325;
  for (let i: u32 = 0; i < length; i++) sum = (sum ^ load<u8>(line + i)) * 0x100000001b3;
  return sum;
}

/** Sends the line about a command that only looks. One that comes again and again, as of a client that polls, is told once. */
export function endLook(s: Session): void {
  if (!s.allowance.isSameLook(hash())) sendFor(s, protocol.REFUSED_NOT);
}

/** Sends the line about a session; `refused` is one of protocol.REFUSED_*. */
export function end(s: Session, refused: u64 = protocol.REFUSED_NOT): void {
  s.allowance.isSameLook(0);
  sendFor(s, refused);
}

function sendFor(s: Session, refused: u64): void {
  if (s.isSerial || length === 0) send(refused);
  else sendWithin(s.attachment.handle === 0 ? shared : s.allowance, s.connection, refused);
}

export function say(s: Session, value: string, refused: u64 = protocol.REFUSED_NOT): void {
  begin(value);
  end(s, refused);
}

/** A request was refused, and counted, without a line. */
export function count(refused: u64): void {
  length = 0;
  send(refused);
}

// ---- connections ----

/** Sends a line about a connection's coming or going. */
function endOfConnection(c: Connection, refused: u64 = protocol.REFUSED_NOT): void {
  sendWithin(shared, c, refused);
}

/** Adds which connection it is. */
function connection(c: Connection): void {
  text(' conn_id=');
  dec(c.id);
}

function beginConnection(c: Connection): void {
  begin('[net-console] conn ');
  dec(c.id);
}

export function opened(c: Connection): void {
  beginConnection(c);
  text(': established from ');
  for (let i: u32 = 0; i < 4; i++) {
    if (i > 0) byte(DOT);
    dec((c.address >> (8 * i)) & 0xff);
  }
  byte(COLON);
  dec(c.port);
  endOfConnection(c);
}

export function closed(c: Connection, reason: string): void {
  beginConnection(c);
  text(': closed reason=');
  text(reason);
  text(' (bytes_read=');
  dec(c.read);
  text(', bytes_written=');
  dec(c.written);
  text(')');
  endOfConnection(c);
}

export function authorised(c: Connection): void {
  begin('[net-console] auth ok');
  connection(c);
  endOfConnection(c);
}

export function notAuthorised(c: Connection, reason: string, refused: u64): void {
  begin('[net-console] auth failed reason=');
  text(reason);
  connection(c);
  endOfConnection(c, refused);
}

function beginAttachment(what: string, c: Connection, a: Attachment): void {
  begin(what);
  connection(c);
  text(' sid=');
  dec(a.number);
}

export function attached(s: Session, role: string): void {
  beginAttachment('audit tcp.session.attach', s.connection, s.attachment);
  text(' role=');
  text(role);
  end(s);
}

export function detached(s: Session, reason: string): void {
  beginAttachment('audit tcp.session.detach', s.connection, s.attachment);
  text(' reason=');
  text(reason);
  end(s);
}

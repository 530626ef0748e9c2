// SPDX-License-Identifier: Apache-2.0
// Secure9P over TCP: the records that net passes on (docs/net.md, lib/channel/stream.ts), each answered in the turn that
// takes it. Net has room for every answer before it passes a request on; what NineDoor must wait for is room in its ring to net,
// and it waits by leaving requests where they are.
import * as domain from '../../generated/domains/ninedoor';
import * as ring from '../../lib/channel/ring';
import { Opened } from '../../lib/channel/opened';
import * as stream from '../../lib/channel/stream';
import * as self from '../../lib/machine/domain';
import { signal } from '../../lib/machine/sel4';
import * as server from '../index';
import { MAX_MSIZE } from '../limits';
import * as counts from '../providers/proc/net';
import * as attach from '../server/attach';
import * as frames from '../server/serve';
import { NO_SESSION } from '../session/session';
import { typeOf } from '../wire/request';
import * as sessions from '../session/sessions';
import { TTL_EXPIRED } from '../../lib/protocol/endings';
import { HEADER_BYTES, T_ATTACH } from '../../lib/wire/types';
import { NO_CONNECTION } from './connections';
import * as connections from './connections';
import * as clock from './clock';
import * as pace from './pace';

/** Records taken in one turn: calls of other domains are answered between. */
const RECORDS: u32 = 32;
/** What one record may need in the ring to net: its answer, and the end of its connection. */
const ROOM: u32 = 2 * stream.HEADER_BYTES + stream.MAX_DATA_BYTES;

/** The turn ended before the records did. */
export let more: bool = false;

let announced: bool = false;
/** Of the rings' own counts: what was dealt with. */
let seenMalformed: u64 = 0;
let seenCorruptions: u64 = 0;
let sent: bool = false;
const announcement = memory.data(8, 8);
const data = memory.data(stream.MAX_DATA_BYTES, 16);

export function start(): void {
  pace.start();
  connections.start();
  if (MAX_MSIZE > stream.MAX_DATA_BYTES) unreachable();
  // What lies there was for an instance that is gone; net hears of that, and ends its connections.
  ring.clear(domain.NET_NINEDOOR_OFFSET);
  turn();
}

function send(to: u32, use: u32, kind: u8, detail: u8, from: usize, bytes: u32): bool {
  if (!stream.send(domain.NINEDOOR_NET_OFFSET, domain.NINEDOOR_NET_BYTES, to, use, kind, detail, from, bytes)) {
    return false;
  }
  sent = true;
  return true;
}

/** Tells net that all connections of before are gone; false: there is no room for that yet. */
function announce(): bool {
  store<u64>(announcement, self.generation());
  announced = send(0, 0, stream.RESET, 0, announcement, 8);
  return announced;
}

function end(c: connections.Connection, detail: u8): void {
  send(c.number, c.generation, stream.ENDED, detail, 0, 0);
  c.close();
}

/** Makes room for a session, of one that may do nothing any more. Those whose time to attach is over are gone already. */
function giveUpOne(): bool {
  const c = connections.revoked();
  if (c === NO_CONNECTION) return false;
  counts.count(counts.ATTACH_TIMEOUT);
  end(c, stream.REFUSED);
  return true;
}

function opened(): void {
  const number = stream.connection;
  const use = stream.generation;
  if (!connections.isNumber(number) || stream.length !== offsetof<Opened>()) {
    counts.count(counts.UNKNOWN);
    return;
  }
  const before = connections.ofNumber(number);
  if (before !== NO_CONNECTION) before.close();
  const ageMs = changetype<Opened>(data).ageMs;
  if (connections.open(number, use, ageMs) || (giveUpOne() && connections.open(number, use, ageMs))) return;
  counts.count(counts.SESSIONS_FULL);
  send(number, use, stream.ENDED, stream.REFUSED, 0, 0);
}

function frame(c: connections.Connection): void {
  const bytes = stream.length;
  const s = sessions.find(c.sessionId);
  if (s === NO_SESSION || bytes < HEADER_BYTES || load<u32>(data) !== bytes) return malform(c);
  const isAttach = typeOf(data) === T_ATTACH;
  const refusedBefore = attach.refused;
  const reply = server.replyBuffer();
  const answered = frames.serve(s, data, bytes, reply, MAX_MSIZE);
  if (answered === 0) return malform(c);
  send(c.number, c.generation, stream.DATA, 0, reply, answered);
  c.served(s);
  if (!isAttach || attach.refused === refusedBefore || !c.refusedAttach()) return;
  counts.count(counts.ATTACH_REFUSED);
  end(c, stream.REFUSED);
}

/** The stream cannot go on behind this. */
function malform(c: connections.Connection): void {
  counts.count(counts.MALFORMED);
  end(c, stream.ABORT);
}

/** Takes one record; false: there is none, or it made no sense. */
function take(): bool {
  if (!stream.receive(domain.NET_NINEDOOR_OFFSET, domain.NET_NINEDOOR_BYTES, data)) return false;
  if (stream.kind === stream.RESET) {
    connections.closeAll();
    return true;
  }
  if (stream.kind === stream.OPENED) {
    opened();
    return true;
  }
  const c = connections.find(stream.connection, stream.generation);
  if (stream.kind === stream.ENDED) {
    // Ends of both sides may cross: then there is nothing left to end.
    if (c !== NO_CONNECTION) c.close();
  } else if (c === NO_CONNECTION) counts.count(counts.UNKNOWN);
  else if (stream.kind === stream.DATA) frame(c);
  else malform(c);
  return true;
}

/** Records were lost, and nobody knows of which connections: all begin anew. */
function recover(): void {
  ring.clear(domain.NET_NINEDOOR_OFFSET);
  counts.count(counts.RECORDS_LOST);
  connections.closeAll();
  announce();
  seenMalformed = stream.malformed;
  // The write above may have been what found the ring to net corrupt, and emptied it.
  seenCorruptions = ring.corruptions;
}

function hasRoom(): bool {
  return stream.hasRoom(domain.NINEDOOR_NET_OFFSET, domain.NINEDOOR_NET_BYTES, ROOM - stream.HEADER_BYTES);
}

/** The ticket of a session has ended while its client said nothing. What it spoke for does not end with it. */
function revoke(c: connections.Connection): void {
  const s = sessions.find(c.sessionId);
  if (s === NO_SESSION) unreachable();
  s.revoke(TTL_EXPIRED);
}

/** Ends the connections whose time to attach is over, and sessions whose ticket is; what has no room yet waits for the next turn. */
function expire(): void {
  if (connections.nextMs === connections.NO_DEADLINE) return;
  const now = clock.nowMs();
  if (now < connections.nextMs) return;
  let c = connections.earliest();
  for (; c !== NO_CONNECTION && c.deadlineMs <= now && hasRoom(); c = connections.earliest()) {
    if (c.isAttached) {
      revoke(c);
      continue;
    }
    counts.count(counts.ATTACH_TIMEOUT);
    end(c, stream.REFUSED);
  }
}

const NEVER: u64 = u64.MAX_VALUE;
let alarmCounter: u64 = NEVER;

/** The root task wakes this domain when a connection has had its time, and when a rest is over. */
function setAlarm(): void {
  const deadline = connections.nextMs === connections.NO_DEADLINE ? NEVER : clock.counterAt(connections.nextMs);
  const wanted = min(deadline, pace.alarm());
  if (wanted === alarmCounter) return;
  alarmCounter = wanted;
  self.setAlarm(wanted === NEVER ? 0 : wanted);
}

/** Takes what has come, up to a bound of records and of time, and tells net once. */
export function turn(): void {
  let taken: u32 = 0;
  more = false;
  sent = false;
  if (!pace.isResting() && (announced || announce())) {
    pace.begin();
    expire();
    while (!more && hasRoom() && take()) {
      taken++;
      more = taken === RECORDS || pace.isOver();
    }
    if (stream.malformed !== seenMalformed || ring.corruptions !== seenCorruptions) recover();
    pace.end();
  }
  more = more && !pace.isResting();
  setAlarm();
  if (sent) signal(domain.SLOT_SIGNAL_NINEDOOR_NET);
  else if (taken > 0) signal(domain.SLOT_SIGNAL_NET_NINEDOOR);
}

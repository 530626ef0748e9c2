// SPDX-License-Identifier: Apache-2.0
// NineDoor's domain: receives the calls of its clients, tells them apart by badge, and answers; what comes from the network is
// network.ts. The server itself, `../index`, knows nothing of domains; its doors to the machine are those of machine.ts here.
import * as domain from '../../generated/domains/ninedoor';
import * as message from '../../lib/channel/message';
import * as self from '../../lib/machine/domain';
import { counter } from '../../lib/machine/cpu';
import { getMr, label, length, nbRecv, recv, reply, setMr } from '../../lib/machine/sel4';
import * as protocol from '../../lib/protocol/supervisor';
import * as server from '../index';
import * as lifecycle from '../providers/queen/lifecycle/state';
import * as notes from '../providers/log/notes';
import * as net from '../providers/proc/net';
import { MAX_MSIZE } from '../limits';
import { Writer } from '../../lib/text/writer';
import * as audit from './audit';
import * as clients from './clients';
import * as live from './live';
import * as machine from './platform';
import * as network from './network';
import * as pace from './pace';

const INSTANCE_MASK: u64 = 0xffff;

export function start(): void {
  machine.start();
  server.start();
  if (self.generation() > 1) live.adopt();
  network.start();
}

/** The client has a buffer (others, such as workers, only have message registers). */
function hasBuffer(instance: u32): bool {
  return instance === domain.CLIENT_CONSOLE;
}

function open(instance: u32): void {
  const handle = clients.open(instance);
  setMr(0, handle);
  reply(handle === 0 ? protocol.BUSY : protocol.OK, 1);
}

function frame(instance: u32): void {
  const session = clients.sessionId(instance, message.word());
  if (session === 0) return message.refuse(protocol.CLOSED);
  const request = server.requestBuffer();
  const bytes = message.request(domain.CONSOLE_9P_OFFSET, domain.CONSOLE_9P_BYTES, request, MAX_MSIZE);
  if (bytes === message.REFUSED) return message.refuse(protocol.TOO_BIG);
  const answered = server.serve(session, request, bytes, server.replyBuffer(), MAX_MSIZE);
  message.answer(domain.CONSOLE_9P_OFFSET, domain.CONSOLE_9P_BYTES, server.replyBuffer(), answered);
}

const line = memory.data(audit.LINE_BYTES);

function takeAudit(): void {
  const refused = message.word();
  const bytes = message.request(domain.CONSOLE_9P_OFFSET, domain.CONSOLE_9P_BYTES, line, audit.LINE_BYTES);
  if (bytes === message.REFUSED) return message.refuse(protocol.TOO_BIG);
  audit.take(line, bytes, refused);
  message.refuse(protocol.OK);
}

const writer = changetype<Writer>(memory.data(offsetof<Writer>(), 8));

function tellLifecycle(): void {
  writer.open(line, audit.LINE_BYTES);
  writer.text(lifecycle.stateName(lifecycle.current()));
  message.answer(domain.CONSOLE_9P_OFFSET, domain.CONSOLE_9P_BYTES, line, <u32>writer.total);
}

function tellNotes(): void {
  message.answer(domain.CONSOLE_9P_OFFSET, domain.CONSOLE_9P_BYTES, notes.start, notes.bytes);
}

function tellNetwork(): void {
  if (!net.isUp()) return message.refuse(protocol.BUSY);
  writer.open(server.replyBuffer(), MAX_MSIZE);
  net.writeStats(writer);
  message.answer(domain.CONSOLE_9P_OFFSET, domain.CONSOLE_9P_BYTES, server.replyBuffer(), MAX_MSIZE - writer.room);
}

/** Answers a client that has a buffer. */
function serve(instance: u32): void {
  switch (<u32>min<u64>(label(), u32.MAX_VALUE)) {
    case <u32>protocol.P9_OPEN:
      return open(instance);
    case <u32>protocol.P9_FRAME:
      return frame(instance);
    case <u32>protocol.P9_CLOSE:
      return message.refuse(clients.close(instance, message.word()) ? protocol.OK : protocol.CLOSED);
    case <u32>protocol.AUDIT:
      return takeAudit();
    case <u32>protocol.LIFECYCLE:
      return tellLifecycle();
    case <u32>protocol.NOTES:
      return tellNotes();
    case <u32>protocol.NETSTATS:
      return tellNetwork();
    default:
      return message.refuse(protocol.INVALID);
  }
}

/** Answers the call that was received last. */
function answer(badge: u64): void {
  const instance = <u32>(badge & INSTANCE_MASK);
  if (label() === protocol.HEARTBEAT) reply(live.heartbeat(instance, length() === 0 ? 0 : getMr(0)), 0);
  else if (hasBuffer(instance)) serve(instance);
  else reply(protocol.INVALID, 0);
}

/** While records of the network wait, it only looks whether there is a call: both get their turns. */
export function turn(): void {
  const badge = network.more ? nbRecv(domain.SLOT_SERVER) : wait();
  // Without this bit it is a signal of the events notification, which is bound to this thread, or nothing.
  if (badge & protocol.CLIENT_BADGE) answer(badge);
  else if (badge & domain.EVENT_ROOT) {
    live.endings();
    pace.poked();
  }
  network.turn();
}

function wait(): u64 {
  const since = counter();
  const badge = recv(domain.SLOT_SERVER);
  pace.waited(since);
  return badge;
}

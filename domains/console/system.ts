// SPDX-License-Identifier: Apache-2.0
// help, bi, caps, mem, ping, netstats, and the verbs that test: what can be answered without a session. On the
// serial line their text comes before the acknowledgement, on the wire after it, as existing clients of either
// expect.
import * as domain from '../../generated/domains/console';
import * as message from '../../lib/channel/message';
import * as protocol from '../../lib/protocol/supervisor';
import * as ack from './ack';
import * as audit from './audit';
import * as failure from './failure';
import * as link from './link';
import * as payload from './payload/payload';
import { Session } from './session/session';
import * as out from './sink';
import * as sender from './tcp/sender';
import * as texts from './texts';

/** The acknowledgement and a text, in the order of the transport. */
function show(s: Session, label: string, what: u32): void {
  if (s.isSerial) {
    let line: u32 = 0;
    while (texts.showLine(s.payload, what, line)) line++;
    ack.ok(label);
    return;
  }
  ack.ok(label);
  payload.lines(s, what);
}

/** The same for what the supervisor tells. */
function tell(s: Session, label: string, what: u32): void {
  if (texts.askSystem()) show(s, label, what);
  else ack.error(label, 'policy', 'unavailable');
}

export function help(s: Session, label: string): void {
  audit.say(s, 'console: help');
  show(s, label, texts.HELP);
}

export function bi(s: Session, label: string): void {
  tell(s, label, texts.BOOTINFO);
}

export function caps(s: Session, label: string): void {
  tell(s, label, texts.CAPABILITIES);
}

export function mem(s: Session, label: string): void {
  tell(s, label, texts.MEMORY);
}

export function ping(s: Session, label: string): void {
  audit.begin('console: ping');
  audit.endLook(s);
  if (s.isSerial) out.line('PONG');
  ack.beginOk(label);
  ack.field('reply', 'pong');
  ack.end();
  if (!s.isSerial) out.line('PONG');
}

export function test(s: Session, label: string): void {
  audit.say(s, 'console: test rejected (host-only)', protocol.REFUSED_POLICY);
  ack.error(label, 'policy', 'host-only');
}

/** What the verb is about is not in this image, or not there. */
export function absent(label: string, detail: string): void {
  audit.count(protocol.REFUSED_POLICY);
  ack.error(label, 'policy', detail);
}

const STATISTICS_BYTES: u32 = 2048;
const statistics = memory.data(2048);

/** Asks NineDoor, which reads net's counters; true: there is a network. Else the verb has been refused. */
function askNetwork(s: Session, label: string): bool {
  if (!link.isUp()) {
    failure.unavailable(s, label);
    return false;
  }
  const result = message.exchange(
    domain.SLOT_CALL_CONSOLE_9P,
    domain.CONSOLE_9P_OFFSET,
    domain.CONSOLE_9P_BYTES,
    protocol.NETSTATS,
    statistics,
    0,
    statistics,
    STATISTICS_BYTES,
  );
  if (result === protocol.OK) return true;
  if (result === protocol.CLOSED) failure.unavailable(s, label);
  else absent(label, result === protocol.BUSY ? 'net-disabled' : 'unsupported');
  return false;
}

export function netstats(s: Session, label: string): void {
  if (!askNetwork(s, label)) return;
  s.payload.keep(statistics, message.replyBytes);
  show(s, label, texts.KEPT);
}

export function nettest(s: Session, label: string): void {
  if (!askNetwork(s, label)) return;
  if (!sender.requestSelfTest()) {
    audit.count(protocol.REFUSED_BUSY);
    return ack.error(label, 'busy', 'busy');
  }
  if (s.isSerial) out.line('[net-selftest] triggered');
  ack.ok(label);
  if (!s.isSerial) out.line('[net-selftest] triggered');
}

// SPDX-License-Identifier: Apache-2.0
// attach and quit: how the operator gets a session, and gives it up. A failed attach leaves the session that is
// there as it is.
import * as domain from '../../generated/domains/console';
import * as message from '../../lib/channel/message';
import * as protocol from '../../lib/protocol/supervisor';
import * as ack from './ack';
import * as audit from './audit';
import * as failure from './failure';
import * as grammar from './grammar';
import * as link from './link';
import * as login from './login';
import * as client from './p9/client';
import * as refusal from './p9/refusal';
import * as roles from './roles';
import { QUITTING } from './session/connection';
import { Session } from './session/session';
import * as peers from './tcp/peers';

function delayed(label: string, detail: string, delay_ms: u64): void {
  ack.beginError(label, 'quota');
  ack.field('detail', detail);
  ack.number('delay_ms', delay_ms);
  ack.end();
}

function throttled(s: Session, label: string, delay_ms: u64): void {
  audit.begin('attach throttled (');
  audit.dec(delay_ms);
  audit.text(' ms)');
  audit.end(s, protocol.REFUSED_QUOTA);
  delayed(label, 'throttled', delay_ms);
}

const STATE_BYTES: u32 = 32;
const state = memory.data(32);

/** The gate worker-attach is closed. */
function gateClosed(label: string): void {
  const asked = message.exchange(
    domain.SLOT_CALL_CONSOLE_9P,
    domain.CONSOLE_9P_OFFSET,
    domain.CONSOLE_9P_BYTES,
    protocol.LIFECYCLE,
    state,
    0,
    state,
    STATE_BYTES,
  );
  ack.beginError(label, 'policy');
  ack.field('detail', 'lifecycle-denied');
  if (asked === protocol.OK) ack.slice('state', state, message.replyBytes);
  ack.end();
}

/** A ticket that its key did not sign, or none where there must be one: a guess. */
function denied(s: Session, label: string): void {
  const block_ms = s.throttle.failed();
  if (!s.isSerial) peers.slowDown(s.connection);
  if (block_ms > 0) {
    audit.begin('attach rate limited: authentication attempts temporarily blocked (');
    audit.dec(block_ms);
    audit.text(' ms)');
    audit.end(s, protocol.REFUSED_QUOTA);
    delayed(label, 'rate-limited', block_ms);
    return;
  }
  audit.say(s, 'attach denied');
  ack.error(label, 'policy', 'denied');
}

/** NineDoor did not let the role in. */
function refused(s: Session, label: string, role: u32): void {
  switch (client.why) {
    case refusal.BUSY:
      audit.say(s, 'attach denied');
      return ack.error(label, 'busy', 'busy');
    case refusal.NOT_FOUND:
      // The ticket is good, but its worker is gone.
      audit.say(s, 'attach denied');
      return ack.error(label, 'policy', 'denied');
    case refusal.NOT_ALLOWED:
      return role === roles.QUEEN ? denied(s, label) : gateClosed(label);
    case refusal.TICKET_EXPIRED:
      audit.say(s, 'attach denied', protocol.REFUSED_QUOTA);
      return ack.error(label, 'quota', 'expired');
    case refusal.TICKET_LIMITS:
      audit.say(s, 'attach denied', protocol.REFUSED_QUOTA);
      return ack.error(label, 'quota', 'invalid-claims');
    case refusal.TICKET_CLAIMS:
      audit.say(s, 'attach denied');
      return ack.error(label, 'policy', 'invalid-claims');
    default:
      return denied(s, label);
  }
}

function accepted(s: Session, label: string, role: u32): void {
  s.throttle.succeeded();
  login.begin(s, client.opened, role, grammar.restLength > 0);
  audit.begin('attach accepted role=');
  audit.text(roles.name(role));
  audit.end(s);
  ack.beginOk(label);
  ack.field('role', roles.label(role));
  ack.end();
}

export function attach(s: Session, label: string): void {
  const delay_ms = s.throttle.pause_ms;
  if (delay_ms > 0) return throttled(s, label, delay_ms);
  const role = roles.find(grammar.first, grammar.firstLength);
  if (role === roles.NONE) {
    audit.say(s, 'attach: invalid role', protocol.REFUSED_POLICY);
    return ack.error(label, 'policy', 'invalid-role');
  }
  if (!link.isUp()) return failure.unavailable(s, label);
  let outcome = client.open();
  if (outcome === client.FULL) return ack.error(label, 'busy', 'sessions-full');
  if (outcome === client.DONE) {
    outcome = client.attach(client.opened, roles.label(role), grammar.rest, grammar.restLength);
  }
  if (outcome === client.DONE) return accepted(s, label, role);
  if (outcome === client.REFUSED) {
    const opened = client.opened;
    refused(s, label, role);
    client.close(opened);
    return;
  }
  failure.unavailable(s, label);
}

/** Ends the session; on the wire the connection too, after the acknowledgement. */
export function quit(s: Session, label: string): void {
  audit.say(s, 'console: quit');
  login.end(s, login.QUIT);
  ack.ok(label);
  if (!s.isSerial) s.connection.flags |= QUITTING;
}

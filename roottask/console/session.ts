// The operator's session: at most one, in one role. It ends when its ticket does, when NineDoor is started again, or at `quit`.
import * as protocol from '../supervisor/protocol';
import * as ack from './ack';
import * as audit from './audit';
import * as failure from './failure';
import * as link from './link';
import * as client from './p9/client';
import * as roles from './roles';

/** Handle of the session, 0 if there is none. */
export let handle: u64 = 0;
let role: u32 = roles.NONE;
/** It was attached with a ticket: scopes and quotas may apply. */
export let hasTicket: bool = false;

/** Takes the place of the session that was. */
export function begin(session: u64, as: u32, ticket: bool): void {
  end();
  handle = session;
  role = as;
  hasTicket = ticket;
}

/** The session is no more. */
export function drop(): void {
  handle = 0;
  role = roles.NONE;
}

export function end(): void {
  if (handle !== 0) client.close(handle);
  drop();
}

/** Whether the verb may go on; else it has been refused. */
export function require(label: string): bool {
  if (handle === 0) {
    audit.say('unauthenticated command', protocol.REFUSED_POLICY);
    ack.error(label, 'policy', 'unauthenticated');
    return false;
  }
  if (link.isUp) return true;
  failure.unavailable(label);
  return false;
}

export function requireQueen(label: string): bool {
  if (handle !== 0 && role !== roles.QUEEN) {
    audit.say('unauthenticated command', protocol.REFUSED_POLICY);
    ack.error(label, 'policy', 'unauthenticated');
    return false;
  }
  return require(label);
}

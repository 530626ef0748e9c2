// What the ticket of a session allows beyond its role: scopes with rates, bandwidth and cursors.
//
// Sessions without a ticket are unmetered. Tickets are not accepted yet, so nothing is metered: every function here is
// called with a session that has a ticket only.
import * as errors from '../wire/errors';
import * as session from './session';

export const READ: u32 = 0;
export const WRITE: u32 = 1;

/** Whether the ticket's scopes let the session walk to the path: below a scope, or above one. */
export function mayWalk(s: usize, _path: usize, _bytes: u32): bool {
  return !session.hasTicket(s);
}

/** Checks scope, rate and bandwidth of an access to `bytes` bytes. */
export function check(s: usize, _path: usize, _pathBytes: u32, _verb: u32, _bytes: u32): u32 {
  if (!session.hasTicket(s)) return errors.NONE;
  return errors.fail(errors.NOT_ALLOWED, 'EPERM');
}

// SPDX-License-Identifier: Apache-2.0
// Which refusal of NineDoor it is. The older codec says it in a code's name and a text; this is the one place of the
// console that reads either (docs/secure9p.md has all of them).
import { isDigit } from '../../../lib/text/ascii';
import { endsWith, equals, startsWith } from '../../../lib/text/slice';

/** Not by NineDoor: the path or request is none that could be sent. */
export const OWN: u32 = 0;
export const PERMISSION: u32 = 1;
/** The role may, but a gate or the ticket's scope does not let it. */
export const NOT_ALLOWED: u32 = 2;
export const NOT_FOUND: u32 = 3;
export const BUSY: u32 = 4;
export const INVALID: u32 = 5;
export const TOO_BIG: u32 = 6;
/** A quota of the ticket is used up. */
export const QUOTA: u32 = 7;
export const RATE_LIMITED: u32 = 8;
/** The session is over: why is not said, its time is over, its budget is used up. */
export const CLOSED: u32 = 9;
export const EXPIRED: u32 = 10;
export const EXHAUSTED: u32 = 11;
// Of an attach. A bad signature is PERMISSION.
export const TICKET_EXPIRED: u32 = 12;
/** Signed, but not understood. */
export const TICKET_CLAIMS: u32 = 13;
/** Signed, but for more than the manifest allows. */
export const TICKET_LIMITS: u32 = 14;

const TICKET: string = 'ticket invalid: ';
const COUNT: string = 'scope count ';

/** Claims beyond the manifest's limits: each names a number, or a path. */
function isLimit(text: usize, bytes: u32): bool {
  const counted = <u32>COUNT.length;
  // With a word in the number's place it is the claims' own bound.
  if (startsWith(text, bytes, COUNT)) return bytes > counted && isDigit(load<u8>(text + counted));
  return (
    startsWith(text, bytes, 'scope path') ||
    startsWith(text, bytes, 'scope rate') ||
    startsWith(text, bytes, 'bandwidth') ||
    startsWith(text, bytes, 'cursor')
  );
}

function ofPermission(text: usize, bytes: u32): u32 {
  if (equals(text, bytes, 'EPERM')) return NOT_ALLOWED;
  if (equals(text, bytes, 'ticket expired')) return TICKET_EXPIRED;
  if (!startsWith(text, bytes, TICKET)) return PERMISSION;
  const before = <u32>TICKET.length;
  // Its form or signature is wrong: a guess.
  if (startsWith(text + before, bytes - before, 'ticket ')) return PERMISSION;
  return isLimit(text + before, bytes - before) ? TICKET_LIMITS : TICKET_CLAIMS;
}

function ofClosed(text: usize, bytes: u32): u32 {
  if (endsWith(text, bytes, 'expired')) return EXPIRED;
  return endsWith(text, bytes, 'exhausted') ? EXHAUSTED : CLOSED;
}

export function classify(name: usize, nameBytes: u32, text: usize, bytes: u32): u32 {
  if (equals(name, nameBytes, 'Permission')) return ofPermission(text, bytes);
  if (equals(name, nameBytes, 'NotFound')) return NOT_FOUND;
  if (equals(name, nameBytes, 'Busy')) return BUSY;
  if (equals(name, nameBytes, 'TooBig')) return equals(text, bytes, 'ELIMIT') ? QUOTA : TOO_BIG;
  if (equals(name, nameBytes, 'Closed')) return ofClosed(text, bytes);
  return equals(name, nameBytes, 'RateLimited') ? RATE_LIMITED : INVALID;
}

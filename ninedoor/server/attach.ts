// SPDX-License-Identifier: Apache-2.0
// Tattach: who the client is. `uname` is `queen` or `<role>[:<identity>]`, `aname` the ticket. Clients that name nobody (the
// Linux client attaches each user so, diod's always do) are who the ticket says, once its MAC has been checked.
import { after_ms, fromSeconds_ms } from '../../lib/device/deadline';
import { queenNeedsTicket, SESSIONS_PER_TICKET } from '../limits';
import { nowMs, wallS } from '../platform';
import * as full from '../full';
import * as hooks from '../hooks';
import * as gates from '../namespace/gates';
import * as paths from '../namespace/paths';
import * as tree from '../namespace/tree';
import * as walker from '../namespace/walker';
import * as identities from '../session/identities';
import * as roles from '../../lib/protocol/roles';
import { SETUP, ACTIVE, REVOKED, Session } from '../session/session';
import * as sessions from '../session/sessions';
import * as transports from '../session/transports';
import { same } from '../../lib/text/slice';
import { CLAIMS_BYTES, Claims } from '../ticket/claims';
import * as ticketLimits from '../ticket/limits';
import * as usage from '../ticket/usage';
import * as ticket from '../ticket/verify';
import * as errors from '../wire/errors';
import { Reply } from '../wire/reply';
import { Request } from '../wire/request';
import { NO_FID } from '../session/fid';
import { DIALECT_CLASSIC, NOFID } from '../../lib/wire/types';
import * as guard from './guard';
import * as denial from './denial';

/** Attaches that were refused for who they asked to be. */
export let refused: u64 = 0;

let role: u32 = 0;
let identity: usize = 0;
let identityBytes: u32 = 0;
/** Number of whom the identity names; 0 for the queen. */
let subject: u32 = 0;
const claims = changetype<Claims>(memory.data(CLAIMS_BYTES, 8));

/** Splits uname into role and identity; an empty one leaves both to the ticket. */
function parseName(name: usize, bytes: u32, token: usize, tokenBytes: u32): u32 {
  identityBytes = 0;
  role = bytes === 0 ? ticket.claimedRole(token, tokenBytes) : roles.ROLES;
  if (role !== roles.ROLES) return errors.NONE;
  let colon: u32 = 0;
  while (colon < bytes && load<u8>(name + colon) !== 0x3a) colon++;
  role = roles.find(name, colon);
  if (role === roles.ROLES || (role === roles.QUEEN && colon < bytes)) {
    return errors.failSlice(errors.INVALID, "unknown role string '", name, bytes, "'");
  }
  identity = name + colon + 1;
  identityBytes = colon < bytes ? bytes - colon - 1 : 0;
  if (colon < bytes && identityBytes === 0) {
    return errors.fail2(errors.INVALID, roles.label(role), ' identity cannot be empty');
  }
  return errors.NONE;
}

/** Checks the ticket against role and identity; an absent identity becomes the ticket's subject. */
function checkTicket(token: usize, bytes: u32): u32 {
  const outcome = ticket.check(role, token, bytes, claims);
  if (outcome === ticket.NO_KEY) return errors.fail(errors.PERMISSION, 'ticket rejected');
  if (outcome !== ticket.OK) {
    const w = errors.begin();
    w.text('ticket invalid: ');
    ticket.writeReason(w);
    return errors.end(errors.PERMISSION);
  }
  if (<u32>claims.role !== role) return errors.fail(errors.PERMISSION, 'ticket role mismatch');
  if (claims.hasSubject) {
    if (identityBytes === 0) {
      identity = claims.subject;
      identityBytes = claims.subjectBytes;
    } else if (!same(identity, identityBytes, claims.subject, claims.subjectBytes)) {
      return errors.fail(errors.PERMISSION, 'ticket subject mismatch');
    }
  }
  const expired = checkExpiry();
  return expired !== errors.NONE ? expired : checkLimits();
}

function checkLimits(): u32 {
  const w = errors.begin();
  w.text('ticket invalid: ');
  const before = errors.textBytes();
  if (ticketLimits.check(claims, w)) return errors.NONE;
  errors.end(errors.PERMISSION);
  denial.invalidClaims(role, claims.digest, errors.textStart() + before, errors.textBytes() - before);
  return errors.PERMISSION;
}

/** Unix time at which the ticket ends; all ones: never. */
function ticketEndMs(): u64 {
  return after_ms(claims.issued_at_ms, fromSeconds_ms(claims.ttl_s));
}

function checkExpiry(): u32 {
  const now = wallS() * 1000;
  if (now < ticketEndMs()) return errors.NONE;
  denial.expired(role, claims.digest, claims.issued_at_ms, claims.ttl_s, now);
  return errors.fail(errors.PERMISSION, 'ticket expired');
}

/** Finds whom the identity names; sets `subject`. */
function checkIdentity(): u32 {
  subject = 0;
  if (role === roles.QUEEN) return errors.NONE;
  if (identityBytes === 0) return errors.fail2(errors.INVALID, roles.label(role), ' attach requires identity');
  subject = identities.find(role, identity, identityBytes);
  return subject !== 0 ? errors.NONE : errors.code;
}

/** All that must hold before the session gets its role. */
function authenticate(s: Session, token: usize, tokenBytes: u32): u32 {
  if (role !== roles.QUEEN) {
    const closed = gates.pass(identities.gate(role));
    if (closed !== errors.NONE) return closed;
  }
  if (tokenBytes > 0) {
    const refusal = checkTicket(token, tokenBytes);
    if (refusal !== errors.NONE) return refusal;
  } else if (role !== roles.QUEEN) {
    return errors.fail(errors.PERMISSION, 'ticket required for worker attach');
  } else if (queenNeedsTicket() || transports.alwaysNeedsTicket(s.transport)) {
    return errors.fail(errors.PERMISSION, 'ticket required for queen attach');
  }
  return checkIdentity();
}

/** Gives the session its role and the ticket's budget. */
function enter(s: Session, hasTicket: bool): void {
  s.enterPhase(ACTIVE);
  s.setRole(role, identity, identityBytes);
  if (role !== roles.QUEEN) identities.enter(role, s, subject);
  if (!hasTicket) return;
  const end = ticketEndMs();
  const expires = end === u64.MAX_VALUE ? end : after_ms(nowMs(), end - wallS() * 1000);
  s.setBudget(claims.ops, claims.ticks, expires);
  s.setTicket(claims.digest, usage.acquire(claims));
}

/** Whether a further attach of the session asks for what it is already. */
function isSame(s: Session): bool {
  return s.role === role && same(s.identity, s.identityBytes, identity, identityBytes);
}

export function handle(r: Request, out: Reply): u32 {
  const s = r.session;
  const number = r.word();
  const afid = r.word();
  r.text();
  const name = r.textStart;
  const nameBytes = r.textBytes;
  r.text();
  const token = r.textStart;
  const tokenBytes = r.textBytes;
  if (s.dialect !== DIALECT_CLASSIC) r.word(); // n_uname: the role decides, not the user
  const malformed = r.check();
  if (malformed !== errors.NONE) return malformed;
  if (!s.negotiated) {
    return errors.fail(errors.INVALID, 'version negotiation required before attach');
  }
  if (s.phase === REVOKED) return guard.attached(s);
  if (afid !== NOFID) return errors.failNumber(errors.UNKNOWN_FID, 'fid ', afid, ' not found');
  let refusal = parseName(name, nameBytes, token, tokenBytes);
  if (refusal === errors.NONE) refusal = authenticate(s, token, tokenBytes);
  if (refusal === errors.NONE) return attach(r, out, number, tokenBytes > 0);
  return deny(s, refusal);
}

function deny(s: Session, refusal: u32): u32 {
  refused++;
  for (let i: u32 = 0; i < hooks.denied.count; i++) call_indirect<void>(hooks.denied.at(i), s, role, refusal);
  return refusal;
}

/** Whether there is a session for one that is no queen; it has a ticket. */
function admitWorker(): u32 {
  if (!sessions.mayAdmitWorker()) {
    full.count(full.WORKER_SESSIONS);
    return errors.fail(errors.BUSY, 'the sessions that are left are for the queen');
  }
  if (usage.sessionsOf(claims) < SESSIONS_PER_TICKET) return errors.NONE;
  full.count(full.TICKET_SESSIONS);
  return errors.failNumber(errors.BUSY, 'ticket has ', SESSIONS_PER_TICKET, ' sessions already');
}

function attach(r: Request, out: Reply, number: u32, hasTicket: bool): u32 {
  const s = r.session;
  let refusal = guard.canAdd(s, number);
  if (refusal !== errors.NONE) return refusal;
  if (s.phase === ACTIVE) {
    if (!isSame(s)) return errors.fail(errors.INVALID, 'session is attached in another role');
    refusal = guard.attached(s);
    if (refusal !== errors.NONE) return refusal;
  } else if (role !== roles.QUEEN) {
    refusal = admitWorker();
    if (refusal !== errors.NONE) return deny(s, refusal);
  }
  const root = guard.add(r, number);
  if (root === NO_FID) return r.refusal;
  const isFirst = s.phase === SETUP;
  if (isFirst) enter(s, hasTicket);
  const now = nowMs();
  for (let i: u32 = 0; i < hooks.attached.count; i++) call_indirect<void>(hooks.attached.at(i), s, isFirst, now);
  walker.atRoot();
  const qidPath = walker.qidPath();
  root.putAt(walker.place, qidPath);
  out.answer(r);
  out.qid(paths.qidType(tree.ROOT), qidPath);
  return errors.NONE;
}

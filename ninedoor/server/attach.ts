// Tattach: who the client is. `uname` is `queen` or `<role>[:<identity>]`, `aname` the ticket.
import { queenNeedsTicket } from '../limits';
import { nowMs, wallS } from '../machine';
import * as paths from '../namespace/paths';
import * as tree from '../namespace/tree';
import * as walker from '../namespace/walker';
import { GATE_WORKER_ATTACH, pass } from '../providers/lifecycle';
import * as root from '../providers/root';
import * as workers from '../providers/workers/table';
import * as fids from '../session/fids';
import * as roles from '../session/roles';
import * as session from '../session/session';
import { same } from '../text/slice';
import * as put from '../text/writer';
import * as claimsOf from '../ticket/claims';
import * as ticketLimits from '../ticket/limits';
import * as usage from '../ticket/usage';
import * as ticket from '../ticket/verify';
import * as errors from '../wire/errors';
import * as reply from '../wire/reply';
import * as request from '../wire/request';
import { DIALECT_CLASSIC, NO_FID, T_ATTACH } from '../wire/types';
import * as guard from './guard';
import * as denial from './denial';

let role: u32 = 0;
let identity: usize = 0;
let identityBytes: u32 = 0;
const claims = memory.data(claimsOf.CLAIMS_BYTES, 8);

/** Splits uname into role and identity. */
function parseName(name: usize, bytes: u32): u32 {
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
    put.text(w, 'ticket invalid: ');
    ticket.writeReason(w);
    return errors.end(errors.PERMISSION);
  }
  if (load<u8>(claims) !== role) return errors.fail(errors.PERMISSION, 'ticket role mismatch');
  const subject = claims + claimsOf.SUBJECT;
  const subjectBytes = load<u32>(claims, 56);
  if ((load<u8>(claims, 1) & claimsOf.HAS_SUBJECT) !== 0) {
    if (identityBytes === 0) {
      identity = subject;
      identityBytes = subjectBytes;
    } else if (!same(identity, identityBytes, subject, subjectBytes)) {
      return errors.fail(errors.PERMISSION, 'ticket subject mismatch');
    }
  }
  const expired = checkExpiry();
  return expired !== errors.NONE ? expired : checkLimits();
}

function checkLimits(): u32 {
  const w = errors.begin();
  put.text(w, 'ticket invalid: ');
  const before = errors.textBytes();
  if (ticketLimits.check(claims, w)) return errors.NONE;
  errors.end(errors.PERMISSION);
  denial.invalidClaims(role, load<u32>(claims, 4), errors.textStart() + before, errors.textBytes() - before);
  return errors.PERMISSION;
}

/** Unix time at which the ticket ends; all ones: never. */
function ticketEndMs(): u64 {
  const ttl = load<u64>(claims, 24);
  const issued = load<u64>(claims, 32);
  if (ttl > (u64.MAX_VALUE - issued) / 1000) return u64.MAX_VALUE;
  return issued + ttl * 1000;
}

function checkExpiry(): u32 {
  const now = wallS() * 1000;
  if (now < ticketEndMs()) return errors.NONE;
  denial.expired(role, load<u32>(claims, 4), load<u64>(claims, 32), load<u64>(claims, 24), now);
  return errors.fail(errors.PERMISSION, 'ticket expired');
}

/** Number of the worker that the identity names, or a refusal; queen and sidecar roles name none. */
function checkIdentity(): u32 {
  if (role === roles.QUEEN) return errors.NONE;
  if (identityBytes === 0) return errors.fail2(errors.INVALID, roles.label(role), ' attach requires identity');
  if (role === roles.WORKER_BUS) {
    return errors.failSlice(errors.NOT_FOUND, 'bus scope ', identity, identityBytes, ' not found');
  }
  if (role === roles.WORKER_LORA) {
    return errors.failSlice(errors.NOT_FOUND, 'lora scope ', identity, identityBytes, ' not found');
  }
  const number = workers.parseName(identity, identityBytes);
  const worker: usize = number === 0 ? 0 : workers.find(number);
  if (worker === 0) return errors.failSlice(errors.NOT_FOUND, 'worker ', identity, identityBytes, ' not found');
  if (workers.role(worker) === role) return errors.NONE;
  return errors.fail(
    errors.INVALID,
    role === roles.WORKER_HEARTBEAT
      ? 'worker-heartbeat role does not match GPU worker'
      : 'worker-gpu identity is not bound to a GPU lease',
  );
}

/** All that must hold before the session gets its role. */
function authenticate(token: usize, tokenBytes: u32): u32 {
  if (role !== roles.QUEEN) {
    const closed = pass(GATE_WORKER_ATTACH);
    if (closed !== errors.NONE) return closed;
  }
  if (tokenBytes > 0) {
    const refusal = checkTicket(token, tokenBytes);
    if (refusal !== errors.NONE) return refusal;
  } else if (role !== roles.QUEEN) {
    return errors.fail(errors.PERMISSION, 'ticket required for worker attach');
  } else if (queenNeedsTicket()) {
    return errors.fail(errors.PERMISSION, 'ticket required for queen attach');
  }
  return checkIdentity();
}

/** Gives the session its role and the ticket's budget. */
function enter(s: usize, hasTicket: bool): void {
  session.setPhase(s, session.ACTIVE);
  session.setRole(s, role, identity, identityBytes);
  if (role === roles.WORKER_HEARTBEAT || role === roles.WORKER_GPU) {
    session.setWorker(s, workers.parseName(identity, identityBytes));
  }
  if (!hasTicket) return;
  const end = ticketEndMs();
  const expires = end === u64.MAX_VALUE ? end : nowMs() + (end - wallS() * 1000);
  session.setBudget(s, load<u64>(claims, 16), load<u64>(claims, 8), expires);
  session.setTicket(s, load<u32>(claims, 4), usage.acquire(claims));
}

/** Whether a further attach of the session asks for what it is already. */
function isSame(s: usize): bool {
  return session.role(s) === role && same(session.identity(s), session.identityBytes(s), identity, identityBytes);
}

export function handle(s: usize, tag: u32): u32 {
  const number = request.word();
  const afid = request.word();
  request.text();
  const name = request.textStart;
  const nameBytes = request.textBytes;
  request.text();
  const token = request.textStart;
  const tokenBytes = request.textBytes;
  if (session.dialect(s) !== DIALECT_CLASSIC) request.word(); // n_uname: the role decides, not the user
  const malformed = request.check();
  if (malformed !== errors.NONE) return malformed;
  if (!session.negotiated(s)) {
    return errors.fail(errors.INVALID, 'version negotiation required before attach');
  }
  if (session.phase(s) === session.REVOKED) return guard.attached(s);
  if (afid !== NO_FID) return errors.failNumber(errors.UNKNOWN_FID, 'fid ', afid, ' not found');
  let refusal = parseName(name, nameBytes);
  if (refusal === errors.NONE) refusal = authenticate(token, tokenBytes);
  if (refusal !== errors.NONE) {
    if (role === roles.QUEEN) root.attachDenied();
    return refusal;
  }
  return attach(s, tag, number, tokenBytes > 0);
}

function attach(s: usize, tag: u32, number: u32, hasTicket: bool): u32 {
  let refusal = guard.canAdd(s, number);
  if (refusal !== errors.NONE) return refusal;
  if (session.phase(s) === session.ACTIVE) {
    if (!isSame(s)) return errors.fail(errors.INVALID, 'session is attached in another role');
    refusal = guard.attached(s);
    if (refusal !== errors.NONE) return refusal;
  }
  refusal = guard.addFid(s, number);
  if (refusal !== errors.NONE) return refusal;
  if (session.phase(s) === session.SETUP) enter(s, hasTicket);
  if (role === roles.QUEEN) root.attachSucceeded();
  walker.atRoot();
  const qidPath = walker.qidPath();
  fids.setPlace(guard.fid, tree.ROOT, 0, 0, 0, qidPath);
  reply.begin(T_ATTACH + 1, tag);
  reply.qid(paths.qidType(tree.ROOT), qidPath);
  return errors.NONE;
}

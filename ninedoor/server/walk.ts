// SPDX-License-Identifier: Apache-2.0
// Twalk: a new fid for a place below that of another.
import { NAME_BYTES, WALK_DEPTH } from '../limits';
import * as paths from '../namespace/paths';
import * as walker from '../namespace/walker';
import { OPEN } from '../session/fid';
import * as quota from '../session/quota';
import { Session } from '../session/session';
import { equals } from '../../lib/text/slice';
import * as errors from '../wire/errors';
import * as reply from '../wire/reply';
import * as request from '../wire/request';
import { DIALECT_COMPACT, T_WALK } from '../../lib/wire/types';
import * as guard from './guard';

/** qids of the walked names: type u8 at +0, path u64 at +8. */
const qids = memory.data(16 * 8, 8);

function isName(start: usize, bytes: u32): bool {
  if (bytes === 0 || bytes > NAME_BYTES) return false;
  for (let i: u32 = 0; i < bytes; i++) {
    const c = load<u8>(start + i);
    if (c === 0 || c === 0x2f) return false;
  }
  return !equals(start, bytes, '.') && !equals(start, bytes, '..');
}

function checkNames(): u32 {
  let good = request.nameCount <= WALK_DEPTH;
  for (let i: u32 = 0; good && i < request.nameCount; i++) {
    good = isName(request.nameStart(i), request.nameBytes(i));
  }
  return good ? errors.NONE : errors.fail(errors.MALFORMED, 'invalid path component');
}

/** The refusal of a walk that ends at the walker's path. */
function refuse(s: Session, outcome: u32): u32 {
  // A worker learns nothing about what lies outside its view.
  const denied = outcome === walker.DENIED || !s.isQueen;
  const w = errors.begin();
  w.text(denied ? 'access to ' : 'path ');
  w.bytes(walker.path(), walker.pathBytes());
  w.text(denied ? ' denied' : ' not found');
  if (denied) return errors.end(errors.PERMISSION);
  return errors.end(outcome === walker.NOT_DIRECTORY ? errors.NOT_DIRECTORY : errors.NOT_FOUND);
}

/** Walks the request's names; returns how many were found. `outcome`, or a refusal in `refused`, tells why not all. */
let outcome: u32 = 0;
let refused: u32 = errors.NONE;
function walkNames(s: Session): u32 {
  outcome = walker.FOUND;
  refused = errors.NONE;
  for (let i: u32 = 0; i < request.nameCount; i++) {
    outcome = walker.step(s, request.nameStart(i), request.nameBytes(i));
    if (outcome === walker.FOUND && s.hasTicket) {
      if (!quota.mayWalk(s, walker.place)) outcome = walker.DENIED;
    }
    const node = walker.place.node;
    if (outcome === walker.DENIED && node.onDenied !== 0) call_indirect<void>(node.onDenied, s);
    if (outcome !== walker.FOUND) return i;
    if (node.onWalk !== 0) refused = call_indirect<u32>(node.onWalk, s, walker.place);
    if (refused !== errors.NONE) return i;
    store<u8>(qids + 16 * i, <u8>paths.qidType(node));
    store<u64>(qids + 16 * i, walker.qidPath(), 8);
  }
  return request.nameCount;
}

export function handle(s: Session, tag: u32): u32 {
  const number = request.word();
  const newNumber = request.word();
  request.nameList();
  let refusal = checkNames();
  if (request.check() !== errors.NONE) refusal = request.check();
  if (refusal !== errors.NONE) return refusal;
  refusal = guard.operation(s);
  if (refusal === errors.NONE) refusal = guard.useFid(s, number);
  if (refusal !== errors.NONE) return refusal;
  const from = guard.fid;
  const inPlace = newNumber === number && s.dialect !== DIALECT_COMPACT;
  // walk(5): an open fid cannot be moved. Another may be walked from it: Linux clones open fids.
  if (inPlace && (from.mode & OPEN) !== 0) return errors.failNumber(errors.BUSY, 'fid ', number, ' is open');
  if (!inPlace) {
    refusal = guard.canAdd(s, newNumber);
    if (refusal !== errors.NONE) return refusal;
  }
  walker.at(s, from);
  const found = walkNames(s);
  if (refused !== errors.NONE) return refused;
  if (outcome !== walker.FOUND) {
    // Standard clients are told how far they got; the older codec knows no partial walk.
    if (found === 0 || s.dialect === DIALECT_COMPACT) {
      for (let i = found + 1; i < request.nameCount; i++) {
        walker.append(request.nameStart(i), request.nameBytes(i));
      }
      return refuse(s, outcome);
    }
    return answer(tag, found);
  }
  const clonedQid = from.qidPath;
  if (!inPlace) {
    refusal = guard.addFid(s, newNumber);
    if (refusal !== errors.NONE) return refusal;
  }
  const qidPath = found === 0 ? clonedQid : load<u64>(qids + 16 * (found - 1), 8);
  (inPlace ? from : guard.fid).putAt(walker.place, qidPath);
  return answer(tag, found);
}

function answer(tag: u32, found: u32): u32 {
  reply.begin(T_WALK + 1, tag);
  reply.half(found);
  for (let i: u32 = 0; i < found; i++) {
    reply.qid(load<u8>(qids + 16 * i), load<u64>(qids + 16 * i, 8));
  }
  return errors.NONE;
}

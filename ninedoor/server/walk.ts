// SPDX-License-Identifier: Apache-2.0
// Twalk: a new fid for a place below that of another.
//
//   Way   outcome u32 (FOUND …, namespace/walker.ts) · refusal u32 · found u32 · qids: WALK_DEPTH × Qid
//   Qid   path u64 · type u32
//
//   found: names that were walked · outcome, or what a node on the way refused: why not all
import { NAME_BYTES, WALK_DEPTH } from '../limits';
import * as paths from '../namespace/paths';
import * as walker from '../namespace/walker';
import { NO_FID, OPEN } from '../session/fid';
import * as quota from '../session/quota';
import { Session } from '../session/session';
import { equals } from '../../lib/text/slice';
import * as errors from '../wire/errors';
import { Reply } from '../wire/reply';
import { Request } from '../wire/request';
import { DIALECT_COMPACT } from '../../lib/wire/types';
import * as guard from './guard';


@unmanaged
class Qid {
  path: u64;
  type: u32;
  private padding: u32;
}


@unmanaged
class Way {
  outcome: u32;
  refusal: u32;
  found: u32;
  private padding: u32;

  qid(index: u32): Qid {
    return changetype<Qid>(changetype<usize>(this) + offsetof<Way>() + index * offsetof<Qid>());
  }
}

const way = changetype<Way>(memory.data(offsetof<Way>() + WALK_DEPTH * offsetof<Qid>(), 8));

function isName(start: usize, bytes: u32): bool {
  if (bytes === 0 || bytes > NAME_BYTES) return false;
  for (let i: u32 = 0; i < bytes; i++) {
    const c = load<u8>(start + i);
    if (c === 0 || c === 0x2f) return false;
  }
  return !equals(start, bytes, '.') && !equals(start, bytes, '..');
}

function checkNames(r: Request): u32 {
  const malformed = r.check();
  if (malformed !== errors.NONE) return malformed;
  let good = r.nameCount <= WALK_DEPTH;
  for (let i: u32 = 0; good && i < r.nameCount; i++) good = isName(r.nameStart(i), r.nameBytes(i));
  return good ? errors.NONE : errors.fail(errors.MALFORMED, 'invalid path component');
}

/** The refusal of a walk that ends at the walker's path. */
function refuse(s: Session, outcome: u32): u32 {
  // A worker learns nothing about what lies outside its view.
  const denied = outcome === walker.DENIED || !s.isQueen;
  const w = errors.begin();
  const isFull = outcome === walker.FULL;
  w.text(denied ? 'access to ' : isFull ? 'no room for path ' : 'path ');
  w.bytes(walker.path(), walker.pathBytes());
  if (denied) w.text(' denied');
  else if (!isFull) w.text(' not found');
  if (denied) return errors.end(errors.PERMISSION);
  if (isFull) return errors.end(errors.BUSY);
  return errors.end(outcome === walker.NOT_DIRECTORY ? errors.NOT_DIRECTORY : errors.NOT_FOUND);
}

/** One name further; false: here the walk ends. */
function step(r: Request, to: Way): bool {
  const s = r.session;
  const index = to.found;
  to.outcome = walker.step(s, r.nameStart(index), r.nameBytes(index));
  if (to.outcome === walker.FOUND && s.hasTicket && !quota.mayWalk(s, walker.place)) to.outcome = walker.DENIED;
  const node = walker.place.node;
  if (to.outcome === walker.DENIED && node.onDenied !== 0) call_indirect<void>(node.onDenied, s);
  if (to.outcome !== walker.FOUND) return false;
  if (node.onWalk !== 0) to.refusal = call_indirect<u32>(node.onWalk, s, walker.place);
  if (to.refusal !== errors.NONE) return false;
  to.qid(index).type = paths.qidType(node);
  to.qid(index).path = walker.qidPath();
  to.found++;
  return true;
}

/** Walks the request's names from where the walker stands. */
function walkNames(r: Request, to: Way): void {
  to.outcome = walker.FOUND;
  to.refusal = errors.NONE;
  to.found = 0;
  while (to.found < r.nameCount && step(r, to));
}

export function handle(r: Request, out: Reply): u32 {
  const s = r.session;
  const number = r.word();
  const newNumber = r.word();
  r.nameList();
  const malformed = checkNames(r);
  if (malformed !== errors.NONE) return malformed;
  const from = guard.used(r, number);
  if (from === NO_FID) return r.refusal;
  // The older codec has no walk in place: a number that is in use is refused, be it the same.
  const inPlace = newNumber === number && s.dialect !== DIALECT_COMPACT;
  // walk(5): an open fid cannot be moved. Another may be walked from it: Linux clones open fids.
  if (inPlace && (from.mode & OPEN) !== 0) return errors.failNumber(errors.BUSY, 'fid ', number, ' is open');
  if (!inPlace) {
    const refusal = guard.canAdd(s, newNumber);
    if (refusal !== errors.NONE) return refusal;
  }
  walker.at(s, from);
  walkNames(r, way);
  if (way.refusal !== errors.NONE) return way.refusal;
  if (way.outcome !== walker.FOUND) return endShort(r, out, way);
  const qidPath = way.found === 0 ? from.qidPath : way.qid(way.found - 1).path;
  const to = inPlace ? from : guard.add(r, newNumber);
  if (to === NO_FID) return r.refusal;
  to.putAt(walker.place, qidPath);
  return answer(r, out, way);
}

/** Standard clients are told how far they got; the older codec knows no partial walk. */
function endShort(r: Request, out: Reply, walked: Way): u32 {
  const s = r.session;
  if (walked.found !== 0 && s.dialect !== DIALECT_COMPACT) return answer(r, out, walked);
  for (let i = walked.found + 1; i < r.nameCount; i++) walker.append(r.nameStart(i), r.nameBytes(i));
  return refuse(s, walked.outcome);
}

function answer(r: Request, out: Reply, walked: Way): u32 {
  out.answer(r);
  out.half(walked.found);
  for (let i: u32 = 0; i < walked.found; i++) out.qid(walked.qid(i).type, walked.qid(i).path);
  return errors.NONE;
}

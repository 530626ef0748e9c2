// SPDX-License-Identifier: Apache-2.0
// Fids that a session of the older codec has clunked: it may never use them again. Its clients count fids upwards, so a
// few ranges hold all of them: retiredCount of them in ascending order, with gaps between them.
//
// When one more range would not fit, the two nearest are joined: fids between them count as retired too, though they were
// never used. That refuses a strange client early; it never lets a retired fid through.
import { RETIRED_RANGES } from '../limits';
import { Range, Session } from './session';

function range(s: Session, index: u32): Range {
  return changetype<Range>(s.retired + index * offsetof<Range>());
}

/** Moves the ranges from `from` on to `to`. */
function move(s: Session, from: u32, to: u32): void {
  const target = changetype<usize>(range(s, to));
  memory.copy(target, changetype<usize>(range(s, from)), offsetof<Range>() * (s.retiredCount - from));
}

/** Number of ranges that lie wholly below the fid. */
function below(s: Session, fid: u32): u32 {
  let low: u32 = 0;
  let high = s.retiredCount;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (range(s, middle).last < fid) low = middle + 1;
    else high = middle;
  }
  return low;
}

export function has(s: Session, fid: u32): bool {
  const at = below(s, fid);
  return at < s.retiredCount && range(s, at).first <= fid;
}

function drop(s: Session, index: u32): void {
  move(s, index + 1, index);
  s.retiredCount--;
}

/** Joins the two ranges with the smallest gap. */
function joinNearest(s: Session): void {
  let best: u32 = 0;
  let bestGap: u32 = u32.MAX_VALUE;
  for (let i: u32 = 0; i + 1 < s.retiredCount; i++) {
    const gap = range(s, i + 1).first - range(s, i).last;
    if (gap >= bestGap) continue;
    best = i;
    bestGap = gap;
  }
  range(s, best).last = range(s, best + 1).last;
  drop(s, best + 1);
}

export function add(s: Session, fid: u32): void {
  if (has(s, fid)) return;
  const at = below(s, fid);
  const touchesBelow = at > 0 && range(s, at - 1).last + 1 === fid;
  const touchesAbove = at < s.retiredCount && range(s, at).first - 1 === fid;
  if (touchesBelow) {
    range(s, at - 1).last = touchesAbove ? range(s, at).last : fid;
    if (touchesAbove) drop(s, at);
    return;
  }
  if (touchesAbove) {
    range(s, at).first = fid;
    return;
  }
  if (s.retiredCount === RETIRED_RANGES) {
    joinNearest(s);
    insertUnlessJoined(s, fid);
    return;
  }
  insert(s, at, fid);
}

function insert(s: Session, at: u32, fid: u32): void {
  move(s, at, at + 1);
  range(s, at).first = fid;
  range(s, at).last = fid;
  s.retiredCount++;
}

/** After two ranges were joined: the joined one may hold the fid by now. */
function insertUnlessJoined(s: Session, fid: u32): void {
  if (!has(s, fid)) insert(s, below(s, fid), fid);
}

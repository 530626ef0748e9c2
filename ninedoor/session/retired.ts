// SPDX-License-Identifier: Apache-2.0
// Fids that a session of the older codec has clunked: it may never use them again. Its clients count fids upwards, so a
// few ranges hold all of them.
//
//   ranges   retiredCount × (+0 first u32 · +4 last u32), ascending, with gaps between them
//
// When one more range would not fit, the two nearest are joined: fids between them count as retired too, though they were
// never used. That refuses a strange client early; it never lets a retired fid through.
import { RETIRED_RANGES } from '../limits';
import * as session from './session';


@inline
function range(s: usize, index: u32): usize {
  return s + session.RETIRED + 8 * index;
}

/** Number of ranges that lie wholly below the fid. */
function below(s: usize, fid: u32): u32 {
  let low: u32 = 0;
  let high = session.retiredCount(s);
  while (low < high) {
    const middle = (low + high) >> 1;
    if (load<u32>(range(s, middle), 4) < fid) low = middle + 1;
    else high = middle;
  }
  return low;
}

export function has(s: usize, fid: u32): bool {
  const at = below(s, fid);
  return at < session.retiredCount(s) && load<u32>(range(s, at)) <= fid;
}

function drop(s: usize, index: u32): void {
  const count = session.retiredCount(s) - 1;
  memory.copy(range(s, index), range(s, index + 1), 8 * (count - index));
  session.setRetiredCount(s, count);
}

/** Joins the two ranges with the smallest gap. */
function joinNearest(s: usize): void {
  let best: u32 = 0;
  let bestGap: u32 = u32.MAX_VALUE;
  for (let i: u32 = 0; i + 1 < session.retiredCount(s); i++) {
    const gap = load<u32>(range(s, i + 1)) - load<u32>(range(s, i), 4);
    if (gap >= bestGap) continue;
    best = i;
    bestGap = gap;
  }
  store<u32>(range(s, best), load<u32>(range(s, best + 1), 4), 4);
  drop(s, best + 1);
}

export function add(s: usize, fid: u32): void {
  if (has(s, fid)) return;
  const at = below(s, fid);
  const touchesBelow = at > 0 && load<u32>(range(s, at - 1), 4) + 1 === fid;
  const touchesAbove = at < session.retiredCount(s) && load<u32>(range(s, at)) - 1 === fid;
  if (touchesBelow) {
    store<u32>(range(s, at - 1), touchesAbove ? load<u32>(range(s, at), 4) : fid, 4);
    if (touchesAbove) drop(s, at);
    return;
  }
  if (touchesAbove) {
    store<u32>(range(s, at), fid);
    return;
  }
  if (session.retiredCount(s) === RETIRED_RANGES) {
    joinNearest(s);
    insertUnlessJoined(s, fid);
    return;
  }
  insert(s, at, fid);
}

function insert(s: usize, at: u32, fid: u32): void {
  const count = session.retiredCount(s);
  memory.copy(range(s, at + 1), range(s, at), 8 * (count - at));
  store<u32>(range(s, at), fid);
  store<u32>(range(s, at), fid, 4);
  session.setRetiredCount(s, count + 1);
}

/** After two ranges were joined: the joined one may hold the fid by now. */
function insertUnlessJoined(s: usize, fid: u32): void {
  if (!has(s, fid)) insert(s, below(s, fid), fid);
}

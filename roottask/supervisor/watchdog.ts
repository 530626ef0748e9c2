// SPDX-License-Identifier: Apache-2.0
// Finds instances that do not answer: each is poked from time to time, and its progress counter must move. An instance may
// also be silent because one of higher priority takes the processor, so only the highest silent one is taken away at a time;
// the others get their time again.
import * as construct from './construct';
import * as faults from './faults';
import * as instances from './instances';
import * as layout from './layout';
import * as report from './report';
import * as status from './status';

const NOBODY: u32 = u32.MAX_VALUE;

/** Pokes those whose turn it is. */
function poke(i: u32, now: u64): void {
  instances.setProgressSeen(i, status.progress(i));
  instances.setPoked_ms(i, now);
  // A worker's ticks are its pokes.
  if (!instances.isWorker(i)) construct.poke(i);
}

/** Whether an instance that was poked has moved since. */
function answered(i: u32): bool {
  return status.progress(i) !== instances.progressSeen(i);
}

function silent(i: u32, now: u64): bool {
  if (instances.state(i) !== instances.RUNNING) return false;
  const limit = instances.column(i, layout.WATCHDOG_MS);
  if (limit === 0) return false;
  if (instances.poked_ms(i) === 0) {
    poke(i, now);
    return false;
  }
  if (now - instances.poked_ms(i) < limit) return false;
  if (answered(i) || faults.waitsForAbsent(i)) {
    poke(i, now);
    return false;
  }
  return true;
}

/** One of higher priority still owes an answer: it may be the one that hangs, and is found when its own time is over. */
function mayBeStarved(i: u32, count: u32): bool {
  for (let other: u32 = 0; other < count; other++) {
    if (priority(other) <= priority(i) || instances.state(other) !== instances.RUNNING) continue;
    if (instances.poked_ms(other) > 0 && !answered(other) && !faults.waitsForAbsent(other)) return true;
  }
  return false;
}

/** Looks at the first `count` instances. */
export function check(now: u64, count: u32): void {
  let worst = NOBODY;
  for (let i: u32 = 0; i < count; i++) {
    if (!silent(i, now)) continue;
    if (worst === NOBODY || priority(i) > priority(worst)) worst = i;
  }
  if (worst === NOBODY || mayBeStarved(worst, count)) return;
  report.hang(worst, now - instances.poked_ms(worst));
  faults.fail(worst);
  for (let i: u32 = 0; i < count; i++) {
    if (instances.state(i) === instances.RUNNING && instances.poked_ms(i) > 0 && !answered(i))
      instances.setPoked_ms(i, now);
  }
}

function priority(i: u32): u64 {
  return instances.column(i, layout.PRIORITY);
}

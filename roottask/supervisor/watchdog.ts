// SPDX-License-Identifier: Apache-2.0
// Finds instances that do not answer: each is poked from time to time, and its progress counter must move. An instance may
// also be silent because one of higher priority takes the processor, so only the highest silent one is taken away at a time;
// the others get their time again.
import * as table from '../../generated/layout';
import * as construct from './construct';
import * as faults from './faults';
import * as states from '../../lib/protocol/states';
import * as instances from './instances';
import { Instance, NO_INSTANCE } from './instances';
import * as report from './report';
import * as status from './status';

/** Pokes those whose turn it is. */
function poke(i: Instance, now: u64): void {
  i.progressSeen = status.progress(i);
  i.poked_ms = now;
  // A worker's ticks are its pokes.
  if (!i.isWorker) construct.poke(i);
}

/** Whether an instance that was poked has moved since. */
function answered(i: Instance): bool {
  return status.progress(i) !== i.progressSeen;
}

function silent(i: Instance, now: u64): bool {
  if (i.state !== states.RUNNING) return false;
  const limit = i.column(table.DOMAINS_WATCHDOG_MS);
  if (limit === 0) return false;
  if (i.poked_ms === 0) {
    poke(i, now);
    return false;
  }
  if (now - i.poked_ms < limit) return false;
  if (answered(i) || faults.waitsForAbsent(i)) {
    poke(i, now);
    return false;
  }
  return true;
}

/** One of higher priority still owes an answer: it may be the one that hangs, and is found when its own time is over. */
function mayBeStarved(i: Instance, count: u32): bool {
  for (let n: u32 = 0; n < count; n++) {
    const other = instances.at(n);
    if (priority(other) <= priority(i) || other.state !== states.RUNNING) continue;
    if (other.poked_ms > 0 && !answered(other) && !faults.waitsForAbsent(other)) return true;
  }
  return false;
}

/** Looks at the first `count` instances. */
export function check(now: u64, count: u32): void {
  let worst = NO_INSTANCE;
  for (let n: u32 = 0; n < count; n++) {
    const i = instances.at(n);
    if (!silent(i, now)) continue;
    if (worst === NO_INSTANCE || priority(i) > priority(worst)) worst = i;
  }
  if (worst === NO_INSTANCE || mayBeStarved(worst, count)) return;
  report.hang(worst, now - worst.poked_ms);
  faults.fail(worst);
  for (let n: u32 = 0; n < count; n++) {
    const i = instances.at(n);
    if (i.state === states.RUNNING && i.poked_ms > 0 && !answered(i)) i.poked_ms = now;
  }
}

function priority(i: Instance): u64 {
  return i.column(table.DOMAINS_PRIORITY);
}

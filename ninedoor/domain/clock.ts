// SPDX-License-Identifier: Apache-2.0
// The domain's clocks: the counter tells the time since the machine started, and, once the root task was asked, Unix time.
import * as domain from '../../generated/domains/ninedoor';
import { counter, counterHz } from '../../lib/machine/cpu';
import { call, getMr } from '../../lib/machine/sel4';
import { TIME_COUNTER, TIME_WALL_S } from '../../lib/protocol/info';
import * as protocol from '../../lib/protocol/supervisor';

let hz: u64 = 1;
/** Wall clock when the counter was zero. */
let wallBase_s: u64 = 0;

function msOf(count: u64): u64 {
  return (count / hz) * 1000 + ((count % hz) * 1000) / hz;
}

/** Asks once for the wall clock: from then on the counter tells both times. false: the root task does not answer. */
export function start(): bool {
  hz = counterHz();
  if (call(domain.SLOT_SUPERVISOR, protocol.INFO_TIME, 0) !== protocol.OK) return false;
  wallBase_s = getMr(TIME_WALL_S) - msOf(getMr(TIME_COUNTER)) / 1000;
  return true;
}

export function nowMs(): u64 {
  return msOf(counter());
}

/** Counter value at a time of nowMs(), or a moment later; all ones if it never gets there. */
export function counterAt(ms: u64): u64 {
  if (ms / 1000 >= u64.MAX_VALUE / hz - 2) return u64.MAX_VALUE;
  return (ms / 1000) * hz + ((ms % 1000) * hz) / 1000 + hz / 1000;
}

export function wallS(): u64 {
  return wallBase_s + nowMs() / 1000;
}

/** Unix time in milliseconds. */
export function wallMs(): u64 {
  return wallBase_s * 1000 + nowMs();
}

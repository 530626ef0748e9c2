// SPDX-License-Identifier: Apache-2.0
// Time, and the moment at which the domain wants to be woken for it. An idle console has no such moment but the next
// time-out of a connection.
import { counter, counterHz } from '../../lib/machine/cpu';
import { setAlarm } from '../../lib/machine/domain';

const NEVER: u64 = u64.MAX_VALUE;

/** Milliseconds since the machine started, at the last look. */
export let now_ms: u64 = 0;
let alarm_ms: u64 = NEVER;

/** Looks at the clock. */
export function look(): void {
  const now = counter();
  const hz = counterHz();
  now_ms = (now / hz) * 1000 + ((now % hz) * 1000) / hz;
}

/** Something is to be done at that time; what is due earlier stays. */
export function wakeBy(ms: u64): void {
  if (ms >= alarm_ms) return;
  alarm_ms = ms;
  const hz = counterHz();
  setAlarm((ms / 1000) * hz + ((ms % 1000) * hz + 999) / 1000);
}

/**
 * Whether the earliest time has come; it is forgotten then, and whoever still waits for another one must say so
 * again.
 */
export function isDue(): bool {
  if (now_ms < alarm_ms) return false;
  alarm_ms = NEVER;
  setAlarm(0);
  return true;
}

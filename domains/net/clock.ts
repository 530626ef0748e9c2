// SPDX-License-Identifier: Apache-2.0
// Time in the net domain: milliseconds since its start, from the generic counter.
import { counter, counterHz } from '../../lib/machine/cpu';

let hz: u64 = 1;
let first: u64 = 0;

export function init(): void {
  hz = max<u64>(1, counterHz());
  first = counter();
}

/** Counter value at a moment, rounded up. */
export function at(ms: u64): u64 {
  return first + ((ms + 1) / 1000) * hz + (((ms + 1) % 1000) * hz) / 1000;
}

export function now_ms(): u64 {
  const passed = counter() - first;
  return (passed / hz) * 1000 + ((passed % hz) * 1000) / hz;
}

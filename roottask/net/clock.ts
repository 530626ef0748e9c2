// Time in the net domain: milliseconds since its start, from the generic counter.
import { counter, counterHz } from '../machine/cpu';

let hz: u64 = 1;
let first: u64 = 0;

export function init(): void {
  hz = max<u64>(1, counterHz());
  first = counter();
}

/** Counter value in so many milliseconds. */
export function after(ms: u64): u64 {
  return counter() + (hz / 1000) * ms;
}

export function now_ms(): u64 {
  const passed = counter() - first;
  return (passed / hz) * 1000 + ((passed % hz) * 1000) / hz;
}

// SPDX-License-Identifier: Apache-2.0
// Time: milliseconds since power-on from the generic counter, the wall clock from the RTC, and the periodic tick.
import { counter, counterHz, timerSet } from '../machine/cpu';

let hz: u64 = 1;
let period: u64 = 0; // counter units
let last: u64 = 0; // counter value of the last tick that was counted
let deadline: u64 = 0; // of the timer
let wallBase_s: u64 = 0; // wall clock when the counter was zero, rounded down

/** Periods of the tick that have passed. */
export let ticks: u64 = 0;

/** Milliseconds since the counter started. */
export function nowMs(): u64 {
  const now = counter();
  return (now / hz) * 1000 + ((now % hz) * 1000) / hz;
}

/** Seconds since 1970-01-01 UTC. */
export function wallSeconds(): u64 {
  return wallBase_s + nowMs() / 1000;
}

/** Counter frequency in Hz. */
export function frequencyHz(): u64 {
  return hz;
}

export function init(rtcSeconds: u32): void {
  hz = counterHz();
  wallBase_s = <u64>rtcSeconds - nowMs() / 1000;
}

/** Starts the periodic tick. */
export function startTick(period_ms: u64): void {
  period = (hz * period_ms) / 1000;
  if (period === 0) period = 1;
  last = counter();
  arm(1);
}

/**
 * Handles the timer interrupt: counts the ticks that have passed and arms the timer for the `skip`-th one from now. A system
 * that has nothing to do on every tick asks for fewer interrupts; time and tick count stay the same.
 */
export function tick(skip: u64): void {
  const now = counter();
  if (now >= deadline) {
    const passed = (now - last) / period;
    ticks += passed;
    last += passed * period;
    arm(skip);
  } else {
    timerSet(deadline);
  }
}

/** Makes sure that the next tick is not skipped. */
export function hurry(): void {
  if (deadline - last > period) arm(1 + (counter() - last) / period);
}

/** Makes sure that there is a tick soon after a counter value. */
export function by(time: u64): void {
  if (time >= deadline) return;
  const now = counter();
  arm(max(1 + (now - last) / period, time <= last ? 0 : (time - last + period - 1) / period));
}

function arm(skip: u64): void {
  deadline = last + period * skip;
  timerSet(deadline);
}

// Time: milliseconds since power-on from the generic counter, the wall clock from the RTC, and the periodic tick.
import { counter, counterHz, timerSet } from '../machine/cpu';

let hz: u64 = 1;
let period: u64 = 0; // counter units
let deadline: u64 = 0;
let wallBase_s: u64 = 0; // wall clock when the counter was zero, rounded down

/** Ticks so far. */
export let ticks: u64 = 0;
/** Ticks that came too late to be counted one by one. */
export let missedTicks: u64 = 0;

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
  deadline = counter() + period;
  timerSet(deadline);
}

/** Handles the timer interrupt: counts the tick and arms the next one. */
export function tick(): void {
  const now = counter();
  if (now < deadline) {
    timerSet(deadline);
    return;
  }
  const late = (now - deadline) / period;
  ticks++;
  missedTicks += late;
  deadline += period * (late + 1);
  timerSet(deadline);
}

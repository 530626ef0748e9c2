// Slows down who guesses tickets: a pause after each failed attach, doubled each time, and a long block after the third within
// a minute. A success clears both.
//
//   failures   times of the last three failures, the newest last
import { AUTH_THROTTLE_DOUBLINGS, AUTH_THROTTLE_MS } from '../../generated/manifest';
import { counter, counterHz } from '../machine/cpu';

const WINDOW_MS: u64 = 60000;
const BLOCK_MS: u64 = 90000;
const LIMIT: u32 = 3;
const failures = memory.data(24, 8);

let consecutive: u32 = 0;
let counted: u32 = 0;
let pausedUntil_ms: u64 = 0;
let blockedUntil_ms: u64 = 0;

/** Milliseconds since the machine started. */
function now_ms(): u64 {
  const now = counter();
  const hz = counterHz();
  return (now / hz) * 1000 + ((now % hz) * 1000) / hz;
}

/** Milliseconds for which the next attempt must wait, or 0. */
export function pause_ms(): u64 {
  const now = now_ms();
  return now < pausedUntil_ms ? pausedUntil_ms - now : 0;
}

/** Counts a failure; returns for how long further ones are blocked, or 0. */
export function failed(): u64 {
  const now = now_ms();
  pausedUntil_ms = now + ((<u64>AUTH_THROTTLE_MS) << min<u64>(consecutive, AUTH_THROTTLE_DOUBLINGS));
  consecutive++;
  if (now < blockedUntil_ms) return blockedUntil_ms - now;
  memory.copy(failures, failures + 8, 16);
  store<u64>(failures, now, 16);
  counted++;
  if (counted < LIMIT || now - load<u64>(failures) >= WINDOW_MS) return 0;
  counted = 0;
  blockedUntil_ms = now + BLOCK_MS;
  return BLOCK_MS;
}

export function succeeded(): void {
  consecutive = 0;
  counted = 0;
  pausedUntil_ms = 0;
  blockedUntil_ms = 0;
}

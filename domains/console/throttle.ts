// SPDX-License-Identifier: Apache-2.0
// Slows down who guesses tickets: a pause after each failed attach, doubled each time, and a long block after the third within
// a minute. A success clears both. This is for one session; tcp/peers.ts remembers who comes again.
//
//   part of the record   +0 consecutive failures u32 · +4 of those that count for the block u32 · +8 paused until u64 ms
//                        +16 blocked until u64 ms · +24 times of the last three failures, the newest last
import { AUTH_THROTTLE_DOUBLINGS, AUTH_THROTTLE_MS } from '../../generated/manifest';
import * as clock from './clock';
import * as table from './table';

const WINDOW_MS: u64 = 60000;
const BLOCK_MS: u64 = 90000;
const LIMIT: u32 = 3;

const CONSECUTIVE: u32 = table.THROTTLE;
const COUNTED: u32 = table.THROTTLE + 4;
const PAUSED_UNTIL: u32 = table.THROTTLE + 8;
const BLOCKED_UNTIL: u32 = table.THROTTLE + 16;
const FAILURES: u32 = table.THROTTLE + 24;
const BYTES: u32 = 48;

/** The pause after so many failures before. */
export function pauseAfter(failures: u32): u64 {
  return (<u64>AUTH_THROTTLE_MS) << min<u64>(failures, AUTH_THROTTLE_DOUBLINGS);
}

/** Milliseconds for which the next attempt must wait, or 0. */
export function pause_ms(): u64 {
  const until = load<u64>(table.s, PAUSED_UNTIL);
  return clock.now_ms < until ? until - clock.now_ms : 0;
}

/** Counts a failure; returns for how long further ones are blocked, or 0. */
export function failed(): u64 {
  const s = table.s;
  const now = clock.now_ms;
  const before = load<u32>(s, CONSECUTIVE);
  store<u64>(s, now + pauseAfter(before), PAUSED_UNTIL);
  store<u32>(s, before + 1, CONSECUTIVE);
  const blockedUntil = load<u64>(s, BLOCKED_UNTIL);
  if (now < blockedUntil) return blockedUntil - now;
  memory.copy(s + FAILURES, s + FAILURES + 8, 16);
  store<u64>(s, now, FAILURES + 16);
  const counted = load<u32>(s, COUNTED) + 1;
  store<u32>(s, counted, COUNTED);
  if (counted < LIMIT || now - load<u64>(s, FAILURES) >= WINDOW_MS) return 0;
  store<u32>(s, 0, COUNTED);
  store<u64>(s, now + BLOCK_MS, BLOCKED_UNTIL);
  return BLOCK_MS;
}

export function succeeded(): void {
  memory.fill(table.s + table.THROTTLE, 0, BYTES);
}

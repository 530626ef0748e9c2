// SPDX-License-Identifier: Apache-2.0
// Slows down who guesses tickets: a pause after each failed attach, doubled each time, and a long block after the
// third within a minute. A success clears both. This is for one session; tcp/peers.ts remembers who comes again.
//
//   Throttle   consecutive u32 · counted u32 · pausedUntil_ms u64 · blockedUntil_ms u64
//              times of the last three failures, u64 each: third_ms · second_ms · last_ms
import { AUTH_THROTTLE_DOUBLINGS, AUTH_THROTTLE_MS } from '../../../generated/manifest';
import * as clock from '../clock';

const WINDOW_MS: u64 = 60000;
const BLOCK_MS: u64 = 90000;
const LIMIT: u32 = 3;

/** The pause after so many failures before. */
export function pauseAfter_ms(failures: u32): u64 {
  return (<u64>AUTH_THROTTLE_MS) << min<u64>(failures, AUTH_THROTTLE_DOUBLINGS);
}


@unmanaged
export class Throttle {
  /** Failures since the last success. */
  private consecutive: u32;
  /** Those that count for the block. */
  private counted: u32;
  private pausedUntil_ms: u64;
  private blockedUntil_ms: u64;
  private third_ms: u64;
  private second_ms: u64;
  private last_ms: u64;

  /** Milliseconds for which the next attempt must wait, or 0. */
  get pause_ms(): u64 {
    const until_ms = this.pausedUntil_ms;
    return clock.now_ms < until_ms ? until_ms - clock.now_ms : 0;
  }

  /** Counts a failure; returns for how long further ones are blocked, or 0. */
  failed(): u64 {
    const now_ms = clock.now_ms;
    this.pausedUntil_ms = now_ms + pauseAfter_ms(this.consecutive);
    this.consecutive++;
    if (now_ms < this.blockedUntil_ms) return this.blockedUntil_ms - now_ms;
    this.third_ms = this.second_ms;
    this.second_ms = this.last_ms;
    this.last_ms = now_ms;
    this.counted++;
    if (this.counted < LIMIT || now_ms - this.third_ms >= WINDOW_MS) return 0;
    this.counted = 0;
    this.blockedUntil_ms = now_ms + BLOCK_MS;
    return BLOCK_MS;
  }

  succeeded(): void {
    memory.fill(changetype<usize>(this), 0, offsetof<Throttle>());
  }
}

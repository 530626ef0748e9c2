// SPDX-License-Identifier: Apache-2.0
// The processor's generic counter and the physical timer that the kernel exports to user level.

/** Counter value; its unit is 1 / counterHz() seconds. */
@external("cpu", "counter")
export declare function counter(): u64;

/** Counter frequency in Hz. */
@external("cpu", "counter_hz")
export declare function counterHz(): u64;

/** Arms the physical timer: its interrupt fires when the counter reaches `deadline`. */
@external("cpu", "timer_set")
export declare function timerSet(deadline: u64): void;

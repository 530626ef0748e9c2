// SPDX-License-Identifier: Apache-2.0
// How long the network may keep NineDoor busy. Domains of lower priority, the console and the workers, only run while this one
// waits; clients that always have another request on the way would never let it. So after so much work for the network it rests for
// a moment, in which it answers calls and takes nothing from the network. The root task's tick ends the rest.
import { counter, counterHz } from '../../lib/machine/cpu';

/** Work after which it rests. */
const WORK_MS: u64 = 40;
/** The shortest rest; the next tick of the root task ends it. */
const REST_MS: u64 = 4;
/** Waiting so long, at one time, is a rest too: nobody of lower priority had more to do. */
const IDLE_MS: u64 = 2;
/** What one turn may take: a call waits no longer than that, and the request that is being served. */
const TURN_MS: u64 = 2;

let perMs: u64 = 1;
/** Since the last rest. */
let worked: u64 = 0;
let begun: u64 = 0;
let resting: bool = false;
let restBegun: u64 = 0;
/** Counter value at which the root task should look: it then ticks in time for the end of the next rest. 0: no need. */
let hint: u64 = 0;

export function start(): void {
  perMs = max<u64>(1, counterHz() / 1000);
}

export function isResting(): bool {
  return resting;
}

/** A turn of work for the network begins. */
export function begin(): void {
  begun = counter();
}

/** Whether the turn has lasted long enough. */
export function isOver(): bool {
  return counter() - begun >= TURN_MS * perMs;
}

/** The turn has ended. */
export function end(): void {
  const now = counter();
  worked += now - begun;
  if (worked < WORK_MS * perMs) return;
  resting = true;
  restBegun = now;
}

/** It has waited for something to come, since this counter value. */
export function waited(since: u64): void {
  if (!resting && counter() - since >= IDLE_MS * perMs) worked = 0;
}

/** The root task has poked this domain. */
export function poked(): void {
  const now = counter();
  hint = 0;
  if (!resting || now - restBegun < REST_MS * perMs) return;
  resting = false;
  worked = 0;
  hint = now + WORK_MS * perMs;
}

/** Counter value at which this domain wants to be poked next; all ones: it does not. */
export function alarm(): u64 {
  if (resting) return restBegun;
  return hint === 0 ? u64.MAX_VALUE : hint;
}

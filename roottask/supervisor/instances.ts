// SPDX-License-Identifier: Apache-2.0
// The table of instances: what each is, how often it was started, and the limits that it lives under.
//
//   row (128 bytes)
//   +0   state u32          +4   domain row u32
//   +8   generation         how often it was started
//   +16  untyped            capability: all its private objects come from it
//   +24  block              capability pointer of the first slot of its block
//   +32  worker id          0: a static domain, or a free place in a pool
//   +40  faults u32         +44  restarts u32
//   +48  window start ms    +56  restarts in the window u32
//   +64  deadline ms        running worker: end of its time to live; backing off: when to start again; 0: none
//   +72  ticks left         +80  operations left          (all ones: unlimited)
//   +88  progress seen      +96  poked at ms              (0: no poke under way)
//   +104 beats seen         +112 next tick ms
import { DOMAIN_COUNT, INSTANCE_COUNT } from '../../generated/layout';
import * as layout from './layout';

export const EMPTY: u32 = 0;
export const RUNNING: u32 = 1;
export const BACKING_OFF: u32 = 2;
export const GIVEN_UP: u32 = 3;
export const STOPPED: u32 = 4;

export const UNLIMITED: u64 = u64.MAX_VALUE;

const ROW: u32 = 128;
const MAX_INSTANCES: u32 = 512;
const table = memory.data(65536); // MAX_INSTANCES * ROW


@inline
function row(instance: u32): usize {
  return table + instance * ROW;
}

/** Whether the table holds all instances of the layout. */
export function fits(): bool {
  return INSTANCE_COUNT <= MAX_INSTANCES;
}

/** Instances before the first pool; all of them if a static domain stands behind a pool. */
export let beforeWorkers: u32 = INSTANCE_COUNT;

function countStatic(): u32 {
  let count: u32 = 0;
  while (count < INSTANCE_COUNT && !isWorker(count)) count++;
  for (let i = count; i < INSTANCE_COUNT; i++) {
    if (!isWorker(i)) return INSTANCE_COUNT;
  }
  return count;
}

export function init(): void {
  for (let d: u32 = 0; d < DOMAIN_COUNT; d++) {
    const first = <u32>layout.domain(d, layout.FIRST_INSTANCE);
    const count = <u32>layout.domain(d, layout.INSTANCES);
    for (let i = first; i < first + count; i++) store<u32>(row(i), d, 4);
  }
  beforeWorkers = countStatic();
}

export function state(i: u32): u32 {
  return load<u32>(row(i));
}
export function setState(i: u32, value: u32): void {
  store<u32>(row(i), value);
}
export function domain(i: u32): u32 {
  return load<u32>(row(i), 4);
}
export function generation(i: u32): u64 {
  return load<u64>(row(i), 8);
}
export function setGeneration(i: u32, value: u64): void {
  store<u64>(row(i), value, 8);
}
export function untyped(i: u32): u64 {
  return load<u64>(row(i), 16);
}
export function setUntyped(i: u32, value: u64): void {
  store<u64>(row(i), value, 16);
}
export function block(i: u32): u64 {
  return load<u64>(row(i), 24);
}
export function setBlock(i: u32, value: u64): void {
  store<u64>(row(i), value, 24);
}
export function worker(i: u32): u64 {
  return load<u64>(row(i), 32);
}
export function setWorker(i: u32, value: u64): void {
  store<u64>(row(i), value, 32);
}
export function faults(i: u32): u32 {
  return load<u32>(row(i), 40);
}
export function setFaults(i: u32, value: u32): void {
  store<u32>(row(i), value, 40);
}
export function restarts(i: u32): u32 {
  return load<u32>(row(i), 44);
}
export function setRestarts(i: u32, value: u32): void {
  store<u32>(row(i), value, 44);
}
export function windowStart_ms(i: u32): u64 {
  return load<u64>(row(i), 48);
}
export function setWindowStart_ms(i: u32, value: u64): void {
  store<u64>(row(i), value, 48);
}
export function windowRestarts(i: u32): u32 {
  return load<u32>(row(i), 56);
}
export function setWindowRestarts(i: u32, value: u32): void {
  store<u32>(row(i), value, 56);
}
export function deadline_ms(i: u32): u64 {
  return load<u64>(row(i), 64);
}
export function setDeadline_ms(i: u32, value: u64): void {
  store<u64>(row(i), value, 64);
}
export function ticksLeft(i: u32): u64 {
  return load<u64>(row(i), 72);
}
export function setTicksLeft(i: u32, value: u64): void {
  store<u64>(row(i), value, 72);
}
export function opsLeft(i: u32): u64 {
  return load<u64>(row(i), 80);
}
export function setOpsLeft(i: u32, value: u64): void {
  store<u64>(row(i), value, 80);
}
export function progressSeen(i: u32): u64 {
  return load<u64>(row(i), 88);
}
export function setProgressSeen(i: u32, value: u64): void {
  store<u64>(row(i), value, 88);
}
export function poked_ms(i: u32): u64 {
  return load<u64>(row(i), 96);
}
export function setPoked_ms(i: u32, value: u64): void {
  store<u64>(row(i), value, 96);
}
export function beatsSeen(i: u32): u64 {
  return load<u64>(row(i), 104);
}
export function setBeatsSeen(i: u32, value: u64): void {
  store<u64>(row(i), value, 104);
}
export function nextTick_ms(i: u32): u64 {
  return load<u64>(row(i), 112);
}
export function setNextTick_ms(i: u32, value: u64): void {
  store<u64>(row(i), value, 112);
}

/** The domain's column for this instance. */
export function column(i: u32, name: u32): u64 {
  return layout.domain(domain(i), name);
}

/** Capability pointer of private object `index` of the instance. */
export function privateSlot(i: u32, index: u64): u64 {
  return block(i) + index;
}

/** The instance is a place in a worker pool. */
export function isWorker(i: u32): bool {
  return column(i, layout.IS_POOL) !== 0;
}

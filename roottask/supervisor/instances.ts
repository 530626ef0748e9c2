// SPDX-License-Identifier: Apache-2.0
// The table of instances: what each is, how often it was started, and the limits that it lives under.
//
//   Instance   number u32 · domain u32 · state u32 · faults u32 · restarts u32 · windowRestarts u32
//              generation u64 · untyped u64 · block u64 · worker u64 · windowStart_ms u64 · deadline_ms u64
//              ticksLeft u64 · opsLeft u64 · progressSeen u64 · poked_ms u64 · beatsSeen u64 · nextTick_ms u64
import * as table from '../../generated/layout';
import * as layout from './layout';

/** Of ticks, operations and time. */
export const UNLIMITED: u64 = u64.MAX_VALUE;


@unmanaged
export class Instance {
  /** In badges, in the domain table and in the protocol: its place in this table. */
  number: u32;
  /** Row of DOMAINS. */
  domain: u32;
  /** One of lib/protocol/states.ts. */
  state: u32;
  faults: u32;
  restarts: u32;
  /** Restarts since windowStart_ms. */
  windowRestarts: u32;
  /** How often it was started. */
  generation: u64;
  /** Capability to the memory that all its private objects come from. */
  untyped: u64;
  /** Capability pointer of the first slot of its block. */
  block: u64;
  /** Id of the worker; 0: a static domain, or a free place in a pool. */
  worker: u64;
  windowStart_ms: u64;
  /** A running worker: end of its time to live; a domain that backs off: when to start again; 0: none. */
  deadline_ms: u64;
  ticksLeft: u64;
  opsLeft: u64;
  /** Its progress counter at the last poke, and when that was; 0: no poke is under way. */
  progressSeen: u64;
  poked_ms: u64;
  beatsSeen: u64;
  nextTick_ms: u64;

  /** The domain's column for this instance. */
  column(name: u32): u64 {
    return layout.domain(this.domain, name);
  }

  /** Capability pointer of private object `index`. */
  privateSlot(index: u64): u64 {
    return this.block + index;
  }

  /** Capability pointer of the private object that a column names. */
  slotOf(name: u32): u64 {
    return this.privateSlot(this.column(name));
  }

  /** A place in a worker pool. */
  get isWorker(): bool {
    return this.column(table.DOMAINS_IS_POOL) !== 0;
  }
}

export const NO_INSTANCE = changetype<Instance>(0);

const records = memory.data(offsetof<Instance>() * table.INSTANCE_COUNT, 8);

/** Instance `number`, which must be below INSTANCE_COUNT. */
export function at(number: u32): Instance {
  return changetype<Instance>(records + number * offsetof<Instance>());
}

/** Instances before the first pool; all of them if a static domain stands behind a pool. */
export let beforeWorkers: u32 = table.INSTANCE_COUNT;

function countStatic(): u32 {
  let count: u32 = 0;
  while (count < table.INSTANCE_COUNT && !at(count).isWorker) count++;
  for (let n = count; n < table.INSTANCE_COUNT; n++) {
    if (!at(n).isWorker) return table.INSTANCE_COUNT;
  }
  return count;
}

export function init(): void {
  for (let d: u32 = 0; d < table.DOMAIN_COUNT; d++) {
    const first = <u32>layout.domain(d, table.DOMAINS_FIRST_INSTANCE);
    const count = <u32>layout.domain(d, table.DOMAINS_INSTANCES);
    for (let n = first; n < first + count; n++) {
      at(n).number = n;
      at(n).domain = d;
    }
  }
  beforeWorkers = countStatic();
}

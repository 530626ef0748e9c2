// SPDX-License-Identifier: Apache-2.0
// Workers: instances of the pools, started and ended while the system runs. The root task enforces what a worker may use:
// time to live, ticks (one a WORKER_TICK_MS, each wakes the worker once) and operations (heartbeats that it emitted).
import { after_ms } from '../../lib/device/deadline';
import * as table from '../../generated/layout';
import * as clock from '../../lib/device/clock';
import * as out from '../log/output';
import * as construct from './construct';
import * as endings from './endings';
import * as states from '../../lib/protocol/states';
import * as instances from './instances';
import { Instance, NO_INSTANCE } from './instances';
import * as layout from './layout';
import * as reasons from '../../lib/protocol/endings';
import * as protocol from '../../lib/protocol/supervisor';
import * as report from './report';
import * as status from './status';

/** Milliseconds between two ticks of a worker. */
export const WORKER_TICK_MS: u64 = 250;

let lastId: u64 = 0;
/** Workers that run. */
export let live: u32 = 0;
/** Instance that the last spawn took. */
export let spawned = NO_INSTANCE;

/** Row of the pool whose workers have the role, or NO_POOL. */
function poolOf(role: u64): u32 {
  for (let d: u32 = 0; d < table.DOMAIN_COUNT; d++) {
    if (layout.domain(d, table.DOMAINS_IS_POOL) !== 0 && layout.domain(d, table.DOMAINS_ROLE) === role) return d;
  }
  return NO_POOL;
}
const NO_POOL: u32 = u32.MAX_VALUE;

/** A place of the pool where no worker runs, or NO_INSTANCE. */
function freePlace(pool: u32): Instance {
  const first = <u32>layout.domain(pool, table.DOMAINS_FIRST_INSTANCE);
  const count = <u32>layout.domain(pool, table.DOMAINS_INSTANCES);
  for (let n = first; n < first + count; n++) {
    if (instances.at(n).worker === 0) return instances.at(n);
  }
  return NO_INSTANCE;
}

function orUnlimited(value: u64): u64 {
  return value === 0 ? instances.UNLIMITED : value;
}

/**
 * Starts a worker of the role (lib/protocol/roles.ts); returns a protocol label. The worker's id is lastWorker(), its instance
 * `spawned`.
 */
export function spawn(role: u64, ticks: u64, ttl_ms: u64, operations: u64): u64 {
  const pool = poolOf(role);
  if (pool === NO_POOL) return protocol.INVALID;
  const i = freePlace(pool);
  if (i === NO_INSTANCE) return protocol.BUSY;
  if (!construct.start(i)) {
    report.startFailed(i, construct.failedStep);
    i.state = states.EMPTY;
    return protocol.BUSY;
  }
  const now = clock.nowMs();
  // An id is only used up by a worker that runs, and never again.
  i.worker = ++lastId;
  i.ticksLeft = orUnlimited(ticks);
  i.opsLeft = orUnlimited(operations);
  i.deadline_ms = ttl_ms === 0 ? instances.UNLIMITED : after_ms(now, ttl_ms);
  i.nextTick_ms = now + WORKER_TICK_MS;
  spawned = i;
  live++;
  return protocol.OK;
}

/** Milliseconds that a worker has still to live, or UNLIMITED. */
export function timeLeft_ms(i: Instance): u64 {
  const deadline = i.deadline_ms;
  if (deadline === instances.UNLIMITED) return deadline;
  const now = clock.nowMs();
  return now < deadline ? deadline - now : 0;
}

/** Id of the last worker that was spawned. */
export function lastWorker(): u64 {
  return lastId;
}

/** Where the worker runs, or NO_INSTANCE. */
function find(id: u64): Instance {
  if (id === 0) return NO_INSTANCE;
  for (let n: u32 = 0; n < table.INSTANCE_COUNT; n++) {
    if (instances.at(n).worker === id) return instances.at(n);
  }
  return NO_INSTANCE;
}

/** Ends a worker by id; returns a protocol label. */
export function kill(id: u64): u64 {
  const i = find(id);
  if (i === NO_INSTANCE) return protocol.NOT_FOUND;
  construct.stop(i);
  release(i);
  out.text('killed worker-');
  out.dec(id);
  out.endLine();
  return protocol.OK;
}

function release(i: Instance): void {
  live--;
  i.worker = 0;
  i.state = states.EMPTY;
  i.deadline_ms = 0;
}

/** The reason, as the log has it. */
function reasonText(reason: u32): string {
  return reason === reasons.FAULTED ? 'fault' : reasons.reasonText(reason);
}

/** The instance was taken away; its place is free again, and those who may spawn are told. */
export function ended(i: Instance, reason: u32): void {
  const id = i.worker;
  release(i);
  report.revoked(id, reasonText(reason));
  endings.add(id, reason);
}

function revoke(i: Instance, reason: u32): void {
  construct.stop(i);
  ended(i, reason);
}

/** Operations that the worker has done since the last look; false: its budget is exhausted. */
function charge(i: Instance): bool {
  const beats = status.beats(i);
  const used = beats - i.beatsSeen;
  i.beatsSeen = beats;
  const left = i.opsLeft;
  if (left === instances.UNLIMITED) return true;
  i.opsLeft = used >= left ? 0 : left - used;
  return used < left;
}

/** Time passes for a running worker. */
export function tick(i: Instance, now: u64): void {
  if (now >= i.deadline_ms) {
    revoke(i, reasons.TTL_EXPIRED);
    return;
  }
  if (now < i.nextTick_ms) return;
  i.nextTick_ms = now + WORKER_TICK_MS;
  if (!charge(i)) {
    revoke(i, reasons.OPS_EXHAUSTED);
    return;
  }
  const ticks = i.ticksLeft;
  if (ticks === 0) {
    revoke(i, reasons.TICKS_EXHAUSTED);
    return;
  }
  if (ticks !== instances.UNLIMITED) i.ticksLeft = ticks - 1;
  construct.poke(i);
}

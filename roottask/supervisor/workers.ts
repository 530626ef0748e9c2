// SPDX-License-Identifier: Apache-2.0
// Workers: instances of the pools, started and ended while the system runs. The root task enforces what a worker may use:
// time to live, ticks (one a WORKER_TICK_MS, each wakes the worker once) and operations (heartbeats that it emitted).
import { DOMAIN_COUNT } from '../../generated/layout';
import * as clock from '../../lib/device/clock';
import * as out from '../log/output';
import * as construct from './construct';
import * as endings from './endings';
import * as instances from './instances';
import * as layout from './layout';
import * as protocol from '../../lib/protocol/supervisor';
import * as report from './report';
import * as status from './status';

/** Milliseconds between two ticks of a worker. */
export const WORKER_TICK_MS: u64 = 250;

let lastId: u64 = 0;
/** Workers that run. */
export let live: u32 = 0;
/** Instance that the last spawn took. */
export let spawned: u32 = 0;

/** Row of the pool whose workers have the role, or NO_POOL. */
function poolOf(role: u64): u32 {
  for (let d: u32 = 0; d < DOMAIN_COUNT; d++) {
    if (layout.domain(d, layout.IS_POOL) !== 0 && layout.domain(d, layout.ROLE) === role) return d;
  }
  return NO_POOL;
}
const NO_POOL: u32 = u32.MAX_VALUE;

function freePlace(pool: u32): u32 {
  const first = <u32>layout.domain(pool, layout.FIRST_INSTANCE);
  const count = <u32>layout.domain(pool, layout.INSTANCES);
  for (let i = first; i < first + count; i++) {
    if (instances.worker(i) === 0) return i;
  }
  return NO_PLACE;
}
const NO_PLACE: u32 = u32.MAX_VALUE;

function orUnlimited(value: u64): u64 {
  return value === 0 ? instances.UNLIMITED : value;
}

/** Starts a worker of the role (lib/protocol/roles.ts); returns a protocol label. The worker's id is lastWorker(), its instance `spawned`. */
export function spawn(role: u64, ticks: u64, ttl_ms: u64, operations: u64): u64 {
  const pool = poolOf(role);
  if (pool === NO_POOL) return protocol.INVALID;
  const i = freePlace(pool);
  if (i === NO_PLACE) return protocol.BUSY;
  if (!construct.start(i)) {
    report.startFailed(i, construct.failedStep);
    instances.setState(i, instances.EMPTY);
    return protocol.BUSY;
  }
  const now = clock.nowMs();
  // An id is only used up by a worker that runs, and never again.
  instances.setWorker(i, ++lastId);
  instances.setTicksLeft(i, orUnlimited(ticks));
  instances.setOpsLeft(i, orUnlimited(operations));
  instances.setDeadline_ms(i, ttl_ms === 0 ? instances.UNLIMITED : now + ttl_ms);
  instances.setNextTick_ms(i, now + WORKER_TICK_MS);
  spawned = i;
  live++;
  return protocol.OK;
}

/** Milliseconds that a worker has still to live, or UNLIMITED. */
export function timeLeft_ms(i: u32): u64 {
  const deadline = instances.deadline_ms(i);
  if (deadline === instances.UNLIMITED) return deadline;
  const now = clock.nowMs();
  return now < deadline ? deadline - now : 0;
}

/** Id of the last worker that was spawned. */
export function lastWorker(): u64 {
  return lastId;
}

/** Ends a worker by id; returns a protocol label. */
export function kill(id: u64): u64 {
  if (id === 0) return protocol.NOT_FOUND;
  for (let d: u32 = 0; d < DOMAIN_COUNT; d++) {
    if (layout.domain(d, layout.IS_POOL) === 0) continue;
    const first = <u32>layout.domain(d, layout.FIRST_INSTANCE);
    const count = <u32>layout.domain(d, layout.INSTANCES);
    for (let i = first; i < first + count; i++) {
      if (instances.worker(i) !== id) continue;
      construct.stop(i);
      release(i);
      out.text('killed worker-');
      out.dec(id);
      out.endLine();
      return protocol.OK;
    }
  }
  return protocol.NOT_FOUND;
}

function release(i: u32): void {
  live--;
  instances.setWorker(i, 0);
  instances.setState(i, instances.EMPTY);
  instances.setDeadline_ms(i, 0);
}

/** The text of an ENDED_* reason, as the log has it. */
function reasonText(reason: u64): string {
  switch (<u32>reason) {
    case <u32>protocol.ENDED_TTL:
      return 'ticket ttl expired';
    case <u32>protocol.ENDED_TICKS:
      return 'tick budget exhausted';
    case <u32>protocol.ENDED_OPERATIONS:
      return 'operation budget exhausted';
    default:
      return 'fault';
  }
}

/** The instance was taken away; its place is free again, and those who may spawn are told. */
export function ended(i: u32, reason: u64): void {
  const id = instances.worker(i);
  release(i);
  report.revoked(id, reasonText(reason));
  endings.add(id, reason);
}

function revoke(i: u32, reason: u64): void {
  construct.stop(i);
  ended(i, reason);
}

/** Operations that the worker has done since the last look; false: its budget is exhausted. */
function charge(i: u32): bool {
  const beats = status.beats(i);
  const used = beats - instances.beatsSeen(i);
  instances.setBeatsSeen(i, beats);
  const left = instances.opsLeft(i);
  if (left === instances.UNLIMITED) return true;
  instances.setOpsLeft(i, used >= left ? 0 : left - used);
  return used < left;
}

/** Time passes for a running worker. */
export function tick(i: u32, now: u64): void {
  if (now >= instances.deadline_ms(i)) {
    revoke(i, protocol.ENDED_TTL);
    return;
  }
  if (now < instances.nextTick_ms(i)) return;
  instances.setNextTick_ms(i, now + WORKER_TICK_MS);
  if (!charge(i)) {
    revoke(i, protocol.ENDED_OPERATIONS);
    return;
  }
  const ticks = instances.ticksLeft(i);
  if (ticks === 0) {
    revoke(i, protocol.ENDED_TICKS);
    return;
  }
  if (ticks !== instances.UNLIMITED) instances.setTicksLeft(i, ticks - 1);
  construct.poke(i);
}

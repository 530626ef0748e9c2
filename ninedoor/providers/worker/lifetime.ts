// SPDX-License-Identifier: Apache-2.0
// Starting, stopping and revoking workers: the table's row, the root task's domain, the sessions and the GPU lease go
// together.
import { after_ms, fromSeconds_ms } from '../../../lib/device/deadline';
import { MAX_SESSIONS, UNLIMITED, workerPlaces } from '../../limits';
import { kill as stopDomain, nowMs, spawn as startDomain } from '../../platform';
import { WorkerSpec } from '../../worker-spec';
import * as hooks from '../../hooks';
import * as budget from '../../session/budget';
import * as identities from '../../session/identities';
import * as roles from '../../../lib/protocol/roles';
import { ACTIVE, Session } from '../../session/session';
import * as sessions from '../../session/sessions';
import { Writer } from '../../../lib/text/writer';
import * as errors from '../../wire/errors';
import { GATE_WORKER_ATTACH } from '../queen/lifecycle/state';
import * as lease from '../gpu/lease';
import { Gpu, NAME_BYTES as GPU_NAME_BYTES, NO_GPU } from '../gpu/table';
import * as log from '../../log';
import * as full from '../../full';
import * as trace from '../trace/ring';
import * as workers from './table';

/** Budget of the next heartbeat worker where its spawn command says nothing. */
export let defaultTtlS: u64 = UNLIMITED;
export let defaultOps: u64 = UNLIMITED;

export function setDefaults(ttlS: u64, ops: u64): void {
  defaultTtlS = ttlS;
  defaultOps = ops;
}

const spec = changetype<WorkerSpec>(memory.data(offsetof<WorkerSpec>() + GPU_NAME_BYTES, 8));

function deadline(ttlS: u64): u64 {
  return after_ms(nowMs(), fromSeconds_ms(ttlS));
}

/** Takes over a worker that runs already, with what is left of its budget. */
export function adopt(number: u32, role: u32, ticks: u64, leftMs: u64, ops: u64): void {
  workers.adopt(number, role, ops, ticks, after_ms(nowMs(), leftMs));
}

/** Whether there is room for a worker of a role when there are so many more of them. */
export function checkRoom(role: u32, change: i32): u32 {
  if (<i32>workers.countOfRole(role) + change < <i32>workerPlaces(role)) return errors.NONE;
  full.count(full.WORKERS + role);
  return errors.fail(errors.BUSY, 'worker table full');
}

/** Asks the root task for a domain, then adds the worker. NONE: it is worker `workers.nextNumber() - 1`. */
function begin(role: u32, ticks: u64, ops: u64, ttlS: u64, gpu: Gpu): u32 {
  const full = checkRoom(role, 0);
  if (full !== errors.NONE) return full;
  spec.ticks = ticks;
  spec.ops = ops;
  spec.ttlS = ttlS;
  const gpuBytes: u32 = gpu === NO_GPU ? 0 : spec.gpuBytes;
  const refusal = startDomain(workers.nextNumber(), role, spec, offsetof<WorkerSpec>() + gpuBytes);
  if (refusal !== errors.NONE) return errors.fail(refusal, 'root task refused the worker');
  workers.add(role, ops, ticks, deadline(ttlS), gpu);
  return errors.NONE;
}

function logSpawned(number: u32): Writer {
  const t = trace.begin(trace.INFO, trace.WORKER, number);
  t.text('spawned');
  trace.end();
  const w = log.begin();
  w.text('spawned ');
  workers.writeName(number, w);
  return w;
}

export function spawnHeartbeat(ticks: u64, ttlS: u64, ops: u64): u32 {
  const refusal = begin(roles.WORKER_HEARTBEAT, ticks, ops, ttlS, NO_GPU);
  if (refusal !== errors.NONE) return refusal;
  const w = logSpawned(workers.nextNumber() - 1);
  w.text(' ticks=');
  w.budget(ticks);
  w.text(' ttl=');
  w.budget(ttlS);
  w.text(' ops=');
  w.budget(ops);
  log.end();
  return errors.NONE;
}

/** `gpu`: a free GPU (../gpu/table.ts). The lease's time bounds the worker's, whatever its budget says. */
export function spawnGpu(
  gpu: Gpu,
  memMb: u32,
  streams: u32,
  leaseTtlS: u64,
  budgetTtlS: u64,
  ops: u64,
  priority: u32,
): u32 {
  const ttlS = leaseTtlS < budgetTtlS ? leaseTtlS : budgetTtlS;
  spec.memoryMb = memMb;
  spec.streams = streams;
  spec.priority = priority;
  spec.gpuBytes = gpu.nameBytes;
  memory.copy(spec.gpu, gpu.name, gpu.nameBytes);
  const refusal = begin(roles.WORKER_GPU, UNLIMITED, ops, ttlS, gpu);
  if (refusal !== errors.NONE) return refusal;
  const number = workers.nextNumber() - 1;
  lease.grant(gpu, number, memMb, streams, leaseTtlS, priority);
  const w = logSpawned(number);
  w.text(' gpu=');
  w.bytes(gpu.name, gpu.nameBytes);
  w.text(' ttl=');
  w.budget(ttlS);
  w.text(' streams=');
  w.dec(streams);
  log.end();
  return errors.NONE;
}

/** Closes the sessions of a worker that is going. */
function revokeSessions(number: u32, reason: u32): void {
  for (let i: u32 = 0; i < MAX_SESSIONS; i++) {
    const s = sessions.at(i);
    if (s.phase !== ACTIVE || s.worker !== number) continue;
    s.revoke(reason);
  }
}

function remove(number: u32, reason: u32): void {
  const gpu = workers.find(number).gpu;
  if (gpu !== NO_GPU) lease.release(gpu, number, budget.reasonText(reason));
  workers.remove(number);
  revokeSessions(number, reason);
  const t = trace.begin(trace.INFO, trace.WORKER, number);
  t.text(budget.reasonText(reason));
  trace.end();
}

/** Ends a worker whose budget is used up; nothing when it has ended already. */
export function revoke(number: u32, reason: u32): void {
  if (workers.find(number) === workers.NO_WORKER) return;
  stopDomain(number);
  ended(number, reason);
}

/** The domain of a worker is gone; nothing when the worker has ended already. */
export function ended(number: u32, reason: u32): void {
  if (workers.find(number) === workers.NO_WORKER) return;
  remove(number, reason);
  const w = log.begin();
  w.text('revoked ');
  workers.writeName(number, w);
  w.text(': ');
  w.text(budget.reasonText(reason));
  log.end();
}

export function failUnknown(name: usize, bytes: u32): u32 {
  return errors.failSlice(errors.NOT_FOUND, 'worker ', name, bytes, ' not found');
}

/** The queen's kill. `name`: the worker as it was named. */
export function kill(name: usize, bytes: u32): u32 {
  const number = workers.parseName(name, bytes);
  if (number === 0 || workers.find(number) === workers.NO_WORKER) {
    return failUnknown(name, bytes);
  }
  const refusal = stopDomain(number);
  if (refusal !== errors.NONE) return errors.fail(refusal, 'root task could not stop the worker');
  remove(number, budget.KILLED);
  const w = log.begin();
  w.text('killed ');
  workers.writeName(number, w);
  log.end();
  return errors.NONE;
}

// Sessions of workers: who attaches as one spends its budget.

function identify(role: u32, name: usize, bytes: u32): u32 {
  const number = workers.parseName(name, bytes);
  const worker = number === 0 ? workers.NO_WORKER : workers.find(number);
  if (worker === workers.NO_WORKER) {
    failUnknown(name, bytes);
    return 0;
  }
  if (worker.role === role) return number;
  errors.fail(
    errors.INVALID,
    role === roles.WORKER_HEARTBEAT
      ? 'worker-heartbeat role does not match GPU worker'
      : 'worker-gpu identity is not bound to a GPU lease',
  );
  return 0;
}

function sessionRevoked(s: Session, reason: u32): void {
  if (s.worker !== 0) revoke(s.worker, reason);
}

function speakFor(s: Session, worker: u32): void {
  s.worker = worker;
}

export function declare(): void {
  identities.define(roles.WORKER_HEARTBEAT, identify.index, speakFor.index, GATE_WORKER_ATTACH);
  identities.define(roles.WORKER_GPU, identify.index, speakFor.index, GATE_WORKER_ATTACH);
  budget.keepWith(workers.takeOp.index, workers.takeTick.index);
  hooks.revoked.add(sessionRevoked.index);
}

/** Revokes the workers whose time is over. */
export function expire(): void {
  const now = nowMs();
  let index: u32 = 0;
  while (index < workers.count) {
    const worker = workers.at(index);
    if (now >= worker.expiresMs) revoke(worker.number, budget.TTL_EXPIRED);
    else index++;
  }
}

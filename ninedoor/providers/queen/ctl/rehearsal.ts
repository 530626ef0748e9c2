// SPDX-License-Identifier: Apache-2.0
// Whether all commands of a write to /queen/ctl can be run. Each is checked against the server as those before it will leave
// it: nothing is changed, so that of a write either every line takes effect or none.
import { MAX_GPUS, MAX_MSIZE } from '../../../limits';
import * as lines from '../../../../lib/text/lines';
import * as roles from '../../../../lib/protocol/roles';
import * as errors from '../../../wire/errors';
import * as gpus from '../../gpu/table';
import * as lease from '../../gpu/lease';
import { GATE_NEW_WORK, pass } from '../lifecycle/state';
import * as lifetime from '../../worker/lifetime';
import * as workers from '../../worker/table';
import * as binding from './binding';
import * as command from './command';
import { Session } from '../../../session/session';

/** Workers that the write starts, the role of each, and those that it kills by number. */
let spawns: u32 = 0;
const MAX_SPAWNS: u32 = MAX_MSIZE / 16; // {"spawn":"heartbeat","ticks":1} is longer than that
const spawnRoles = memory.data(MAX_SPAWNS);
let kills: u32 = 0;
const MAX_KILLS: u32 = MAX_MSIZE / 16; // {"kill":"worker-1"} is longer than that
const killed = memory.data(4 * MAX_KILLS, 4);
/** By how many workers of each role there will be more. */
const changes = memory.data(4 * roles.ROLES, 4);
/** Number of the worker that leases each GPU by then, or 0. */
const holders = memory.data(4 * MAX_GPUS, 4);

function holder(gpu: u32): u32 {
  return load<u32>(holders + 4 * gpu);
}

function setHolder(gpu: u32, number: u32): void {
  store<u32>(holders + 4 * gpu, number);
}

function change(role: u32): i32 {
  return load<i32>(changes + 4 * role);
}

/** The role of a worker that lives by then. */
function roleOf(number: u32): u32 {
  const worker = workers.find(number);
  if (worker !== workers.NO_WORKER) return worker.role;
  return load<u8>(spawnRoles + (number - workers.nextNumber()));
}

function addTo(role: u32, more: i32): void {
  store<i32>(changes + 4 * role, change(role) + more);
}

function lives(number: u32): bool {
  for (let i: u32 = 0; i < kills; i++) {
    if (load<u32>(killed + 4 * i) === number) return false;
  }
  const first = workers.nextNumber();
  return workers.find(number) !== workers.NO_WORKER || (number >= first && number - first < spawns);
}

function kill(): u32 {
  const number = workers.parseName(command.first, command.firstBytes);
  if (number === 0 || !lives(number) || kills === MAX_KILLS) {
    return lifetime.failUnknown(command.first, command.firstBytes);
  }
  addTo(roleOf(number), -1);
  store<u32>(killed + 4 * kills++, number);
  for (let i: u32 = 0; i < gpus.count; i++) {
    if (holder(i) === number) setHolder(i, 0);
  }
  return errors.NONE;
}

function leaseGpu(): u32 {
  const name = command.first;
  const bytes = command.firstBytes;
  if (command.streams === 0) return errors.fail(errors.INVALID, 'invalid gpu lease: streams must be at least 1');
  // Their provider may still come: whoever asks again may find the GPU then.
  if (gpus.count === 0)
    return errors.failSlice(errors.BUSY, 'gpu ', name, bytes, ' not available: none is published yet');
  const gpu = gpus.find(name, bytes);
  if (gpu === gpus.NO_GPU) return errors.failSlice(errors.NOT_FOUND, 'gpu ', name, bytes, ' not registered');
  if (holder(gpu.index) !== 0) return errors.failSlice(errors.BUSY, 'gpu ', name, bytes, ' already leased');
  setHolder(gpu.index, workers.nextNumber() + spawns);
  return lease.check(gpu, command.memMb, command.streams);
}

function spawn(): u32 {
  const role = command.heartbeat ? roles.WORKER_HEARTBEAT : roles.WORKER_GPU;
  const refusal = command.heartbeat ? errors.NONE : leaseGpu();
  if (refusal !== errors.NONE) return refusal;
  const full = lifetime.checkRoom(role, change(role));
  if (full !== errors.NONE) return full;
  addTo(role, 1);
  store<u8>(spawnRoles + spawns++, <u8>role);
  return errors.NONE;
}

/** The command that was parsed. */
function rehearse(s: Session): u32 {
  const fields = command.fields;
  if ((fields & (command.SPAWN | command.BIND | command.MOUNT)) !== 0) {
    const closed = pass(GATE_NEW_WORK);
    if (closed !== errors.NONE) return closed;
  }
  if ((fields & command.SPAWN) !== 0) return spawn();
  if ((fields & command.KILL) !== 0) return kill();
  if ((fields & command.BIND) !== 0) {
    return binding.tryBind(s, command.first, command.firstBytes, command.second, command.secondBytes);
  }
  if ((fields & command.MOUNT) !== 0) {
    return binding.tryMount(s, command.first, command.firstBytes, command.second, command.secondBytes);
  }
  return errors.NONE;
}

function rehearseLines(s: Session, data: usize, bytes: u32): u32 {
  lines.open(data, bytes);
  while (lines.next()) {
    let refusal = command.parse(lines.start, lines.bytes);
    if (refusal === errors.NONE) refusal = rehearse(s);
    if (refusal !== errors.NONE) return refusal;
  }
  return errors.NONE;
}

/** Checks a write. */
export function check(s: Session, data: usize, bytes: u32): u32 {
  spawns = 0;
  kills = 0;
  memory.fill(changes, 0, 4 * roles.ROLES);
  for (let i: u32 = 0; i < gpus.count; i++) setHolder(i, gpus.at(i).holder);
  binding.remember(s);
  const refusal = rehearseLines(s, data, bytes);
  binding.forget(s);
  return refusal;
}

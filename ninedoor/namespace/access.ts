// SPDX-License-Identifier: Apache-2.0
// Who may use a node: the classes that declarations name, and what they mean for a session. A session sees, walks and
// lists exactly what its role may use.
import * as roles from '../session/roles';
import * as session from '../session/session';
import * as workers from '../providers/workers/table';

export const NOBODY: u32 = 0;
export const QUEEN: u32 = 1;
export const EVERYONE: u32 = 2;
/** The queen, and workers that have a telemetry file. */
export const TELEMETRY_WORKERS: u32 = 3;
/** The queen, and the worker whose number is the place's key. */
export const OWN_WORKER: u32 = 4;
/** The queen, and workers whose shard is the place's key. */
export const OWN_SHARD: u32 = 5;
/** The queen, and workers that lease a GPU. */
export const GPU_WORKERS: u32 = 6;
/** The queen, and the worker that leases the GPU which is the place's key. */
export const OWN_GPU: u32 = 7;
/** The queen, and workers of a sidecar role; the queen, and the worker whose adapter it is. */
const BUS_WORKERS: u32 = 8;
const LORA_WORKERS: u32 = 9;
const BUS_ADAPTERS: u32 = 64;
const LORA_ADAPTERS: u32 = 160;
const ADAPTERS: u32 = 96;

/** The class of what all workers of a sidecar role may use. */
export function sidecars(role: u32): u32 {
  return role === roles.WORKER_BUS ? BUS_WORKERS : LORA_WORKERS;
}

/** The class of what belongs to an adapter, counted from 1 (providers/sidecars.ts). */
export function ofAdapter(role: u32, adapter: u32): u32 {
  if (adapter === 0 || adapter >= ADAPTERS) unreachable(); // the manifest's rules allow far fewer
  return adapter + (role === roles.WORKER_BUS ? BUS_ADAPTERS : LORA_ADAPTERS);
}

/** The sidecar role that a class is for, or ROLES. */
export function sidecarRole(access: u32): u32 {
  if (access === BUS_WORKERS || (access > BUS_ADAPTERS && access <= LORA_ADAPTERS)) return roles.WORKER_BUS;
  return access === LORA_WORKERS || access > LORA_ADAPTERS ? roles.WORKER_LORA : roles.ROLES;
}

export function allowed(s: usize, access: u32, key: u32): bool {
  if (access === NOBODY) return false;
  if (access === EVERYONE || session.isQueen(s)) return true;
  const role = session.role(s);
  const reports = role === roles.WORKER_HEARTBEAT || role === roles.WORKER_GPU;
  switch (access) {
    case TELEMETRY_WORKERS:
      return reports;
    case OWN_WORKER:
      return reports && session.worker(s) === key;
    case OWN_SHARD:
      return reports && workers.shardOf(session.worker(s)) === key;
    case GPU_WORKERS:
      return role === roles.WORKER_GPU;
    case OWN_GPU:
      return role === roles.WORKER_GPU && leasedGpu(session.worker(s)) === key;
    case BUS_WORKERS:
    case LORA_WORKERS:
      return role === sidecarRole(access);
    default:
      return access > BUS_ADAPTERS && role === sidecarRole(access) && access === ofAdapter(role, session.adapter(s));
  }
}

/** The GPU that a worker leases, or 0. */
function leasedGpu(number: u32): u32 {
  const worker = workers.find(number);
  return worker === 0 ? 0 : workers.gpu(worker);
}

// SPDX-License-Identifier: Apache-2.0
// The classes of what workers may use, beside the queen (namespace/access.ts).
import * as access from '../../namespace/access';
import * as roles from '../../../lib/protocol/roles';
import { Session } from '../../session/session';
import * as gpus from '../gpu/table';
import * as workers from './table';

/** Workers that have a telemetry file. */
export let TELEMETRY_WORKERS: u32 = 0;
/** The worker whose number is the place's key. */
export let OWN_WORKER: u32 = 0;
/** Workers whose shard is the place's key. */
export let OWN_SHARD: u32 = 0;
/** Workers that lease a GPU. */
export let GPU_WORKERS: u32 = 0;
/** The worker that leases the GPU which is the place's key. */
export let OWN_GPU: u32 = 0;

function reports(s: Session, _key: u32, _argument: u32): bool {
  return s.role === roles.WORKER_HEARTBEAT || s.role === roles.WORKER_GPU;
}

function isOwn(s: Session, key: u32, _argument: u32): bool {
  return reports(s, 0, 0) && s.worker === key;
}

function isOwnShard(s: Session, key: u32, _argument: u32): bool {
  return reports(s, 0, 0) && workers.shardOf(s.worker) === key;
}

function leases(s: Session, _key: u32, _argument: u32): bool {
  return s.role === roles.WORKER_GPU;
}

function isLeased(s: Session, key: u32, _argument: u32): bool {
  if (s.role !== roles.WORKER_GPU) return false;
  const worker = workers.find(s.worker);
  if (worker === workers.NO_WORKER || worker.gpu === gpus.NO_GPU) return false;
  return worker.gpu.key === key;
}

export function define(): void {
  TELEMETRY_WORKERS = access.define(reports.index);
  OWN_WORKER = access.define(isOwn.index);
  OWN_SHARD = access.define(isOwnShard.index);
  GPU_WORKERS = access.define(leases.index);
  OWN_GPU = access.define(isLeased.index);
}

// SPDX-License-Identifier: Apache-2.0
// The classes of what workers may use, beside the queen (namespace/access.ts).
import * as access from '../../namespace/access';
import * as roles from '../../../lib/protocol/roles';
import * as session from '../../session/session';
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

function reports(s: usize, _key: u32, _argument: u32): bool {
  return session.role(s) === roles.WORKER_HEARTBEAT || session.role(s) === roles.WORKER_GPU;
}

function isOwn(s: usize, key: u32, _argument: u32): bool {
  return reports(s, 0, 0) && session.worker(s) === key;
}

function isOwnShard(s: usize, key: u32, _argument: u32): bool {
  return reports(s, 0, 0) && workers.shardOf(session.worker(s)) === key;
}

function leases(s: usize, _key: u32, _argument: u32): bool {
  return session.role(s) === roles.WORKER_GPU;
}

function isLeased(s: usize, key: u32, _argument: u32): bool {
  if (session.role(s) !== roles.WORKER_GPU) return false;
  const worker = workers.find(session.worker(s));
  return worker !== 0 && workers.gpu(worker) === key;
}

export function define(): void {
  TELEMETRY_WORKERS = access.define(reports.index);
  OWN_WORKER = access.define(isOwn.index);
  OWN_SHARD = access.define(isOwnShard.index);
  GPU_WORKERS = access.define(leases.index);
  OWN_GPU = access.define(isLeased.index);
}

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
    default:
      return false;
  }
}

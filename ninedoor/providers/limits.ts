// SPDX-License-Identifier: Apache-2.0
// /proc/limits: the tables of the server, a line each: how much of it is used, its size, and how often it was full.
import * as access from '../namespace/access';
import * as locks from '../namespace/locks';
import * as tree from '../namespace/tree';
import * as session from '../session/session';
import { Writer } from '../../lib/text/writer';
import * as errors from '../wire/errors';
import {
  FIDS_PER_SESSION,
  MAX_BINDS,
  MAX_DEVICES,
  MAX_GPUS,
  MAX_LOCKS,
  MAX_SESSIONS,
  MAX_WORKERS,
  OPEN_SESSIONS,
} from '../limits';
import * as gpus from './gpu/table';
import * as refusals from './refusals';
import * as devices from './telemetry/store';
import * as workers from './workers/table';

function line(w: Writer, name: string, used: u32, most: u32, table: u32): void {
  w.text(name);
  w.text(' used=');
  w.dec(used);
  w.text(' max=');
  w.dec(most);
  w.text(' refused=');
  w.dec(refusals.countOf(table));
  w.byte(0x0a);
}

/** The largest number of fids, or of binds, that one session has. */
function largest(binds: bool): u32 {
  let most: u32 = 0;
  for (let i: u32 = 0; i < MAX_SESSIONS; i++) {
    const s = session.slot(i);
    if (session.phase(s) !== session.FREE) most = max(most, binds ? session.bindCount(s) : session.fidCount(s));
  }
  return most;
}

function read(_outer: u32, _key: u32, w: Writer): u32 {
  line(w, 'sessions', session.count, MAX_SESSIONS, refusals.SESSIONS);
  line(w, 'worker-sessions', session.workerCount(), OPEN_SESSIONS, refusals.WORKER_SESSIONS);
  line(w, 'fids-per-session', largest(false), FIDS_PER_SESSION, refusals.FIDS);
  line(w, 'binds-per-session', largest(true), MAX_BINDS, refusals.BINDS);
  line(w, 'locks', locks.count(), MAX_LOCKS, refusals.LOCKS);
  line(w, 'workers', workers.count, MAX_WORKERS, refusals.WORKERS);
  line(w, 'gpus', gpus.count, MAX_GPUS, refusals.GPUS);
  line(w, 'telemetry-devices', devices.deviceCount, MAX_DEVICES, refusals.DEVICES);
  return errors.NONE;
}

export function declare(): void {
  tree.readOnly(tree.directory(tree.ROOT, 'proc', access.EVERYONE), 'limits', access.QUEEN, read.index);
}

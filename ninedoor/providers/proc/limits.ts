// SPDX-License-Identifier: Apache-2.0
// /proc/limits: the tables of the server, a line each: how much of it is used, its size, and how often it was full.
import {
  CONTROL_PLANE_EXPORT_ENABLE,
  CONTROL_PLANE_LEASE_ENABLE,
  CONTROL_PLANE_SCHEDULE_ENABLE,
} from '../../../generated/manifest';
import * as access from '../../namespace/access';
import * as locks from '../../namespace/locks';
import { Place } from '../../namespace/node';
import * as tree from '../../namespace/tree';
import { FREE, Session } from '../../session/session';
import * as sessions from '../../session/sessions';
import * as roles from '../../../lib/protocol/roles';
import { Writer } from '../../../lib/text/writer';
import * as errors from '../../wire/errors';
import * as directories from '../directories';
import {
  FIDS_PER_SESSION,
  LOCKS_PER_SESSION,
  MAX_BINDS,
  MAX_DEVICES,
  MAX_GPUS,
  MAX_LOCKS,
  MAX_SESSIONS,
  OPEN_SESSIONS,
  SESSIONS_PER_TICKET,
  workerPlaces,
} from '../../limits';
import * as gpus from '../gpu/table';
import * as full from '../../full';
import { NO_USAGE } from '../../ticket/usage';
import * as windows from '../queen/export/table';
import * as leases from '../queen/lease/table';
import * as schedule from '../queen/schedule/table';
import * as devices from '../queen/telemetry/store';
import * as workers from '../worker/table';

function line(w: Writer, name: string, used: u32, most: u32, table: u32): void {
  w.text(name);
  w.text(' used=');
  w.dec(used);
  w.text(' max=');
  w.dec(most);
  w.text(' refused=');
  w.dec(full.countOf(table));
  w.byte(0x0a);
}

/** The largest number of something that one session has. */
function largest(measure: (s: Session) => u32): u32 {
  let most: u32 = 0;
  for (let i: u32 = 0; i < MAX_SESSIONS; i++) {
    const s = sessions.at(i);
    if (s.phase !== FREE) most = max(most, measure(s));
  }
  return most;
}

/** The tables of the planes that the manifest switches on. */
function writeControlPlane(w: Writer): void {
  if (CONTROL_PLANE_SCHEDULE_ENABLE) {
    line(w, 'schedule', schedule.state.count, schedule.MAX_ENTRIES, full.SCHEDULE);
  }
  if (CONTROL_PLANE_LEASE_ENABLE) {
    line(w, 'leases', leases.state.count, leases.MAX_ACTIVE, full.LEASES);
    line(w, 'lease-quotas', leases.state.quotaCount, leases.MAX_QUOTAS, full.LEASE_QUOTAS);
  }
  if (CONTROL_PLANE_EXPORT_ENABLE) {
    line(w, 'export-windows', windows.state.count, windows.MAX_WINDOWS, full.EXPORT_WINDOWS);
  }
}

function read(_place: Place, w: Writer): u32 {
  line(w, 'sessions', sessions.count, MAX_SESSIONS, full.SESSIONS);
  line(w, 'worker-sessions', sessions.workerCount(), OPEN_SESSIONS, full.WORKER_SESSIONS);
  line(
    w,
    'sessions-per-ticket',
    largest((s) => (s.isQueen || s.usage === NO_USAGE ? 0 : s.usage.sessions)),
    SESSIONS_PER_TICKET,
    full.TICKET_SESSIONS,
  );
  line(
    w,
    'fids-per-session',
    largest((s) => s.fidCount),
    FIDS_PER_SESSION,
    full.FIDS,
  );
  line(
    w,
    'binds-per-session',
    largest((s) => s.bindCount),
    MAX_BINDS,
    full.BINDS,
  );
  line(
    w,
    'locks-per-session',
    largest((s) => locks.countOf(s.id)),
    LOCKS_PER_SESSION,
    full.SESSION_LOCKS,
  );
  line(w, 'locks', locks.count(), MAX_LOCKS, full.LOCKS);
  for (let role: u32 = 0; role < roles.ROLES; role++) {
    const places = workerPlaces(role);
    if (places > 0) line(w, roles.label(role), workers.countOfRole(role), places, full.WORKERS + role);
  }
  line(w, 'gpus', gpus.count, MAX_GPUS, full.GPUS);
  line(w, 'telemetry-devices', devices.deviceCount, MAX_DEVICES, full.DEVICES);
  writeControlPlane(w);
  return errors.NONE;
}

export function declare(): void {
  tree.readOnly(directories.proc(), 'limits', access.QUEEN, read.index);
}

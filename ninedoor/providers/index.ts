// SPDX-License-Identifier: Apache-2.0
// The providers, in the order in which they declare themselves. A provider is a file named after its path in the namespace,
// or after the directory all of whose files it serves; wildcards are left out of the name. What a provider works on, and no
// file of the namespace is, stands beside it, or in a folder of its name.
import * as sidecars from './sidecars';
import * as queenLog from './log/queen';
import * as kmesg from './kmesg';
import * as outstanding from './proc/9p/outstanding';
import * as session from './proc/9p/session';
import * as sessions from './proc/9p/sessions';
import * as shortWrites from './proc/9p/short_writes';
import * as boot from './proc/boot';
import * as domains from './proc/domains';
import * as ingest from './proc/ingest';
import * as ingestLatency from './proc/ingest/latency';
import * as ingestWatch from './proc/ingest/watch';
import * as procLease from './proc/lease';
import * as lifecycle from './proc/lifecycle';
import * as limits from './proc/limits';
import * as net from './proc/net';
import * as pressure from './proc/pressure';
import * as root from './proc/root';
import * as procSchedule from './proc/schedule';
import * as tests from './proc/tests';
import * as workerTrace from './proc/trace';
import * as queenCtl from './queen/ctl';
import * as exportCtl from './queen/export/ctl';
import * as leaseCtl from './queen/lease/ctl';
import * as queenLifecycle from './queen/lifecycle';
import * as lifecycleState from './queen/lifecycle/state';
import * as scheduleCtl from './queen/schedule/ctl';
import * as deviceCtl from './queen/telemetry/ctl';
import * as deviceLatest from './queen/telemetry/latest';
import * as deviceNames from './queen/telemetry/names';
import * as deviceSegments from './queen/telemetry/seg';
import * as traceCtl from './trace/ctl';
import * as traceEvents from './trace/events';
import * as workerAccess from './worker/access';
import * as lifetime from './worker/lifetime';
import * as workerNames from './worker/names';
import * as workers from './worker/table';
import * as workerTelemetry from './worker/telemetry';

/** What stands behind the files: tables at their start, names, observers. */
function start(): void {
  workers.start();
  workerAccess.define();
  workerNames.declare();
  deviceNames.declare();
  lifecycleState.start();
  lifetime.declare();
  ingestLatency.declare();
}

export function declare(): void {
  start();
  boot.declare();
  queenLog.declare();
  lifecycle.declare();
  queenLifecycle.declare();
  pressure.declare();
  root.declare();
  workerTrace.declare();
  workerTelemetry.declare();
  queenCtl.declare();
  scheduleCtl.declare();
  procSchedule.declare();
  leaseCtl.declare();
  procLease.declare();
  exportCtl.declare();
  traceCtl.declare();
  traceEvents.declare();
  kmesg.declare();
  deviceCtl.declare();
  deviceLatest.declare();
  deviceSegments.declare();
  sessions.declare();
  outstanding.declare();
  shortWrites.declare();
  session.declare();
  ingest.declare();
  ingestWatch.declare();
  net.declare();
  domains.declare();
  tests.declare();
  limits.declare();
  sidecars.declare();
}

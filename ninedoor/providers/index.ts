// SPDX-License-Identifier: Apache-2.0
// The providers, in the order in which they declare themselves. A provider is a file named after its path in the namespace,
// or after the directory all of whose files it serves; wildcards are left out of the name. What a provider works on, and no
// file of the namespace is, stands beside it, or in a folder of its name.
import * as sidecars from './sidecars';
import * as queenLog from './log/queen';
import * as ninep from './proc/9p/session';
import * as boot from './proc/boot';
import * as domains from './proc/domains';
import * as ingest from './proc/ingest';
import * as limits from './proc/limits';
import * as net from './proc/net';
import * as pressure from './proc/pressure';
import * as root from './proc/root';
import * as tests from './proc/tests';
import * as queenCtl from './queen/ctl';
import * as lifecycle from './queen/lifecycle';
import * as queenTelemetry from './queen/telemetry/ctl';
import * as traceCtl from './trace/ctl';
import * as workerAccess from './worker/access';
import * as lifetime from './worker/lifetime';
import * as workers from './worker/table';
import * as workerTelemetry from './worker/telemetry';

export function declare(): void {
  workers.start();
  workerAccess.define();
  boot.declare();
  queenLog.declare();
  lifecycle.declare();
  pressure.declare();
  root.declare();
  workerTelemetry.declare();
  lifetime.declare();
  queenCtl.declare();
  traceCtl.declare();
  queenTelemetry.declare();
  ninep.declare();
  ingest.declare();
  net.declare();
  domains.declare();
  tests.declare();
  limits.declare();
  sidecars.declare();
}

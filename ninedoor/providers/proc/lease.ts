// SPDX-License-Identifier: Apache-2.0
// /proc/lease: summary, the active leases, and the newest preemptions.
import {
  CONTROL_PLANE_LEASE_ACTIVE_BYTES,
  CONTROL_PLANE_LEASE_ENABLE,
  CONTROL_PLANE_LEASE_PREEMPTIONS_BYTES,
  CONTROL_PLANE_LEASE_SUMMARY_BYTES,
} from '../../../generated/manifest';
import { Writer } from '../../../lib/text/writer';
import * as lineList from '../../files/line-list';
import * as access from '../../namespace/access';
import { Place } from '../../namespace/node';
import * as tree from '../../namespace/tree';
import * as errors from '../../wire/errors';
import * as directories from '../directories';
import { expire } from '../queen/lease/ctl';
import * as table from '../queen/lease/table';

function readSummary(_place: Place, w: Writer): u32 {
  expire();
  lineList.open();
  const line = lineList.begin();
  line.text('active=');
  line.dec(table.state.count);
  line.text(' preemptions=');
  line.dec(table.state.preemptions);
  line.text(' quotas=');
  line.dec(table.state.quotaCount);
  line.text(' max_active=');
  line.dec(table.MAX_ACTIVE);
  line.text(' max_preemptions=');
  line.dec(table.MAX_PREEMPTIONS);
  if (lineList.end(w, CONTROL_PLANE_LEASE_SUMMARY_BYTES)) return errors.NONE;
  return lineList.refusal('proc/lease/summary', CONTROL_PLANE_LEASE_SUMMARY_BYTES);
}

/** Starts a line: whose lease it is about. */
function begin(names: table.Names): Writer {
  const line = lineList.begin();
  line.text('id=');
  line.bytes(names.id.start, names.id.bytes);
  line.text(' subject=');
  line.bytes(names.subject.start, names.subject.bytes);
  line.text(' resource=');
  line.bytes(names.resource.start, names.resource.bytes);
  return line;
}

function writeLease(w: Writer, lease: table.Lease): bool {
  const line = begin(lease.names);
  line.text(' ttl_s=');
  line.dec(lease.ttl_s);
  line.text(' priority=');
  line.dec(lease.priority);
  line.text(' state=ACTIVE seq=');
  line.dec(lease.seq);
  return lineList.end(w, CONTROL_PLANE_LEASE_ACTIVE_BYTES);
}

function readActive(_place: Place, w: Writer): u32 {
  expire();
  lineList.open();
  for (let i: u32 = 0; i < table.state.count; i++) {
    if (!writeLease(w, table.state.at(i))) {
      return lineList.refusal('proc/lease/active', CONTROL_PLANE_LEASE_ACTIVE_BYTES);
    }
  }
  return errors.NONE;
}

function writePreemption(w: Writer, preemption: table.Preemption, most: u32): bool {
  const line = begin(preemption.names);
  line.text(' reason=');
  line.bytes(preemption.names.reason.start, preemption.names.reason.bytes);
  line.text(' seq=');
  line.dec(preemption.seq);
  return lineList.end(w, most);
}

const nowhere = changetype<Writer>(memory.data(offsetof<Writer>(), 8));
const nothing = memory.data(1);

/** The oldest of the newest preemptions that fit together. */
function firstThatFits(): u64 {
  const end = table.state.preemptions;
  const oldest = end > table.MAX_PREEMPTIONS ? end - table.MAX_PREEMPTIONS : 0;
  nowhere.open(nothing, 0);
  lineList.open();
  let first = end;
  while (first > oldest) {
    if (!writePreemption(nowhere, table.state.preemption(first - 1), CONTROL_PLANE_LEASE_PREEMPTIONS_BYTES)) break;
    first--;
  }
  return first;
}

function readPreemptions(_place: Place, w: Writer): u32 {
  const first = firstThatFits();
  if (first === table.state.preemptions && first > 0) {
    lineList.open();
    return lineList.refusal('proc/lease/preemptions', CONTROL_PLANE_LEASE_PREEMPTIONS_BYTES);
  }
  lineList.open();
  for (let i = first; i < table.state.preemptions; i++) {
    writePreemption(w, table.state.preemption(i), CONTROL_PLANE_LEASE_PREEMPTIONS_BYTES);
  }
  return errors.NONE;
}

export function declare(): void {
  if (!CONTROL_PLANE_LEASE_ENABLE) return;
  const dir = tree.directory(directories.proc(), 'lease', access.QUEEN);
  tree.readOnly(dir, 'summary', access.QUEEN, readSummary.index);
  tree.readOnly(dir, 'active', access.QUEEN, readActive.index);
  tree.readOnly(dir, 'preemptions', access.QUEEN, readPreemptions.index);
}

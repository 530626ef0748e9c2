// SPDX-License-Identifier: Apache-2.0
// /proc/schedule: summary, and the queue in the order in which its entries will be taken.
import {
  CONTROL_PLANE_SCHEDULE_ENABLE,
  CONTROL_PLANE_SCHEDULE_QUEUE_BYTES,
  CONTROL_PLANE_SCHEDULE_SUMMARY_BYTES,
} from '../../../generated/manifest';
import { Writer } from '../../../lib/text/writer';
import * as lineList from '../../files/line-list';
import * as full from '../../full';
import * as access from '../../namespace/access';
import { Place } from '../../namespace/node';
import * as tree from '../../namespace/tree';
import * as errors from '../../wire/errors';
import * as directories from '../directories';
import * as table from '../queen/schedule/table';

function readSummary(_place: Place, w: Writer): u32 {
  lineList.open();
  const line = lineList.begin();
  line.text('queue=');
  line.dec(table.state.count);
  line.text(' dequeued=');
  line.dec(table.state.dequeued);
  line.text(' dropped=');
  line.dec(full.countOf(full.SCHEDULE));
  line.text(' max_entries=');
  line.dec(table.MAX_ENTRIES);
  if (lineList.end(w, CONTROL_PLANE_SCHEDULE_SUMMARY_BYTES)) return errors.NONE;
  return lineList.refusal('proc/schedule/summary', CONTROL_PLANE_SCHEDULE_SUMMARY_BYTES);
}

function writeEntry(w: Writer, entry: table.Entry): bool {
  const line = lineList.begin();
  line.text('id=');
  line.bytes(entry.id, entry.idBytes);
  line.text(' role=');
  line.bytes(entry.role, entry.roleBytes);
  line.text(' priority=');
  line.dec(entry.priority);
  line.text(' ticks=');
  line.dec(entry.ticks);
  line.text(' budget_ms=');
  line.dec(entry.budget_ms);
  line.text(' seq=');
  line.dec(entry.seq);
  return lineList.end(w, CONTROL_PLANE_SCHEDULE_QUEUE_BYTES);
}

function readQueue(_place: Place, w: Writer): u32 {
  lineList.open();
  for (let i: u32 = 0; i < table.state.count; i++) {
    if (!writeEntry(w, table.state.at(i))) {
      return lineList.refusal('proc/schedule/queue', CONTROL_PLANE_SCHEDULE_QUEUE_BYTES);
    }
  }
  return errors.NONE;
}

export function declare(): void {
  if (!CONTROL_PLANE_SCHEDULE_ENABLE) return;
  const dir = tree.directory(directories.proc(), 'schedule', access.QUEEN);
  tree.readOnly(dir, 'summary', access.QUEEN, readSummary.index);
  tree.readOnly(dir, 'queue', access.QUEEN, readQueue.index);
}

// SPDX-License-Identifier: Apache-2.0
// The last fault report of each static domain, for those who ask later (LAST_FAULT).
//
//   Report   bytes u32 · — u32 · text, FAULT_BYTES          one for each row of DOMAINS; those of pools stay empty
import { DOMAIN_COUNT } from '../../generated/layout';
import * as sel4 from '../../lib/machine/sel4';
import * as protocol from '../../lib/protocol/supervisor';
import * as out from '../log/output';
import { Instance } from './instances';


@unmanaged
class Report {
  bytes: u32;
  unused: u32;

  get text(): usize {
    return changetype<usize>(this) + offsetof<Report>();
  }
}

const REPORT_BYTES: u32 = offsetof<Report>() + protocol.FAULT_BYTES;
const reports = memory.data(REPORT_BYTES * DOMAIN_COUNT, 8);

function reportOf(i: Instance): Report {
  return changetype<Report>(reports + i.domain * REPORT_BYTES);
}

/** What is written until `end` is the report of this instance. */
export function begin(i: Instance): void {
  if (!i.isWorker) out.copyTo(reportOf(i).text, protocol.FAULT_BYTES);
}

export function end(i: Instance): void {
  const bytes = out.endCopy();
  if (!i.isWorker) reportOf(i).bytes = bytes;
}

/** Moves the report into the message registers; returns how many words the reply has, 0: reports of this one are not kept. */
export function take(i: Instance): u32 {
  if (i.isWorker) return 0;
  const report = reportOf(i);
  sel4.setMr(0, report.bytes);
  const words = (report.bytes + 7) / 8;
  for (let word: u32 = 0; word < words; word++) sel4.setMr(1 + word, load<u64>(report.text + 8 * word));
  return 1 + words;
}

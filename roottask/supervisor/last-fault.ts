// SPDX-License-Identifier: Apache-2.0
// The last fault report of each static domain, for those who ask later (protocol.ts, LAST_FAULT).
//
//   report (FAULT_BYTES + 8)   +0 bytes u32   +8 text
import * as sel4 from '../../lib/machine/sel4';
import * as out from '../log/output';
import * as instances from './instances';
import * as protocol from '../../lib/protocol/supervisor';

const REPORT: u32 = 256 + 8; // protocol.FAULT_BYTES + 8
/** Static domains whose reports are kept: those that stand first in the layout. */
const MAX_DOMAINS: u32 = 64;
const reports = memory.data(16896, 8); // MAX_DOMAINS * REPORT


@inline
function keeps(i: u32): bool {
  return i < MAX_DOMAINS && !instances.isWorker(i);
}

/** What is written until `end` is the report of this instance. */
export function begin(i: u32): void {
  if (keeps(i)) out.copyTo(reports + i * REPORT + 8, protocol.FAULT_BYTES);
}

export function end(i: u32): void {
  const bytes = out.endCopy();
  if (keeps(i)) store<u32>(reports + i * REPORT, bytes);
}

/** Moves the report into the message registers; returns how many words the reply has, 0: reports of this one are not kept. */
export function take(i: u32): u32 {
  if (!keeps(i)) return 0;
  const report = reports + i * REPORT;
  const bytes = load<u32>(report);
  sel4.setMr(0, bytes);
  const words = (bytes + 7) / 8;
  for (let word: u32 = 0; word < words; word++) sel4.setMr(1 + word, load<u64>(report + 8 + 8 * word));
  return 1 + words;
}

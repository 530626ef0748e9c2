// SPDX-License-Identifier: Apache-2.0
// Compares the live capability spaces with the layout: in the CNode of every static domain exactly the slots of the layout are
// occupied, and what can be told apart without asking the kernel for a capability's type is told apart: a capability with
// which a notification may be signalled delivers the badge of the layout to the notification of the layout.
import * as table from '../../generated/layout';
import * as phases from '../boot/phases';
import * as abi from '../../lib/machine/abi';
import * as sel4 from '../../lib/machine/sel4';
import * as out from '../log/output';
import * as cspace from './cspace';
import * as instances from './instances';
import { Instance } from './instances';
import * as layout from './layout';
import * as shared from './shared';

let scratch: u64 = 0;
/** Capabilities that were compared. */
export let verified: u64 = 0;

function mismatch(i: Instance, slot: u64, what: string): void {
  out.text('layout mismatch domain=');
  out.text(layout.domainName(i.domain));
  out.text(' slot=');
  out.dec(slot);
  out.text(' ');
  out.line(what);
  phases.abort('layout', 'capability space differs from the layout');
}

/** Row of CAPS for a slot of the instance, or NO_ROW. */
function rowOf(i: Instance, slot: u64): u32 {
  const first = <u32>i.column(table.DOMAINS_CAP_START);
  const rows = <u32>i.column(table.DOMAINS_CAP_ROWS);
  for (let r = first; r < first + rows; r++) {
    if (layout.cap(r, table.CAPS_SLOT) === slot) return r;
  }
  return NO_ROW;
}
const NO_ROW: u32 = u32.MAX_VALUE;

/** A capability that may signal: do so, and see that the badge arrives where the layout says. */
function checkSignal(i: Instance, slot: u64, row: u32): void {
  const object = <u32>layout.cap(row, table.CAPS_INDEX);
  const isSignal =
    layout.cap(row, table.CAPS_SOURCE) === table.SOURCE_SHARED &&
    layout.shared(object, table.SHARED_KIND) === table.KIND_OBJECT &&
    layout.shared(object, table.SHARED_TYPE) === abi.OBJECT_NOTIFICATION &&
    layout.cap(row, table.CAPS_RIGHTS) === abi.RIGHTS_WRITE;
  if (!isSignal) return;
  sel4.poll(shared.slot(object));
  sel4.signal(scratch);
  if (sel4.poll(shared.slot(object)) !== layout.cap(row, table.CAPS_BADGE)) mismatch(i, slot, 'signals something else');
}

function checkSlot(i: Instance, slot: u64): void {
  const cnode = i.slotOf(table.DOMAINS_CNODE);
  const bits = i.column(table.DOMAINS_CNODE_BITS);
  const row = rowOf(i, slot);
  const present = cspace.copyFrom(scratch, cnode, slot, bits) === abi.ERROR_NONE;
  if (present && row === NO_ROW) mismatch(i, slot, 'is occupied, the layout has nothing there');
  if (!present && row !== NO_ROW) mismatch(i, slot, 'is empty, the layout has a capability there');
  if (!present) return;
  checkSignal(i, slot, row);
  cspace.remove(scratch);
  verified++;
}

/**
 * Checks the domains that were built and not yet launched: nothing is signalled to a thread that runs, and no notification is
 * bound yet, so that the root task can look at each. Prints the result.
 */
export function run(): void {
  scratch = cspace.takeBlock(1);
  for (let n: u32 = 0; n < table.INSTANCE_COUNT; n++) {
    const i = instances.at(n);
    if (i.isWorker) continue;
    const slots = (<u64>1) << i.column(table.DOMAINS_CNODE_BITS);
    for (let slot: u64 = 0; slot < slots; slot++) checkSlot(i, slot);
  }
  out.text('layout verified caps=');
  out.dec(verified);
  out.endLine();
}

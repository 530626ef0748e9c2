// SPDX-License-Identifier: Apache-2.0
// The shared objects of the layout: made once, owned by the root task, outliving the instances that use them.
import * as table from '../../generated/layout';
import * as objects from '../boot/objects';
import * as phases from '../boot/phases';
import * as slots from '../boot/slots';
import * as untyped from '../boot/untyped';
import * as abi from '../../lib/machine/abi';
import * as sel4 from '../../lib/machine/sel4';
import * as layout from './layout';

const MAX_SHARED: u32 = 256;
/** Capability pointer of each object. */
const slotOf = memory.data(8 * MAX_SHARED, 8);

/** Capability pointer of shared object `index`. */
export function slot(index: u32): u64 {
  return load<u64>(slotOf + index * 8);
}

function makeDevice(index: u32): u64 {
  const frame = untyped.deviceFrame(layout.shared(index, table.SHARED_DETAIL));
  if (frame === slots.NO_SLOT) phases.abort('device', untyped.lastErrorName());
  return frame;
}

function makeIrq(index: u32): u64 {
  const handler = slots.allocate();
  const badged = slots.allocate();
  if (handler === slots.NO_SLOT || badged === slots.NO_SLOT) phases.abort('irq', 'no empty slot left');
  const root = abi.CAP_INIT_CNODE;
  const depth = abi.ROOT_DEPTH;
  const edge = layout.shared(index, table.SHARED_DETAIL);
  const irq = layout.shared(index, table.SHARED_BITS);
  objects.check(sel4.irqControlGetTrigger(abi.CAP_IRQ_CONTROL, irq, edge, root, handler, depth), 'irq');
  const events = slot(<u32>layout.shared(index, table.SHARED_SIGNALS_OBJECT));
  const badge = layout.shared(index, table.SHARED_SIGNALS_BADGE);
  objects.check(sel4.cnodeMint(root, badged, depth, root, events, depth, abi.RIGHTS_ALL, badge), 'irq');
  objects.check(sel4.irqHandlerSetNotification(handler, badged), 'irq');
  return handler;
}

/** Makes all of them, in the order of the layout: a notification stands before the interrupt that signals it. */
export function make(): void {
  if (table.SHARED_COUNT > MAX_SHARED) phases.abort('layout', 'more shared objects than the table holds');
  for (let i: u32 = 0; i < table.SHARED_COUNT; i++) {
    let made: u64;
    const kind = layout.shared(i, table.SHARED_KIND);
    if (kind === table.KIND_DEVICE) made = makeDevice(i);
    else if (kind === table.KIND_IRQ) made = makeIrq(i);
    else made = objects.make(layout.shared(i, table.SHARED_TYPE), <u32>layout.shared(i, table.SHARED_BITS), 'shared');
    store<u64>(slotOf + i * 8, made);
  }
}

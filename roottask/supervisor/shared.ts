// SPDX-License-Identifier: Apache-2.0
// The shared objects of the layout: made once, owned by the root task, outliving the instances that use them.
import { SHARED_COUNT } from '../../generated/layout';
import * as objects from '../boot/objects';
import * as phases from '../boot/phases';
import * as slots from '../boot/slots';
import * as untyped from '../boot/untyped';
import * as abi from '../../lib/machine/abi';
import * as sel4 from '../../lib/machine/sel4';
import * as layout from './layout';

const MAX_SHARED: u32 = 256;
const table = memory.data(2048); // MAX_SHARED * 8: capability pointer of each object

/** Capability pointer of shared object `index`. */
export function slot(index: u32): u64 {
  return load<u64>(table + index * 8);
}

function makeDevice(index: u32): u64 {
  const frame = untyped.deviceFrame(layout.sharedDetail(index));
  if (frame === slots.NO_SLOT) phases.abort('device', untyped.lastErrorName());
  return frame;
}

function makeIrq(index: u32): u64 {
  const handler = slots.allocate();
  const badged = slots.allocate();
  if (handler === slots.NO_SLOT || badged === slots.NO_SLOT) phases.abort('irq', 'no empty slot left');
  const root = abi.CAP_INIT_CNODE;
  const depth = abi.ROOT_DEPTH;
  const edge = layout.sharedDetail(index);
  objects.check(
    sel4.irqControlGetTrigger(abi.CAP_IRQ_CONTROL, layout.sharedBits(index), edge, root, handler, depth),
    'irq',
  );
  const events = slot(<u32>layout.signalsObject(index));
  objects.check(
    sel4.cnodeMint(root, badged, depth, root, events, depth, abi.RIGHTS_ALL, layout.signalsBadge(index)),
    'irq',
  );
  objects.check(sel4.irqHandlerSetNotification(handler, badged), 'irq');
  return handler;
}

/** Makes all of them, in the order of the layout: a notification stands before the interrupt that signals it. */
export function make(): void {
  if (SHARED_COUNT > MAX_SHARED) phases.abort('layout', 'more shared objects than the table holds');
  for (let i: u32 = 0; i < SHARED_COUNT; i++) {
    let made: u64;
    const kind = layout.sharedKind(i);
    if (kind === layout.KIND_DEVICE) made = makeDevice(i);
    else if (kind === layout.KIND_IRQ) made = makeIrq(i);
    else made = objects.make(layout.sharedType(i), <u32>layout.sharedBits(i), 'shared');
    store<u64>(table + i * 8, made);
  }
}

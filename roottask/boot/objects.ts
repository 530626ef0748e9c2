// SPDX-License-Identifier: Apache-2.0
// The objects that the root task itself needs: its endpoint, its notification, device pages and interrupt handlers.
// Whatever cannot be had stops the boot with the kernel's reason.
import * as abi from '../../lib/machine/abi';
import { DEVICE_WINDOW, REGION_BYTES } from '../../lib/machine/mmio';
import * as sel4 from '../../lib/machine/sel4';
import * as out from '../log/output';
import * as phases from './phases';
import * as slots from './slots';
import * as untyped from './untyped';

/** Page-table levels below the root of an address space. */
const MAX_TABLES: u32 = 3;

/** A kernel object of fixed size from RAM. */
export function make(objectType: u64, objectBits: u32, what: string): u64 {
  return makeSized(objectType, 0, objectBits, what);
}

/** A kernel object of `objectBits` from RAM; `sizeBits` is what the kernel is told. */
export function makeSized(objectType: u64, sizeBits: u64, objectBits: u32, what: string): u64 {
  const slot = untyped.object(objectType, sizeBits, objectBits);
  if (slot === slots.NO_SLOT) phases.abort(what, untyped.lastErrorName());
  return slot;
}

/** Stops the boot if a kernel call failed. */
export function check(code: u32, what: string): void {
  if (code !== abi.ERROR_NONE) phases.abort(what, abi.errorName(code));
}

/** Maps a frame, with the page tables that are missing; returns an seL4 error code. */
export function mapFrame(frame: u64, vaddr: u64, rights: u64, attributes: u64): u32 {
  for (let tables: u32 = 0; tables <= MAX_TABLES; tables++) {
    const code = sel4.pageMap(frame, abi.CAP_INIT_VSPACE, vaddr, rights, attributes);
    if (code !== abi.ERROR_FAILED_LOOKUP) return code;
    const table = make(abi.OBJECT_PAGE_TABLE, abi.BITS_PAGE_TABLE, 'page table');
    check(sel4.pageTableMap(table, abi.CAP_INIT_VSPACE, vaddr, abi.VM_DEFAULT), 'page table');
  }
  return abi.ERROR_FAILED_LOOKUP;
}

/** Maps the device page at physical address `paddr` as device region `region`; returns its frame's slot. */
export function mapDevice(region: u32, paddr: u64, what: string): u64 {
  const vaddr = DEVICE_WINDOW + region * REGION_BYTES;
  const page = untyped.deviceFrame(paddr);
  if (page === slots.NO_SLOT) phases.abort(what, untyped.lastErrorName());
  check(mapFrame(page, vaddr, abi.RIGHTS_READ_WRITE, abi.VM_DEVICE), what);
  out.text('[vspace:map] ');
  out.text(what);
  out.text(' paddr=');
  out.hex(paddr, 8);
  out.text(' -> vaddr=');
  out.hex(vaddr, 8);
  out.line(' attrs=UNCACHED OK');
  return page;
}

/** Routes interrupt `irq` (level triggered) to `notification` with `badge`; returns the handler's slot. */
export function bindIrq(irq: u64, notification: u64, badge: u64, what: string): u64 {
  const badged = slots.allocate();
  const handler = slots.allocate();
  if (badged === slots.NO_SLOT || handler === slots.NO_SLOT) phases.abort(what, 'no empty slot left');
  const root = abi.CAP_INIT_CNODE;
  const depth = abi.ROOT_DEPTH;
  check(sel4.cnodeMint(root, badged, depth, root, notification, depth, abi.RIGHTS_ALL, badge), what);
  check(sel4.irqControlGetTrigger(abi.CAP_IRQ_CONTROL, irq, 0, root, handler, depth), what);
  check(sel4.irqHandlerSetNotification(handler, badged), what);
  return handler;
}

// The objects that the root task itself needs: its endpoint, its notification, device pages and interrupt handlers.
// Whatever cannot be had stops the boot with the kernel's reason.
import * as abi from '../machine/abi';
import { DEVICE_WINDOW, REGION_BYTES } from '../machine/mmio';
import * as sel4 from '../machine/sel4';
import * as out from '../text/output';
import * as phases from './phases';
import * as slots from './slots';
import * as untyped from './untyped';

/** Page-table levels below the root of an address space. */
const MAX_TABLES: u32 = 3;

/** A kernel object from RAM. */
export function make(objectType: u64, objectBits: u32, what: string): u64 {
  const slot = untyped.object(objectType, objectBits);
  if (slot === slots.NO_SLOT) phases.abort(what, untyped.lastErrorName());
  return slot;
}

function check(code: u32, what: string): void {
  if (code !== abi.ERROR_NONE) phases.abort(what, abi.errorName(code));
}

function mapPage(page: u64, vaddr: u64, what: string): void {
  for (let tables: u32 = 0; tables <= MAX_TABLES; tables++) {
    const code = sel4.pageMap(page, abi.CAP_INIT_VSPACE, vaddr, abi.RIGHTS_READ_WRITE, abi.VM_DEVICE);
    if (code === abi.ERROR_NONE) return;
    if (code !== abi.ERROR_FAILED_LOOKUP) check(code, what);
    const table = make(abi.OBJECT_PAGE_TABLE, abi.BITS_PAGE_TABLE, what);
    check(sel4.pageTableMap(table, abi.CAP_INIT_VSPACE, vaddr, abi.VM_DEFAULT), what);
  }
  phases.abort(what, 'page tables do not reach the page');
}

/** Maps the device page at physical address `paddr` as device region `region`; returns its frame's slot. */
export function mapDevice(region: u32, paddr: u64, what: string): u64 {
  const vaddr = DEVICE_WINDOW + region * REGION_BYTES;
  const page = untyped.devicePage(paddr);
  if (page === slots.NO_SLOT) phases.abort(what, untyped.lastErrorName());
  mapPage(page, vaddr, what);
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

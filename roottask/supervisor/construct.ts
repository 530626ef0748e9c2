// SPDX-License-Identifier: Apache-2.0
// Makes an instance run, and takes it away again. Everything private comes from the instance's untyped in the order of the
// layout; what is shared is copied. A failure leaves nothing behind: the untyped is revoked.
//
//   slot block   private objects | copies for mappings | copies for the root task's own mappings | poke
import * as abi from '../../lib/machine/abi';
import * as sel4 from '../../lib/machine/sel4';
import { archiveFrame } from '../boot/startup';
import * as boot from '../boot/boot';
import * as objects from '../boot/objects';
import * as phases from '../boot/phases';
import * as table from '../../generated/layout';
import * as cspace from './cspace';
import * as domainTable from './domain-table';
import * as states from '../../lib/protocol/states';
import * as instances from './instances';
import { Instance } from './instances';
import * as layout from './layout';
import * as protocol from '../../lib/protocol/supervisor';
import * as shared from './shared';
import * as status from './status';

const FAULT_BADGE: u64 = 1 << 62;
const RPC_BADGE: u64 = 1 << 61;
const GENERATION_SHIFT: u64 = 16;
/** Generations in a fault badge wrap here; the report takes the generation from the table. */
const GENERATION_MASK: u64 = (1 << 40) - 1;
/** The poke's bit in an instance's events. */
const POKE: u64 = 1;
const LINEAR_MEMORY: u64 = 0x100000000;
const PAGE: u64 = 4096;

/** What failed last, for the log. */
export let failedStep: string = '';

function step(code: u32, what: string): bool {
  if (code === abi.ERROR_NONE) return true;
  failedStep = what;
  return false;
}

// ---- once for all ----

/** Gives every instance its untyped memory and its slots, and makes the copies that last. */
export function prepare(): void {
  for (let n: u32 = 0; n < table.INSTANCE_COUNT; n++) {
    const i = instances.at(n);
    const bits = <u32>i.column(table.DOMAINS_UNTYPED_BITS);
    i.untyped = objects.makeSized(abi.OBJECT_UNTYPED, bits, bits, 'instance');
    i.block = cspace.takeBlock(i.column(table.DOMAINS_BLOCK_SLOTS));
    copyLasting(i);
  }
}

/** Kernel objects that a running instance is made of. */
export function objectCount(i: Instance): u64 {
  return privateObjects(i.domain);
}

function privateObjects(d: u32): u64 {
  let count: u64 = 0;
  const start = <u32>layout.domain(d, table.DOMAINS_PRIVATE_START);
  const rows = <u32>layout.domain(d, table.DOMAINS_PRIVATE_ROWS);
  for (let r = start; r < start + rows; r++) count += layout.objects(r, table.PRIVATE_COUNT);
  return count;
}

/** Frames of the archive, of channels and of devices: they are not revoked with the instance. */
function copyLasting(i: Instance): void {
  const d = i.domain;
  let dest = i.block + privateObjects(d);
  const start = <u32>layout.domain(d, table.DOMAINS_MAP_START);
  const rows = <u32>layout.domain(d, table.DOMAINS_MAP_ROWS);
  for (let r = start; r < start + rows; r++) {
    if (layout.map(r, table.MAPS_SOURCE) === table.SOURCE_PRIVATE) continue;
    objects.check(cspace.copy(dest++, lastingFrame(r), abi.RIGHTS_ALL), 'frame copy');
  }
}

function lastingFrame(mapRow: u32): u64 {
  const source = layout.map(mapRow, table.MAPS_SOURCE);
  const index = <u32>layout.map(mapRow, table.MAPS_INDEX);
  if (source === table.SOURCE_SHARED) return shared.slot(index);
  if (source === table.SOURCE_ARCHIVE) return archiveFrame(index);
  if (source !== table.SOURCE_DOMAIN_TABLE) phases.abort('layout', 'a mapping of something that is no frame');
  return domainTable.frame();
}

// ---- start ----

/** Starts an instance with the next generation. False: it did not, and nothing of it is left (see failedStep). */
export function start(i: Instance): bool {
  return build(i) && launch(i);
}

/** Makes the instance's objects, address space and capability space; its thread does not run yet. */
export function build(i: Instance): bool {
  i.generation++;
  domainTable.publish(i);
  if (makeObjects(i) && mapAll(i) && tellDma(i) && giveCapabilities(i)) return true;
  stop(i);
  return false;
}

/** Lets an instance that was built run. */
export function launch(i: Instance): bool {
  if (!startThread(i)) {
    stop(i);
    return false;
  }
  i.state = states.RUNNING;
  i.progressSeen = 0;
  i.poked_ms = 0;
  i.beatsSeen = 0;
  return true;
}

function makeObjects(i: Instance): bool {
  const d = i.domain;
  const first = <u32>layout.domain(d, table.DOMAINS_PRIVATE_START);
  const rows = <u32>layout.domain(d, table.DOMAINS_PRIVATE_ROWS);
  let slot = i.block;
  for (let r = first; r < first + rows; r++) {
    const count = layout.objects(r, table.PRIVATE_COUNT);
    const code = cspace.retype(
      i.untyped,
      layout.objects(r, table.PRIVATE_TYPE),
      layout.objects(r, table.PRIVATE_SIZE_BITS),
      slot,
      count,
    );
    if (!step(code, 'retype')) return false;
    slot += count;
  }
  const vspace = i.slotOf(table.DOMAINS_VSPACE);
  return step(sel4.asidPoolAssign(abi.CAP_INIT_ASID_POOL, vspace), 'asid');
}

function mapAll(i: Instance): bool {
  const d = i.domain;
  const vspace = i.slotOf(table.DOMAINS_VSPACE);
  const first = <u32>layout.domain(d, table.DOMAINS_MAP_START);
  const rows = <u32>layout.domain(d, table.DOMAINS_MAP_ROWS);
  let lasting = i.block + privateObjects(d);
  let rootCopy = lasting + lastingCount(first, rows);
  for (let r = first; r < first + rows; r++) {
    const vaddr = layout.map(r, table.MAPS_VADDR);
    const rights = layout.map(r, table.MAPS_RIGHTS);
    const attributes = layout.map(r, table.MAPS_ATTRIBUTES);
    const isPrivate = layout.map(r, table.MAPS_SOURCE) === table.SOURCE_PRIVATE;
    const slot = isPrivate ? i.privateSlot(layout.map(r, table.MAPS_INDEX)) : lasting++;
    if (rights === 0) {
      if (!step(sel4.pageTableMap(slot, vspace, vaddr, attributes), 'page table')) return false;
      continue;
    }
    // A lasting frame may still be noted as mapped in the address space of the generation before.
    if (!isPrivate && !step(sel4.pageUnmap(slot), 'unmap')) return false;
    if (!step(sel4.pageMap(slot, vspace, vaddr, rights, attributes), 'page')) return false;
    if (layout.map(r, table.MAPS_IN_ROOT_TASK) === 0) continue;
    if (!step(cspace.copy(rootCopy, slot, abi.RIGHTS_ALL), 'status copy')) return false;
    if (!mapStatus(i, rootCopy++)) return false;
  }
  return true;
}

/** A driver needs the physical addresses of its DMA frames: they stand in its status page, in the order of its mappings. */
function tellDma(i: Instance): bool {
  const d = i.domain;
  const first = <u32>layout.domain(d, table.DOMAINS_MAP_START);
  const rows = <u32>layout.domain(d, table.DOMAINS_MAP_ROWS);
  let found: u32 = 0;
  for (let r = first; r < first + rows; r++) {
    if (layout.map(r, table.MAPS_SOURCE) !== table.SOURCE_SHARED) continue;
    const object = <u32>layout.map(r, table.MAPS_INDEX);
    if (layout.shared(object, table.SHARED_KIND) !== table.KIND_DMA) continue;
    const address = sel4.pageGetAddress(shared.slot(object));
    if (address === u64.MAX_VALUE) return step(abi.ERROR_FAILED_LOOKUP, 'DMA address');
    status.setDmaAddress(i, found++, address);
  }
  return true;
}

function lastingCount(first: u32, rows: u32): u64 {
  let count: u64 = 0;
  for (let r = first; r < first + rows; r++) {
    if (layout.map(r, table.MAPS_SOURCE) !== table.SOURCE_PRIVATE) count++;
  }
  return count;
}

function mapStatus(i: Instance, slot: u64): bool {
  const vaddr = LINEAR_MEMORY + table.ROOT_STATUS_OFFSET + <u64>i.number * PAGE;
  return step(objects.mapFrame(slot, vaddr, abi.RIGHTS_READ_WRITE, abi.VM_DATA), 'status page');
}

function badge(i: Instance, kind: u64, value: u64): u64 {
  if (kind === table.BADGE_FAULT) {
    return FAULT_BADGE | ((i.generation & GENERATION_MASK) << GENERATION_SHIFT) | i.number;
  }
  if (kind === table.BADGE_RPC) return RPC_BADGE | i.number;
  return kind === table.BADGE_INSTANCE ? protocol.CLIENT_BADGE | i.number : value;
}

function sourceSlot(i: Instance, source: u64, index: u64): u64 {
  if (source === table.SOURCE_PRIVATE) return i.privateSlot(index);
  if (source === table.SOURCE_SHARED) return shared.slot(<u32>index);
  return boot.rootEndpoint;
}

function giveCapabilities(i: Instance): bool {
  const d = i.domain;
  const cnode = i.slotOf(table.DOMAINS_CNODE);
  const bits = layout.domain(d, table.DOMAINS_CNODE_BITS);
  const first = <u32>layout.domain(d, table.DOMAINS_CAP_START);
  const rows = <u32>layout.domain(d, table.DOMAINS_CAP_ROWS);
  for (let r = first; r < first + rows; r++) {
    const source = sourceSlot(i, layout.cap(r, table.CAPS_SOURCE), layout.cap(r, table.CAPS_INDEX));
    const mark = badge(i, layout.cap(r, table.CAPS_BADGE_KIND), layout.cap(r, table.CAPS_BADGE));
    const slot = layout.cap(r, table.CAPS_SLOT);
    if (!step(cspace.mintInto(cnode, slot, bits, source, layout.cap(r, table.CAPS_RIGHTS), mark), 'capability'))
      return false;
  }
  return true;
}

/** The notification that is the instance's events. */
function events(i: Instance): u64 {
  return sourceSlot(i, i.column(table.DOMAINS_EVENTS_SOURCE), i.column(table.DOMAINS_EVENTS_INDEX));
}

function pokeSlot(i: Instance): u64 {
  return i.block + i.column(table.DOMAINS_BLOCK_SLOTS) - 1;
}

function startThread(i: Instance): bool {
  const d = i.domain;
  const tcb = i.slotOf(table.DOMAINS_TCB);
  const cnode = i.slotOf(table.DOMAINS_CNODE);
  const vspace = i.slotOf(table.DOMAINS_VSPACE);
  const buffer = i.slotOf(table.DOMAINS_IPC_BUFFER);
  const faultSlot = layout.domain(d, table.DOMAINS_FAULT_SLOT);
  const guard = 64 - layout.domain(d, table.DOMAINS_CNODE_BITS);
  if (!step(sel4.tcbConfigure(tcb, faultSlot, cnode, guard, vspace, IPC_BUFFER_VADDR, buffer), 'configure'))
    return false;
  const priority = layout.domain(d, table.DOMAINS_PRIORITY);
  if (!step(sel4.tcbSetSchedParams(tcb, abi.CAP_INIT_TCB, layout.domain(d, table.DOMAINS_MCP), priority), 'priority'))
    return false;
  if (!step(sel4.tcbBindNotification(tcb, events(i)), 'events')) return false;
  cspace.remove(pokeSlot(i));
  if (!step(cspace.mint(pokeSlot(i), events(i), abi.RIGHTS_WRITE, POKE), 'poke')) return false;
  const entry = layout.domain(d, table.DOMAINS_ENTRY);
  const sp = layout.domain(d, table.DOMAINS_STACK_TOP);
  return step(sel4.tcbStart(tcb, entry, sp, i.generation, i.number, 0), 'start');
}

/** Where every domain has its IPC buffer. */
const IPC_BUFFER_VADDR: u64 = 0x1fe000;

// ---- afterwards ----

/** Takes everything private away: threads, capabilities, mappings, memory. Lasting copies stay for the next start. */
export function stop(i: Instance): void {
  cspace.revoke(i.untyped);
  i.state = states.STOPPED;
}

/** Wakes the instance's event loop. */
export function poke(i: Instance): void {
  sel4.signal(pokeSlot(i));
}

export function tcb(i: Instance): u64 {
  return i.slotOf(table.DOMAINS_TCB);
}

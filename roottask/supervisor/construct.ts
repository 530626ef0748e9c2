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
import { INSTANCE_COUNT, ROOT_STATUS_OFFSET } from '../../generated/layout';
import * as cspace from './cspace';
import * as domainTable from './domain-table';
import * as instances from './instances';
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
  for (let i: u32 = 0; i < INSTANCE_COUNT; i++) {
    const bits = <u32>instances.column(i, layout.UNTYPED_BITS);
    instances.setUntyped(i, objects.makeSized(abi.OBJECT_UNTYPED, bits, bits, 'instance'));
    instances.setBlock(i, cspace.takeBlock(instances.column(i, layout.BLOCK_SLOTS)));
    copyLasting(i);
  }
}

/** Kernel objects that a running instance is made of. */
export function objectCount(i: u32): u64 {
  return privateObjects(instances.domain(i));
}

function privateObjects(d: u32): u64 {
  let count: u64 = 0;
  const start = <u32>layout.domain(d, layout.PRIVATE_START);
  const rows = <u32>layout.domain(d, layout.PRIVATE_ROWS);
  for (let r = start; r < start + rows; r++) count += layout.privateCount(r);
  return count;
}

/** Frames of the archive, of channels and of devices: they are not revoked with the instance. */
function copyLasting(i: u32): void {
  const d = instances.domain(i);
  let dest = instances.block(i) + privateObjects(d);
  const start = <u32>layout.domain(d, layout.MAP_START);
  const rows = <u32>layout.domain(d, layout.MAP_ROWS);
  for (let r = start; r < start + rows; r++) {
    if (layout.map(r, layout.MAP_SOURCE) === layout.SOURCE_PRIVATE) continue;
    objects.check(cspace.copy(dest++, lastingFrame(r), abi.RIGHTS_ALL), 'frame copy');
  }
}

function lastingFrame(mapRow: u32): u64 {
  const source = layout.map(mapRow, layout.MAP_SOURCE);
  const index = <u32>layout.map(mapRow, layout.MAP_INDEX);
  if (source === layout.SOURCE_SHARED) return shared.slot(index);
  if (source === layout.SOURCE_ARCHIVE) return archiveFrame(index);
  if (source !== layout.SOURCE_DOMAIN_TABLE) phases.abort('layout', 'a mapping of something that is no frame');
  return domainTable.frame();
}

// ---- start ----

/** Starts an instance with the next generation. False: it did not, and nothing of it is left (see failedStep). */
export function start(i: u32): bool {
  return build(i) && launch(i);
}

/** Makes the instance's objects, address space and capability space; its thread does not run yet. */
export function build(i: u32): bool {
  instances.setGeneration(i, instances.generation(i) + 1);
  domainTable.publish(i, instances.generation(i));
  if (makeObjects(i) && mapAll(i) && tellDma(i) && giveCapabilities(i)) return true;
  stop(i);
  return false;
}

/** Lets an instance that was built run. */
export function launch(i: u32): bool {
  if (!startThread(i)) {
    stop(i);
    return false;
  }
  instances.setState(i, instances.RUNNING);
  instances.setProgressSeen(i, 0);
  instances.setPoked_ms(i, 0);
  instances.setBeatsSeen(i, 0);
  return true;
}

function makeObjects(i: u32): bool {
  const d = instances.domain(i);
  const first = <u32>layout.domain(d, layout.PRIVATE_START);
  const rows = <u32>layout.domain(d, layout.PRIVATE_ROWS);
  let slot = instances.block(i);
  for (let r = first; r < first + rows; r++) {
    const count = layout.privateCount(r);
    const code = cspace.retype(instances.untyped(i), layout.privateType(r), layout.privateSizeBits(r), slot, count);
    if (!step(code, 'retype')) return false;
    slot += count;
  }
  const vspace = instances.privateSlot(i, layout.domain(d, layout.VSPACE));
  return step(sel4.asidPoolAssign(abi.CAP_INIT_ASID_POOL, vspace), 'asid');
}

function mapAll(i: u32): bool {
  const d = instances.domain(i);
  const vspace = instances.privateSlot(i, layout.domain(d, layout.VSPACE));
  const first = <u32>layout.domain(d, layout.MAP_START);
  const rows = <u32>layout.domain(d, layout.MAP_ROWS);
  let lasting = instances.block(i) + privateObjects(d);
  let rootCopy = lasting + lastingCount(first, rows);
  for (let r = first; r < first + rows; r++) {
    const vaddr = layout.map(r, layout.MAP_VADDR);
    const rights = layout.map(r, layout.MAP_RIGHTS);
    const attributes = layout.map(r, layout.MAP_ATTRIBUTES);
    const isPrivate = layout.map(r, layout.MAP_SOURCE) === layout.SOURCE_PRIVATE;
    const slot = isPrivate ? instances.privateSlot(i, layout.map(r, layout.MAP_INDEX)) : lasting++;
    if (rights === 0) {
      if (!step(sel4.pageTableMap(slot, vspace, vaddr, attributes), 'page table')) return false;
      continue;
    }
    // A lasting frame may still be noted as mapped in the address space of the generation before.
    if (!isPrivate && !step(sel4.pageUnmap(slot), 'unmap')) return false;
    if (!step(sel4.pageMap(slot, vspace, vaddr, rights, attributes), 'page')) return false;
    if (layout.map(r, layout.MAP_IN_ROOT_TASK) === 0) continue;
    if (!step(cspace.copy(rootCopy, slot, abi.RIGHTS_ALL), 'status copy')) return false;
    if (!mapStatus(i, rootCopy++)) return false;
  }
  return true;
}

/** A driver needs the physical addresses of its DMA frames: they stand in its status page, in the order of its mappings. */
function tellDma(i: u32): bool {
  const d = instances.domain(i);
  const first = <u32>layout.domain(d, layout.MAP_START);
  const rows = <u32>layout.domain(d, layout.MAP_ROWS);
  let found: u32 = 0;
  for (let r = first; r < first + rows; r++) {
    if (layout.map(r, layout.MAP_SOURCE) !== layout.SOURCE_SHARED) continue;
    const object = <u32>layout.map(r, layout.MAP_INDEX);
    if (layout.sharedKind(object) !== layout.KIND_DMA) continue;
    const address = sel4.pageGetAddress(shared.slot(object));
    if (address === u64.MAX_VALUE) return step(abi.ERROR_FAILED_LOOKUP, 'DMA address');
    status.setDmaAddress(i, found++, address);
  }
  return true;
}

function lastingCount(first: u32, rows: u32): u64 {
  let count: u64 = 0;
  for (let r = first; r < first + rows; r++) {
    if (layout.map(r, layout.MAP_SOURCE) !== layout.SOURCE_PRIVATE) count++;
  }
  return count;
}

function mapStatus(i: u32, slot: u64): bool {
  const vaddr = LINEAR_MEMORY + ROOT_STATUS_OFFSET + <u64>i * PAGE;
  return step(objects.mapFrame(slot, vaddr, abi.RIGHTS_READ_WRITE, abi.VM_DATA), 'status page');
}

function badge(i: u32, kind: u64, value: u64): u64 {
  if (kind === layout.BADGE_FAULT) {
    return FAULT_BADGE | ((instances.generation(i) & GENERATION_MASK) << GENERATION_SHIFT) | i;
  }
  if (kind === layout.BADGE_RPC) return RPC_BADGE | i;
  return kind === layout.BADGE_INSTANCE ? protocol.CLIENT_BADGE | i : value;
}

function sourceSlot(i: u32, source: u64, index: u64): u64 {
  if (source === layout.SOURCE_PRIVATE) return instances.privateSlot(i, index);
  if (source === layout.SOURCE_SHARED) return shared.slot(<u32>index);
  return boot.rootEndpoint;
}

function giveCapabilities(i: u32): bool {
  const d = instances.domain(i);
  const cnode = instances.privateSlot(i, layout.domain(d, layout.CNODE));
  const bits = layout.domain(d, layout.CNODE_BITS);
  const first = <u32>layout.domain(d, layout.CAP_START);
  const rows = <u32>layout.domain(d, layout.CAP_ROWS);
  for (let r = first; r < first + rows; r++) {
    const source = sourceSlot(i, layout.cap(r, layout.CAP_SOURCE), layout.cap(r, layout.CAP_INDEX));
    const mark = badge(i, layout.cap(r, layout.CAP_BADGE_KIND), layout.cap(r, layout.CAP_BADGE));
    const slot = layout.cap(r, layout.CAP_SLOT);
    if (!step(cspace.mintInto(cnode, slot, bits, source, layout.cap(r, layout.CAP_RIGHTS), mark), 'capability'))
      return false;
  }
  return true;
}

/** The notification that is the instance's events. */
function events(i: u32): u64 {
  return sourceSlot(i, instances.column(i, layout.EVENTS_SOURCE), instances.column(i, layout.EVENTS_INDEX));
}

function pokeSlot(i: u32): u64 {
  return instances.block(i) + instances.column(i, layout.BLOCK_SLOTS) - 1;
}

function startThread(i: u32): bool {
  const d = instances.domain(i);
  const tcb = instances.privateSlot(i, layout.domain(d, layout.TCB));
  const cnode = instances.privateSlot(i, layout.domain(d, layout.CNODE));
  const vspace = instances.privateSlot(i, layout.domain(d, layout.VSPACE));
  const buffer = instances.privateSlot(i, layout.domain(d, layout.IPC_BUFFER));
  const faultSlot = layout.domain(d, layout.FAULT_SLOT);
  const guard = 64 - layout.domain(d, layout.CNODE_BITS);
  if (!step(sel4.tcbConfigure(tcb, faultSlot, cnode, guard, vspace, IPC_BUFFER_VADDR, buffer), 'configure'))
    return false;
  const priority = layout.domain(d, layout.PRIORITY);
  if (!step(sel4.tcbSetSchedParams(tcb, abi.CAP_INIT_TCB, layout.domain(d, layout.MCP), priority), 'priority'))
    return false;
  if (!step(sel4.tcbBindNotification(tcb, events(i)), 'events')) return false;
  cspace.remove(pokeSlot(i));
  if (!step(cspace.mint(pokeSlot(i), events(i), abi.RIGHTS_WRITE, POKE), 'poke')) return false;
  const entry = layout.domain(d, layout.ENTRY);
  const sp = layout.domain(d, layout.STACK_TOP);
  return step(sel4.tcbStart(tcb, entry, sp, instances.generation(i), i, 0), 'start');
}

/** Where every domain has its IPC buffer. */
const IPC_BUFFER_VADDR: u64 = 0x1fe000;

// ---- afterwards ----

/** Takes everything private away: threads, capabilities, mappings, memory. Lasting copies stay for the next start. */
export function stop(i: u32): void {
  cspace.revoke(instances.untyped(i));
  instances.setState(i, instances.STOPPED);
}

/** Wakes the instance's event loop. */
export function poke(i: u32): void {
  sel4.signal(pokeSlot(i));
}

export function tcb(i: u32): u64 {
  return instances.privateSlot(i, instances.column(i, layout.TCB));
}

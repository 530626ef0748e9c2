// SPDX-License-Identifier: Apache-2.0
// The root task's capability space, made large enough for the slots of all instances.
//
//   cptr   63 ......... 20 | 19 .. 16 | 15 ............ 0
//          zero            | which    | slot
//                            0: the kernel's root CNode      1: the CNode of the instances' slot blocks
//
// The kernel gives a root CNode of fixed size. A small CNode above it selects between it and a second one, so that all
// capability pointers handed out so far stay what they were. Operations on slots name them by capability pointer.
import * as bootinfo from '../boot/bootinfo';
import * as objects from '../boot/objects';
import * as phases from '../boot/phases';
import * as abi from '../../lib/machine/abi';
import * as sel4 from '../../lib/machine/sel4';
import { faultCap } from '../boot/startup';

const SLOT_FIELD_BITS: u64 = 16;
const TOP_BITS: u64 = 4;
/** Bits of a capability pointer that the top CNode and those below it resolve. */
const DEPTH: u64 = TOP_BITS + SLOT_FIELD_BITS;
const BLOCKS: u64 = 1 << SLOT_FIELD_BITS;

let top: u64 = 0;
let blocksCNode: u64 = 0;
let next: u64 = 0;
let size: u64 = 0;

function must(code: u32): void {
  if (code !== abi.ERROR_NONE) phases.abort('cspace', abi.errorName(code));
}

/** Makes room for `slots` slots. A CNode's guard of n zero bits is the data word n. */
export function grow(slots: u64): void {
  let bits: u64 = 1;
  while ((<u64>1) << bits < slots) bits++;
  if (bits > SLOT_FIELD_BITS) phases.abort('cspace', 'more instance slots than a capability pointer can name');
  top = objects.makeSized(abi.OBJECT_CNODE, TOP_BITS, <u32>TOP_BITS + abi.BITS_SLOT, 'cspace');
  blocksCNode = objects.makeSized(abi.OBJECT_CNODE, bits, <u32>bits + abi.BITS_SLOT, 'cspace');
  const root = abi.CAP_INIT_CNODE;
  const rootGuard = SLOT_FIELD_BITS - bootinfo.cnodeBits;
  const blocksGuard = SLOT_FIELD_BITS - bits;
  must(sel4.cnodeMint(top, 0, TOP_BITS, root, root, abi.ROOT_DEPTH, abi.RIGHTS_ALL, rootGuard));
  must(sel4.cnodeMint(top, 1, TOP_BITS, root, blocksCNode, abi.ROOT_DEPTH, abi.RIGHTS_ALL, blocksGuard));
  must(sel4.tcbSetSpace(abi.CAP_INIT_TCB, faultCap(), top, 64 - DEPTH, abi.CAP_INIT_VSPACE));
  size = (<u64>1) << bits;
}

/** Takes `count` slots in a row; returns the capability pointer of the first. */
export function takeBlock(count: u64): u64 {
  if (next + count > size) phases.abort('cspace', 'instance slots used up');
  const first = BLOCKS + next;
  next += count;
  return first;
}

/** Makes `count` objects in a row of block slots. */
export function retype(untyped: u64, objectType: u64, sizeBits: u64, first: u64, count: u64): u32 {
  return sel4.untypedRetype(untyped, objectType, sizeBits, blocksCNode, 0, 0, first - BLOCKS, count);
}

export function copy(dest: u64, source: u64, rights: u64): u32 {
  return sel4.cnodeCopy(top, dest, DEPTH, top, source, DEPTH, rights);
}

export function mint(dest: u64, source: u64, rights: u64, badge: u64): u32 {
  return sel4.cnodeMint(top, dest, DEPTH, top, source, DEPTH, rights, badge);
}

/** A badged copy into slot `index` of another CNode. */
export function mintInto(cnode: u64, index: u64, bits: u64, source: u64, rights: u64, badge: u64): u32 {
  return sel4.cnodeMint(cnode, index, bits, top, source, DEPTH, rights, badge);
}

/** A copy from slot `index` of another CNode, to look at it. */
export function copyFrom(dest: u64, cnode: u64, index: u64, bits: u64): u32 {
  return sel4.cnodeCopy(top, dest, DEPTH, cnode, index, bits, abi.RIGHTS_ALL);
}

export function remove(slot: u64): u32 {
  return sel4.cnodeDelete(top, slot, DEPTH);
}

export function revoke(slot: u64): u32 {
  return sel4.cnodeRevoke(top, slot, DEPTH);
}

// SPDX-License-Identifier: Apache-2.0
// Untyped memory: which capabilities there are, how much of each is in use, and objects made from them.
//
//   Untyped       paddr u64 · slot u64 · used u64 (bytes) · bits u32 (of its size) · isDevice bool
//   DeviceFrame   paddr u64 · slot u64
//
// The kernel gives out an untyped's memory from its start upwards; `used` mirrors the kernel's mark so that a
// request is only made where it will succeed. To reach a device page in the middle of a device untyped, the memory
// before it is split off as smaller untypeds, which become entries of their own: nothing is lost.
import * as abi from '../../lib/machine/abi';
import { untypedRetype } from '../../lib/machine/sel4';
import { untypedBytes, untypedIndex } from './startup';
import * as bootinfo from './bootinfo';
import * as slots from './slots';

const MAX_UNTYPED_BITS: u32 = 47;


@unmanaged
class Untyped {
  paddr: u64;
  slot: u64;
  used: u64;
  bits: u32;
  isDevice: bool;

  get size(): u64 {
    return (<u64>1) << this.bits;
  }

  /** Physical address of the first byte that is not in use. */
  get next(): u64 {
    return this.paddr + this.used;
  }

  /** What is in use after one more object of that size. */
  usedWith(objectBits: u32): u64 {
    return alignUp(this.used, objectBits) + ((<u64>1) << objectBits);
  }
}

const NO_UNTYPED = changetype<Untyped>(0);


@unmanaged
class DeviceFrame {
  paddr: u64;
  slot: u64;
}

const MAX_ENTRIES: u32 = 320;
const table = memory.data(offsetof<Untyped>() * MAX_ENTRIES, 8);
let entries: u32 = 0;

/** Device frames made so far. */
const MAX_FRAMES: u32 = 64;
const frames = memory.data(offsetof<DeviceFrame>() * MAX_FRAMES, 8);
let deviceFrames: u32 = 0;

/** Objects made so far. */
export let retyped: u32 = 0;
/** Why the last request failed: an seL4 error code, or one of OUT_OF_*. */
export let lastError: u32 = 0;
export const OUT_OF_SLOTS: u32 = 100;
export const OUT_OF_MEMORY: u32 = 101;
export const OUT_OF_ENTRIES: u32 = 102;
export const NO_SUCH_DEVICE: u32 = 103;

function entry(index: u32): Untyped {
  return changetype<Untyped>(table + index * offsetof<Untyped>());
}

function frameAt(index: u32): DeviceFrame {
  return changetype<DeviceFrame>(frames + index * offsetof<DeviceFrame>());
}

function add(base: u64, capability: u64, sizeBits: u32, device: bool, inUse: u64): bool {
  if (entries === MAX_ENTRIES) return false;
  const e = entry(entries++);
  e.paddr = base;
  e.slot = capability;
  e.used = inUse;
  e.bits = sizeBits;
  e.isDevice = device;
  return true;
}

export function init(): void {
  const count = bootinfo.untypedCount();
  for (let i: u32 = 0; i < count; i++) {
    const inUse: u64 = i === untypedIndex() ? untypedBytes() : 0;
    add(
      bootinfo.untypedPaddr(i),
      bootinfo.untypedStart + i,
      bootinfo.untypedBits(i),
      bootinfo.untypedIsDevice(i),
      inUse,
    );
  }
}

/** RAM that is not in use, in bytes. */
export function freeBytes(): u64 {
  let sum: u64 = 0;
  for (let i: u32 = 0; i < entries; i++) {
    const e = entry(i);
    if (!e.isDevice) sum += e.size - e.used;
  }
  return sum;
}

function alignUp(value: u64, sizeBits: u32): u64 {
  const mask = ((<u64>1) << sizeBits) - 1;
  return (value + mask) & ~mask;
}

/** Makes one object of `objectBits` size in the next slot; returns the slot or NO_SLOT (see lastError). */
function retype(e: Untyped, objectType: u64, sizeBits: u64, objectBits: u32): u64 {
  const dest = slots.allocate();
  if (dest === slots.NO_SLOT) {
    lastError = OUT_OF_SLOTS;
    return slots.NO_SLOT;
  }
  const code = untypedRetype(e.slot, objectType, sizeBits, abi.CAP_INIT_CNODE, 0, 0, dest, 1);
  if (code !== abi.ERROR_NONE) {
    lastError = code;
    return slots.NO_SLOT;
  }
  e.used = e.usedWith(objectBits);
  retyped++;
  return dest;
}

/** A kernel object from RAM, from the smallest untyped that has room. */
export function object(objectType: u64, sizeBits: u64, objectBits: u32): u64 {
  let best = NO_UNTYPED;
  for (let i: u32 = 0; i < entries; i++) {
    const e = entry(i);
    if (e.isDevice || e.usedWith(objectBits) > e.size) continue;
    if (best === NO_UNTYPED || e.bits < best.bits) best = e;
  }
  if (best === NO_UNTYPED) {
    lastError = OUT_OF_MEMORY;
    return slots.NO_SLOT;
  }
  return retype(best, objectType, sizeBits, objectBits);
}

function deviceEntry(address: u64): Untyped {
  for (let i: u32 = 0; i < entries; i++) {
    const e = entry(i);
    if (e.isDevice && address >= e.next && address < e.paddr + e.size) return e;
  }
  return NO_UNTYPED;
}

/** Makes the frame of the device page at physical `address` (page aligned). */
function devicePage(address: u64): u64 {
  const e = deviceEntry(address);
  if (e === NO_UNTYPED) {
    lastError = NO_SUCH_DEVICE;
    return slots.NO_SLOT;
  }
  while (e.next < address) {
    const start = e.next;
    // The largest block that starts here, is aligned, and ends at or before the page.
    let blockBits: u32 = start === 0 ? MAX_UNTYPED_BITS : min(<u32>ctz(start), MAX_UNTYPED_BITS);
    while ((<u64>1) << blockBits > address - start) blockBits--;
    const piece = retype(e, abi.OBJECT_UNTYPED, blockBits, blockBits);
    if (piece === slots.NO_SLOT) return piece;
    if (!add(start, piece, blockBits, true, 0)) {
      lastError = OUT_OF_ENTRIES;
      return slots.NO_SLOT;
    }
  }
  return retype(e, abi.OBJECT_SMALL_PAGE, 0, abi.BITS_SMALL_PAGE);
}

/** The frame of a device page: the one that the root task already has, or a new one. */
export function deviceFrame(address: u64): u64 {
  for (let i: u32 = 0; i < deviceFrames; i++) {
    if (frameAt(i).paddr === address) return frameAt(i).slot;
  }
  const frame = devicePage(address);
  if (frame !== slots.NO_SLOT && deviceFrames < MAX_FRAMES) {
    const f = frameAt(deviceFrames++);
    f.paddr = address;
    f.slot = frame;
  }
  return frame;
}

/** Text for `lastError`. */
export function lastErrorName(): string {
  switch (lastError) {
    case OUT_OF_SLOTS:
      return 'no empty slot left';
    case OUT_OF_MEMORY:
      return 'no untyped RAM of that size left';
    case OUT_OF_ENTRIES:
      return 'untyped table full';
    case NO_SUCH_DEVICE:
      return 'no device memory at that address';
    default:
      return abi.errorName(lastError);
  }
}

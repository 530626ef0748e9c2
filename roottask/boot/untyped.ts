// SPDX-License-Identifier: Apache-2.0
// Untyped memory: which capabilities there are, how much of each is in use, and objects made from them.
//
//   entry (32 bytes)   +0 paddr   +8 slot   +16 bytes in use   +24 size bits (u32)   +28 is device (u32)
//
// The kernel gives out an untyped's memory from its start upwards; `bytes in use` mirrors the kernel's mark so that a
// request is only made where it will succeed. To reach a device page in the middle of a device untyped, the memory
// before it is split off as smaller untypeds, which become entries of their own: nothing is lost.
import * as abi from '../../lib/machine/abi';
import { untypedRetype } from '../../lib/machine/sel4';
import { untypedBytes, untypedIndex } from './startup';
import * as bootinfo from './bootinfo';
import * as slots from './slots';

const ENTRY: u32 = 32;
const MAX_UNTYPED_BITS: u32 = 47;
const MAX_ENTRIES: u32 = 320;
const table = memory.data(10240); // MAX_ENTRIES * ENTRY
let entries: u32 = 0;

// Device frames made so far: { u64 paddr, u64 slot }.
const FRAME_ENTRY: u32 = 16;
const MAX_FRAMES: u32 = 64;
const frames = memory.data(1024); // MAX_FRAMES * FRAME_ENTRY
let deviceFrames: u32 = 0;

/** Objects made so far. */
export let retyped: u32 = 0;
/** Why the last request failed: an seL4 error code, or one of OUT_OF_*. */
export let lastError: u32 = 0;
export const OUT_OF_SLOTS: u32 = 100;
export const OUT_OF_MEMORY: u32 = 101;
export const OUT_OF_ENTRIES: u32 = 102;
export const NO_SUCH_DEVICE: u32 = 103;

// @inline functions: field access without a class, so that nothing can allocate.
@inline function paddr(e: usize): u64 {
  return load<u64>(e);
}


@inline function slot(e: usize): u64 {
  return load<u64>(e, 8);
}


@inline function used(e: usize): u64 {
  return load<u64>(e, 16);
}


@inline function bits(e: usize): u32 {
  return load<u32>(e, 24);
}


@inline function isDevice(e: usize): bool {
  return load<u32>(e, 28) !== 0;
}


@inline function entry(index: u32): usize {
  return table + index * ENTRY;
}

function add(base: u64, capability: u64, sizeBits: u32, device: bool, inUse: u64): bool {
  if (entries === MAX_ENTRIES) return false;
  const e = entry(entries++);
  store<u64>(e, base);
  store<u64>(e, capability, 8);
  store<u64>(e, inUse, 16);
  store<u32>(e, sizeBits, 24);
  store<u32>(e, device ? 1 : 0, 28);
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
    if (!isDevice(e)) sum += ((<u64>1) << bits(e)) - used(e);
  }
  return sum;
}

function alignUp(value: u64, sizeBits: u32): u64 {
  const mask = ((<u64>1) << sizeBits) - 1;
  return (value + mask) & ~mask;
}

/** Makes one object of `objectBits` size in the next slot; returns the slot or NO_SLOT (see lastError). */
function retype(e: usize, objectType: u64, sizeBits: u64, objectBits: u32): u64 {
  const dest = slots.allocate();
  if (dest === slots.NO_SLOT) {
    lastError = OUT_OF_SLOTS;
    return slots.NO_SLOT;
  }
  const code = untypedRetype(slot(e), objectType, sizeBits, abi.CAP_INIT_CNODE, 0, 0, dest, 1);
  if (code !== abi.ERROR_NONE) {
    lastError = code;
    return slots.NO_SLOT;
  }
  store<u64>(e, alignUp(used(e), objectBits) + ((<u64>1) << objectBits), 16);
  retyped++;
  return dest;
}

/** A kernel object from RAM, from the smallest untyped that has room. */
export function object(objectType: u64, sizeBits: u64, objectBits: u32): u64 {
  let best: usize = 0;
  for (let i: u32 = 0; i < entries; i++) {
    const e = entry(i);
    if (isDevice(e)) continue;
    if (alignUp(used(e), objectBits) + ((<u64>1) << objectBits) > (<u64>1) << bits(e)) continue;
    if (best === 0 || bits(e) < bits(best)) best = e;
  }
  if (best === 0) {
    lastError = OUT_OF_MEMORY;
    return slots.NO_SLOT;
  }
  return retype(best, objectType, sizeBits, objectBits);
}

function deviceEntry(address: u64): usize {
  for (let i: u32 = 0; i < entries; i++) {
    const e = entry(i);
    if (!isDevice(e)) continue;
    if (address >= paddr(e) + used(e) && address < paddr(e) + ((<u64>1) << bits(e))) return e;
  }
  return 0;
}

/** Makes the frame of the device page at physical `address` (page aligned). */
function devicePage(address: u64): u64 {
  const e = deviceEntry(address);
  if (e === 0) {
    lastError = NO_SUCH_DEVICE;
    return slots.NO_SLOT;
  }
  while (paddr(e) + used(e) < address) {
    const start = paddr(e) + used(e);
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
    const e = frames + i * FRAME_ENTRY;
    if (load<u64>(e) === address) return load<u64>(e, 8);
  }
  const frame = devicePage(address);
  if (frame !== slots.NO_SLOT && deviceFrames < MAX_FRAMES) {
    const e = frames + deviceFrames++ * FRAME_ENTRY;
    store<u64>(e, address);
    store<u64>(e, frame, 8);
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

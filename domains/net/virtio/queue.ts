// SPDX-License-Identifier: Apache-2.0
// A split virtqueue in one page that a device reads and writes, with one buffer of fixed size for each descriptor. The device may
// write anything at any time: what it says is read once and checked, and what makes no sense breaks the queue, nothing else.
//
//   +0     descriptors   SIZE * 16
//   +1024  available     flags u16, index u16, SIZE * u16
//   +2048  used          flags u16, index u16, SIZE * (id u32, length u32)
import { fence, loadAcquire32, storeRelease32 } from '../../../lib/machine/memory';

export const SIZE: u32 = 64;
/** What aligns the used ring in the layout above, for the legacy interface. */
export const ALIGN: u32 = 1024;
const AVAILABLE: u32 = 1024;
const USED: u32 = 2048;
const PAGE: u32 = 4096;
export const BUFFER: u32 = 2048;

const DESCRIPTOR_WRITE: u32 = 2;
const NO_INTERRUPT: u32 = 1;

/** Instead of a descriptor: nothing is there. */
export const NONE: u32 = u32.MAX_VALUE;


@unmanaged
export class Queue {
  /** Linear-memory offset of the ring page, and of the first buffer. */
  ring: u32 = 0;
  buffers: u32 = 0;
  /** Physical addresses of the ring page. */
  ringAddress: u64 = 0;
  deviceWrites: bool = false;
  /** Indices of the driver's side, modulo 2^16. */
  available: u32 = 0;
  used: u32 = 0;
  /** Bit n: the device has descriptor n. */
  lent: u64 = 0;
  /** The device broke the rules; nothing is taken from it until the queue is set up again. */
  broken: bool = false;
  /** Length of the buffer that take() returned. */
  length: u32 = 0;

  /** Sets up an empty queue; `addresses` are the physical addresses of the buffer pages (u64 each). */
  reset(ring: u32, ringAddress: u64, buffers: u32, addresses: usize, deviceWrites: bool): void {
    this.ring = ring;
    this.ringAddress = ringAddress;
    this.buffers = buffers;
    this.deviceWrites = deviceWrites;
    this.available = 0;
    this.used = 0;
    this.lent = 0;
    this.broken = false;
    memory.fill(ring, 0, PAGE);
    for (let n: u32 = 0; n < SIZE; n++) {
      const page = load<u64>(addresses + ((n * BUFFER) / PAGE) * 8);
      const descriptor = ring + n * 16;
      store<u64>(descriptor, page + ((n * BUFFER) & (PAGE - 1)));
      store<u16>(descriptor + 12, <u16>(deviceWrites ? DESCRIPTOR_WRITE : 0));
    }
    this.setInterrupts(deviceWrites);
  }

  availableAddress(): u64 {
    return this.ringAddress + AVAILABLE;
  }

  usedAddress(): u64 {
    return this.ringAddress + USED;
  }

  buffer(n: u32): u32 {
    return this.buffers + n * BUFFER;
  }

  /** Whether the device is to interrupt when it has used a buffer. */
  setInterrupts(on: bool): void {
    this.interrupts = on;
    this.publish();
    // The device's next look at the flag comes after ours at its index.
    fence();
  }
  private interrupts: bool = false;

  private publish(): void {
    const flags = this.interrupts ? 0 : NO_INTERRUPT;
    storeRelease32(this.ring + AVAILABLE, ((this.available & 0xffff) << 16) | flags);
  }

  /** Gives the device buffer `n` of `length` bytes; it sees it at the next notification at the latest. */
  give(n: u32, length: u32): void {
    store<u32>(this.ring + n * 16 + 8, length);
    store<u16>(this.ring + AVAILABLE + 4 + (this.available & (SIZE - 1)) * 2, <u16>n);
    this.lent |= (<u64>1) << n;
    this.available++;
    this.publish();
  }

  /** A buffer that the device is done with, NONE if there is none. Its length is in `length`. */
  take(): u32 {
    if (this.broken) return NONE;
    const index = loadAcquire32(this.ring + USED) >>> 16;
    const waiting = (index - this.used) & 0xffff;
    if (waiting === 0) return NONE;
    const entry = this.ring + USED + 4 + (this.used & (SIZE - 1)) * 8;
    const n = loadAcquire32(entry);
    const length = loadAcquire32(entry + 4);
    const isLent = n < SIZE && ((this.lent >> n) & 1) !== 0;
    if (waiting > SIZE || !isLent || (this.deviceWrites && length > BUFFER)) {
      this.broken = true;
      return NONE;
    }
    this.used++;
    this.lent &= ~((<u64>1) << n);
    this.length = length;
    return n;
  }

  /** A buffer that the driver has, NONE if the device has them all. */
  free(): u32 {
    return this.lent === u64.MAX_VALUE ? NONE : <u32>ctz(~this.lent);
  }
}

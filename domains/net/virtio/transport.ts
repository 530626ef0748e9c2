// SPDX-License-Identifier: Apache-2.0
// One virtio-mmio slot: finding the network device, and the handshake with it, in the modern and the legacy interface.
import { read32, write32 } from '../../../lib/machine/mmio';
import * as queue from './queue';
import { Queue } from './queue';
import * as registers from './registers';

const SLOT_BYTES: u32 = 512;
const SLOTS_PER_PAGE: u32 = 8;
const PAGE_BITS: u32 = 12;
/** How long a reset may take, in looks at the status register. */
const RESET_LOOKS: u32 = 1000;

let region: u32 = 0;
let base: u32 = 0;
/** Whether the device only knows the interface from before virtio 1.0. */
export let isLegacy: bool = false;
/** Feature bits of the low word that were agreed on. */
let features: u32 = 0;
/** Those that the driver has a use for. */
const WANTED: u32 = registers.FEATURE_MAC | registers.FEATURE_CHECKSUM | registers.FEATURE_GUEST_CHECKSUM;

function read(register: u32): u32 {
  return read32(region, base + register);
}

function write(register: u32, value: u32): void {
  write32(region, base + register, value);
}

function write64(register: u32, value: u64): void {
  write(register, <u32>value);
  write(register + 4, <u32>(value >> 32));
}

/** Whether slot `n` of the pages from region `first` on holds a network device; it is then the one that is meant below. */
export function select(first: u32, n: u32): bool {
  region = first + n / SLOTS_PER_PAGE;
  base = (n % SLOTS_PER_PAGE) * SLOT_BYTES;
  if (read(registers.MAGIC) !== registers.MAGIC_VALUE) return false;
  const version = read(registers.VERSION);
  isLegacy = version === registers.VERSION_LEGACY;
  return (isLegacy || version === registers.VERSION_MODERN) && read(registers.DEVICE_ID) === registers.DEVICE_NETWORK;
}

/** Resets the device: it forgets its queues, and does not touch memory any more. */
export function reset(): bool {
  write(registers.STATUS, 0);
  for (let look: u32 = 0; look < RESET_LOOKS; look++) if (read(registers.STATUS) === 0) return true;
  return false;
}

function addStatus(bit: u32): void {
  write(registers.STATUS, read(registers.STATUS) | bit);
}

/** Agrees on the features; false: the device wants what the driver does not have. */
export function negotiate(): bool {
  addStatus(registers.STATUS_ACKNOWLEDGE);
  addStatus(registers.STATUS_DRIVER);
  write(registers.DEVICE_FEATURES_SELECT, 0);
  features = read(registers.DEVICE_FEATURES) & WANTED;
  write(registers.DRIVER_FEATURES_SELECT, 0);
  write(registers.DRIVER_FEATURES, features);
  if (isLegacy) {
    write(registers.GUEST_PAGE_SIZE, 1 << PAGE_BITS);
    return true;
  }
  write(registers.DEVICE_FEATURES_SELECT, 1);
  if ((read(registers.DEVICE_FEATURES) & registers.FEATURE_HIGH_VERSION_1) === 0) return false;
  write(registers.DRIVER_FEATURES_SELECT, 1);
  write(registers.DRIVER_FEATURES, registers.FEATURE_HIGH_VERSION_1);
  addStatus(registers.STATUS_FEATURES_OK);
  return (read(registers.STATUS) & registers.STATUS_FEATURES_OK) !== 0;
}

/** Whether the feature was agreed on. */
export function has(feature: u32): bool {
  return (features & feature) !== 0;
}

/** Tells the device where queue `n` is. */
export function attach(n: u32, q: Queue): bool {
  write(registers.QUEUE_SELECT, n);
  if (read(registers.QUEUE_SIZE_MAX) < queue.SIZE) return false;
  write(registers.QUEUE_SIZE, queue.SIZE);
  if (isLegacy) {
    write(registers.QUEUE_ALIGN, queue.ALIGN);
    write(registers.QUEUE_PFN, <u32>(q.ringAddress >> PAGE_BITS));
    return true;
  }
  write64(registers.QUEUE_DESCRIPTORS, q.ringAddress);
  write64(registers.QUEUE_AVAILABLE, q.availableAddress());
  write64(registers.QUEUE_USED, q.usedAddress());
  write(registers.QUEUE_READY, 1);
  return true;
}

export function run(): void {
  addStatus(registers.STATUS_DRIVER_OK);
}

export function giveUp(): void {
  addStatus(registers.STATUS_FAILED);
}

export function notify(n: u32): void {
  write(registers.QUEUE_NOTIFY, n);
}

/** Takes back the interrupt; returns why there was one. */
export function acknowledge(): u32 {
  const status = read(registers.INTERRUPT_STATUS);
  if (status !== 0) write(registers.INTERRUPT_ACK, status);
  return status;
}

/** The device's address: six bytes, the first one lowest. */
export function mac(): u64 {
  const low = <u64>read(registers.CONFIG);
  return low | (((<u64>read(registers.CONFIG + 4)) & 0xffff) << 32);
}

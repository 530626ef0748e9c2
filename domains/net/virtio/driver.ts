// SPDX-License-Identifier: Apache-2.0
// The virtio network card of the net domain: frames in and out, counters, and a new start when the device breaks the rules.
//
// DMA frames: page 0 ring of queue 0 (receive), page 1 ring of queue 1 (transmit), then the buffers of either, two a page.
// A frame stands behind a header, which is zero and not read unless the card takes part in checksums (checksum.ts).
import { dmaAddress } from '../../../lib/machine/domain';
import { fence } from '../../../lib/machine/memory';
import * as checksum from './checksum';
import * as queue from './queue';
import { Queue } from './queue';
import * as registers from './registers';
import * as transport from './transport';

const RECEIVE: u32 = 0;
const TRANSMIT: u32 = 1;
const PAGE: u32 = 4096;
const BUFFER_PAGES: u32 = (queue.SIZE * queue.BUFFER) / PAGE;
/** Bytes of DMA memory that the driver needs. */
export const DMA_BYTES: u32 = (2 + 2 * BUFFER_PAGES) * PAGE;
const HEADER_LEGACY: u32 = 10;
const HEADER_MODERN: u32 = 12;
/** Shortest and longest frame without checksum. */
const FRAME_MIN: u32 = 14;
const FRAME_MAX: u32 = 1514;
const SLOTS: u32 = 32;
/** Time before a device that broke the rules is tried again. */
const RETRY_MS: u64 = 1000;

const addresses = memory.data(512); // physical address of each buffer page
const receiveQueue = new Queue();
const transmitQueue = new Queue();

export const ABSENT: u32 = 0;
export const RUNNING: u32 = 1;
export const FAILED: u32 = 2;
export let state: u32 = ABSENT;

/** Slot of the device. */
export let slot: u32 = 0;
export let mac: u64 = 0;
let dma: u32 = 0;
let headerBytes: u32 = HEADER_MODERN;
/** The card completes checksums, and says of received ones that there is nothing to check. */
let completesChecksums: bool = false;
let verifiesChecksums: bool = false;
let retry_ms: u64 = 0;
let pending: u32 = queue.NONE;
/** A frame found no room: the next free buffer is to be told. */
let starved: bool = false;

export let receivedFrames: u64 = 0;
export let receivedBytes: u64 = 0;
export let transmittedFrames: u64 = 0;
export let transmittedBytes: u64 = 0;
export let interrupts: u64 = 0;
/** Buffers that the card has taken frames from. */
export let completedFrames: u64 = 0;
/** Frames without a byte, which are not sent. */
export let emptyFrames: u64 = 0;
/** Frames of impossible length. */
export let badFrames: u64 = 0;
/** Frames for which there was no buffer. */
export let fullTransmits: u64 = 0;
/** How often the device broke the rules and was reset. */
export let failures: u64 = 0;
/** Frames whose checksum the card was to complete, and received ones that were taken without a check. */
export let completedChecksums: u64 = 0;
export let verifiedChecksums: u64 = 0;

/** Looks for the device in 32 slots of which the first is in `region`; starts it with the DMA memory at `dmaOffset`. */
export function start(region: u32, dmaOffset: u32): bool {
  dma = dmaOffset;
  for (let n: u32 = 0; n < SLOTS; n++) {
    if (!transport.select(region, n)) continue;
    slot = n;
    state = FAILED;
    if (!bringUp()) return false;
    leavesChecksums = completesChecksums;
    return true;
  }
  return false;
}

/**
 * The stack leaves checksums of TCP and UDP to the driver. That stays so when the card was reset: if it does not complete them any more, the
 * driver does.
 */
export let leavesChecksums: bool = false;

/** From reset to running. */
function bringUp(): bool {
  if (!transport.reset()) return false;
  if (!transport.negotiate()) {
    transport.giveUp();
    return false;
  }
  headerBytes = transport.isLegacy ? HEADER_LEGACY : HEADER_MODERN;
  completesChecksums = transport.has(registers.FEATURE_CHECKSUM);
  verifiesChecksums = transport.has(registers.FEATURE_GUEST_CHECKSUM);
  mac = transport.mac();
  setUp(receiveQueue, RECEIVE, true);
  setUp(transmitQueue, TRANSMIT, false);
  if (!transport.attach(RECEIVE, receiveQueue) || !transport.attach(TRANSMIT, transmitQueue)) {
    transport.giveUp();
    return false;
  }
  for (let n: u32 = 0; n < queue.SIZE; n++) receiveQueue.give(n, queue.BUFFER);
  transport.run();
  fence();
  transport.notify(RECEIVE);
  state = RUNNING;
  return true;
}

function setUp(q: Queue, index: u32, deviceWrites: bool): void {
  const firstPage = 2 + index * BUFFER_PAGES;
  for (let n: u32 = 0; n < BUFFER_PAGES; n++) store<u64>(addresses + n * 8, dmaAddress(firstPage + n));
  q.reset(dma + index * PAGE, dmaAddress(index), dma + firstPage * PAGE, addresses, deviceWrites);
}

/** The device said what cannot be: it is reset, and tried again later. */
function fail(now_ms: u64): void {
  failures++;
  state = FAILED;
  pending = queue.NONE;
  retry_ms = now_ms + RETRY_MS;
  transport.reset();
}

/** Call on an interrupt, before frames are taken: a frame that comes later interrupts again. */
export function acknowledge(): void {
  interrupts++;
  transport.acknowledge();
}

/** Gives up on a device that breaks the rules, and tries one again that did. */
export function check(now_ms: u64): void {
  if (state === RUNNING) reclaim();
  if (state === RUNNING && (receiveQueue.broken || transmitQueue.broken)) fail(now_ms);
  else if (state === FAILED && now_ms >= retry_ms) {
    if (!bringUp()) retry_ms = now_ms + RETRY_MS;
  }
}

let taken: u32 = queue.NONE;
/** Length of the frame that receive() returned, and whether the card has seen to its checksum. */
export let frameBytes: u32 = 0;
export let isVerified: bool = false;

/** Offset of the next frame that has arrived, 0 if there is none. It stays until release(). */
export function receive(): u32 {
  if (state !== RUNNING) return 0;
  let n: u32;
  while ((n = receiveQueue.take()) !== queue.NONE) {
    taken = n;
    frameBytes = receiveQueue.length - headerBytes;
    if (receiveQueue.length >= headerBytes + FRAME_MIN && frameBytes <= FRAME_MAX) {
      receivedFrames++;
      receivedBytes += frameBytes;
      const header = receiveQueue.buffer(n);
      isVerified = verifiesChecksums && checksum.isVerified(header, header + headerBytes, frameBytes);
      if (isVerified) verifiedChecksums++;
      return header + headerBytes;
    }
    badFrames++;
    release();
  }
  return 0;
}

/** Gives the buffer of the last frame back to the device. */
export function release(): void {
  receiveQueue.give(taken, queue.BUFFER);
}

/** Call after frames were released. */
export function replenish(): void {
  if (state !== RUNNING) return;
  fence();
  transport.notify(RECEIVE);
}

/** Offset where a frame of `size` bytes is to be put, 0 if there is no room. */
export function transmitBuffer(size: u32): u32 {
  if (state !== RUNNING || size > FRAME_MAX) return 0;
  reclaim();
  pending = transmitQueue.free();
  if (pending === queue.NONE) {
    fullTransmits++;
    starved = true;
    transmitQueue.setInterrupts(true);
    return 0;
  }
  const buffer = transmitQueue.buffer(pending);
  memory.fill(buffer, 0, headerBytes);
  return buffer + headerBytes;
}

/** Sends the frame that stands in the buffer from transmitBuffer(); flush() tells the device. */
export function transmitCommit(size: u32): void {
  if (pending === queue.NONE) return;
  if (size === 0) {
    emptyFrames++;
    return;
  }
  if (leavesChecksums) {
    const header = transmitQueue.buffer(pending);
    if (checksum.complete(header, header + headerBytes, size, completesChecksums)) completedChecksums++;
  }
  transmitQueue.give(pending, headerBytes + size);
  pending = queue.NONE;
  transmittedFrames++;
  transmittedBytes += size;
  unsent = true;
}
let unsent: bool = false;

/** Tells the device of frames that were committed. */
export function flush(): void {
  if (!unsent) return;
  unsent = false;
  if (state !== RUNNING) return;
  fence();
  transport.notify(TRANSMIT);
}

function reclaim(): void {
  while (transmitQueue.take() !== queue.NONE) completedFrames++;
}

/** Of the card's buffers to send: those that the driver has, and those that the card has. */
export function freeBuffers(): u32 {
  return state === RUNNING ? queue.SIZE - lentBuffers() : 0;
}

export function lentBuffers(): u32 {
  return state === RUNNING ? <u32>popcnt(transmitQueue.lent) : 0;
}

export function isLegacy(): bool {
  return state !== ABSENT && transport.isLegacy;
}

/** Whether frames were refused for want of a buffer and there are some now. */
export function hasRoomAgain(): bool {
  if (!starved || state !== RUNNING) return false;
  reclaim();
  if (transmitQueue.free() === queue.NONE) return false;
  starved = false;
  transmitQueue.setInterrupts(false);
  return true;
}

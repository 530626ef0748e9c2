// SPDX-License-Identifier: Apache-2.0
// Devices and their telemetry segments: what hosts push to the queen.
//
//   device    +0 name bytes u32 · +4 last segment number u32 · +8 segments u32 · +12 bytes u32 · +16 name[64]
//             then SEGMENTS_PER_DEVICE segments, oldest first
//   segment   +0 number u32 · +4 bytes u32 · +8 slot u32 · +12 kind u32 · +16 last seq u64 · +24 reference end u64
//             +32 references u32
//   slots     SEGMENT_BYTES of content for each segment of each device
import { DEVICE_BYTES, DEVICE_NAME_BYTES, MAX_DEVICES, SEGMENT_BYTES, evictsOldest } from '../../../limits';
import { SEGMENTS_PER_DEVICE } from '../../../limits';
import { hasControl, same } from '../../../../lib/text/slice';
import * as errors from '../../../wire/errors';
import * as full from '../../../full';

const SEGMENT_HEADER: u32 = 40;
const DEVICE_HEADER: u32 = 16 + DEVICE_NAME_BYTES;
const DEVICE_RECORD: u32 = DEVICE_HEADER + SEGMENTS_PER_DEVICE * SEGMENT_HEADER;
const devices = memory.data(MAX_DEVICES * DEVICE_RECORD, 8);
// One byte more: a place without bytes is none, and quotas may be 0.
const content = memory.data(MAX_DEVICES * SEGMENTS_PER_DEVICE * SEGMENT_BYTES + 1);
export let deviceCount: u32 = 0;

/** What a segment holds; its first record decides. */
export const EMPTY: u32 = 0;
export const INLINE: u32 = 1;
export const REFERENCES: u32 = 2;


@inline
function device(index: u32): usize {
  return devices + index * DEVICE_RECORD;
}


@inline
function segment(index: u32, position: u32): usize {
  return device(index) + DEVICE_HEADER + position * SEGMENT_HEADER;
}

export function nameStart(index: u32): usize {
  return device(index) + 16;
}

export function nameBytes(index: u32): u32 {
  return load<u32>(device(index));
}

export function lastNumber(index: u32): u32 {
  return load<u32>(device(index), 4);
}

export function segments(index: u32): u32 {
  return load<u32>(device(index), 8);
}

function total(index: u32): u32 {
  return load<u32>(device(index), 12);
}

/** Index of the device with this name, made if there is none; MAX_DEVICES: no room for it, or no name for a device. */
export function findDevice(name: usize, bytes: u32): u32 {
  for (let i: u32 = 0; i < deviceCount; i++) {
    if (same(nameStart(i), nameBytes(i), name, bytes)) return i;
  }
  if (bytes > DEVICE_NAME_BYTES || hasControl(name, bytes)) return MAX_DEVICES;
  if (deviceCount === MAX_DEVICES) {
    full.count(full.DEVICES);
    return MAX_DEVICES;
  }
  const index = deviceCount++;
  store<u32>(device(index), bytes);
  memory.copy(nameStart(index), name, bytes);
  return index;
}

/** The segment with this number, or 0. */
export function find(index: u32, number: u32): usize {
  for (let i: u32 = 0; i < segments(index); i++) {
    if (load<u32>(segment(index, i)) === number) return segment(index, i);
  }
  return 0;
}

/** Number of the first segment behind `number`, or 0. */
export function after(index: u32, number: u32): u32 {
  for (let i: u32 = 0; i < segments(index); i++) {
    const candidate = load<u32>(segment(index, i));
    if (candidate > number) return candidate;
  }
  return 0;
}

export function bytes(s: usize): u32 {
  return load<u32>(s, 4);
}

export function kind(s: usize): u32 {
  return load<u32>(s, 12);
}

export function lastSeq(s: usize): u64 {
  return load<u64>(s, 16);
}

export function referenceEnd(s: usize): u64 {
  return load<u64>(s, 24);
}

export function references(s: usize): u32 {
  return load<u32>(s, 32);
}

/** Notes what the records that are about to be appended make of the segment. */
export function setKind(s: usize, kindOf: u32, seq: u64, end: u64, count: u32): void {
  store<u32>(s, kindOf, 12);
  store<u64>(s, seq, 16);
  store<u64>(s, end, 24);
  store<u32>(s, count, 32);
}

function slotOf(index: u32, slot: u32): usize {
  return content + (index * SEGMENTS_PER_DEVICE + slot) * SEGMENT_BYTES;
}

/** Content of a segment of the device. */
export function data(index: u32, s: usize): usize {
  return slotOf(index, load<u32>(s, 8));
}

/** Removes the segment at a position. */
function evict(index: u32, position: u32): void {
  const d = device(index);
  store<u32>(d, total(index) - bytes(segment(index, position)), 12);
  const behind = segments(index) - position - 1;
  memory.copy(segment(index, position), segment(index, position + 1), behind * SEGMENT_HEADER);
  store<u32>(d, segments(index) - 1, 8);
}

/** A slot that no segment uses. */
function freeSlot(index: u32): u32 {
  let used: u32 = 0;
  for (let i: u32 = 0; i < segments(index); i++) used |= 1 << load<u32>(segment(index, i), 8);
  return <u32>ctz<u32>(~used);
}

/** Whether the device may get this many segments more. */
export function checkSegments(index: u32, more: u32): u32 {
  if (evictsOldest() || segments(index) + more <= SEGMENTS_PER_DEVICE) return errors.NONE;
  return errors.fail(errors.QUOTA, 'telemetry segment quota exceeded');
}

/** Adds a segment to the device; checkSegments() said that it may. */
export function create(index: u32): void {
  if (segments(index) === SEGMENTS_PER_DEVICE) evict(index, 0);
  const slot = freeSlot(index);
  const s = segment(index, segments(index));
  memory.fill(s, 0, SEGMENT_HEADER);
  const number = lastNumber(index) + 1;
  store<u32>(device(index), number, 4);
  store<u32>(device(index), segments(index) + 1, 8);
  store<u32>(s, number);
  store<u32>(s, slot, 8);
}

/** Makes room for `size` bytes in segment `number`, which exists; older segments may go, unless that is not enough. */
export function reserve(index: u32, number: u32, size: u32): u32 {
  const grown = bytes(find(index, number)) + size;
  if (grown > SEGMENT_BYTES) return errors.fail(errors.QUOTA, 'telemetry segment quota exceeded');
  if (grown > DEVICE_BYTES) return errors.fail(errors.QUOTA, 'telemetry segment size quota exceeded');
  if (total(index) + size > DEVICE_BYTES && !evictsOldest()) {
    return errors.fail(errors.QUOTA, 'telemetry total byte quota exceeded');
  }
  let position: u32 = 0;
  while (total(index) + size > DEVICE_BYTES && position < segments(index)) {
    if (load<u32>(segment(index, position)) === number) position++;
    else evict(index, position);
  }
  return errors.NONE;
}

/** Appends to segment `number` what reserve() made room for. */
export function append(index: u32, number: u32, start: usize, size: u32): void {
  const s = find(index, number);
  memory.copy(data(index, s) + bytes(s), start, size);
  store<u32>(s, bytes(s) + size, 4);
  store<u32>(device(index), total(index) + size, 12);
}

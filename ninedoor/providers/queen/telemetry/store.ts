// SPDX-License-Identifier: Apache-2.0
// Devices and their telemetry segments: what hosts push to the queen.
//
//   Device    nameBytes u32 · lastNumber u32 · count u32 · bytes u32 · name[DEVICE_NAME_BYTES] · SEGMENTS_PER_DEVICE Segments
//   Segment   number u32 · bytes u32 · content u32 · kind u32 · references u32 · lastSeq u64 · referenceEnd u64
//
//   lastNumber: of the newest segment there ever was · bytes: of all segments together
//   The first `count` Segments are there, oldest first; the others only have their content, SEGMENT_BYTES, which is theirs to keep.
//   An eviction moves Segments: whoever holds one looks for it again.
import { DEVICE_BYTES, DEVICE_NAME_BYTES, MAX_DEVICES, SEGMENT_BYTES, evictsOldest } from '../../../limits';
import { SEGMENTS_PER_DEVICE } from '../../../limits';
import * as tickets from '../../../../lib/protocol/tickets';
import { hasControl } from '../../../../lib/text/printable';
import { compare, same } from '../../../../lib/text/slice';
import * as errors from '../../../wire/errors';
import * as full from '../../../full';

/** What a segment holds; its first record decides. */
export const EMPTY: u32 = 0;
export const INLINE: u32 = 1;
export const REFERENCES: u32 = 2;


@unmanaged
export class Segment {
  number: u32;
  bytes: u32;
  content: usize;
  kind: u32;
  references: u32;
  lastSeq: u64;
  referenceEnd: u64;

  clear(): void {
    this.number = 0;
    this.bytes = 0;
    this.kind = EMPTY;
    this.lastSeq = 0;
    this.referenceEnd = 0;
    this.references = 0;
  }
}

export const NO_SEGMENT = changetype<Segment>(0);


@unmanaged
export class Device {
  nameBytes: u32;
  lastNumber: u32;
  count: u32;
  bytes: u32;

  get name(): usize {
    return changetype<usize>(this) + offsetof<Device>();
  }

  /** The key of the device's place in the tree. */
  get key(): u32 {
    return <u32>(changetype<usize>(this) - devices) / RECORD_BYTES;
  }

  private at(position: u32): Segment {
    return changetype<Segment>(this.name + DEVICE_NAME_BYTES + position * offsetof<Segment>());
  }

  compareName(name: usize, bytes: u32): i32 {
    return compare(this.name, this.nameBytes, name, bytes);
  }

  /** Makes the record that of a new device. */
  start(name: usize, bytes: u32): void {
    this.nameBytes = bytes;
    memory.copy(this.name, name, bytes);
    const first = contents + this.key * SEGMENTS_PER_DEVICE * SEGMENT_BYTES;
    for (let i: u32 = 0; i < SEGMENTS_PER_DEVICE; i++) this.at(i).content = first + i * SEGMENT_BYTES;
  }

  /** The segment with this number, or NO_SEGMENT. */
  find(number: u32): Segment {
    for (let i: u32 = 0; i < this.count; i++) {
      if (this.at(i).number === number) return this.at(i);
    }
    return NO_SEGMENT;
  }

  /** Number of the first segment behind `number`, or 0. */
  after(number: u32): u32 {
    for (let i: u32 = 0; i < this.count; i++) {
      const candidate = this.at(i).number;
      if (candidate > number) return candidate;
    }
    return 0;
  }

  /** Removes the segment at a position: its record, with its content, becomes the last that is free. */
  private evict(position: u32): void {
    const gone = this.at(position);
    const content = gone.content;
    this.bytes -= gone.bytes;
    this.count--;
    const next = changetype<usize>(gone) + offsetof<Segment>();
    memory.copy(changetype<usize>(gone), next, (this.count - position) * offsetof<Segment>());
    this.at(this.count).content = content;
  }

  /** Whether there may be this many segments more. */
  checkSegments(more: u32): u32 {
    if (evictsOldest() || this.count + more <= SEGMENTS_PER_DEVICE) return errors.NONE;
    return errors.fail(errors.QUOTA, 'telemetry segment quota exceeded');
  }

  /** Adds a segment; checkSegments() said that it may. */
  create(): void {
    if (this.count === SEGMENTS_PER_DEVICE) this.evict(0);
    const made = this.at(this.count++);
    made.clear();
    made.number = ++this.lastNumber;
  }

  /** Makes room for `size` bytes in segment `number`, which exists; older segments may go, unless that is not enough. */
  reserve(number: u32, size: u32): u32 {
    const grown = this.find(number).bytes + size;
    if (grown > SEGMENT_BYTES) return errors.fail(errors.QUOTA, 'telemetry segment quota exceeded');
    if (grown > DEVICE_BYTES) return errors.fail(errors.QUOTA, 'telemetry segment size quota exceeded');
    if (this.bytes + size > DEVICE_BYTES && !evictsOldest()) {
      return errors.fail(errors.QUOTA, 'telemetry total byte quota exceeded');
    }
    let position: u32 = 0;
    while (this.bytes + size > DEVICE_BYTES && position < this.count) {
      if (this.at(position).number === number) position++;
      else this.evict(position);
    }
    return errors.NONE;
  }

  /** Appends to a segment what reserve() made room for. */
  append(segment: Segment, start: usize, size: u32): void {
    memory.copy(segment.content + segment.bytes, start, size);
    segment.bytes += size;
    this.bytes += size;
  }
}

export const NO_DEVICE = changetype<Device>(0);

const RECORD_BYTES: u32 = offsetof<Device>() + DEVICE_NAME_BYTES + SEGMENTS_PER_DEVICE * offsetof<Segment>();
const devices = memory.data(MAX_DEVICES * RECORD_BYTES, 8);
// One byte more: a place without bytes is none, and quotas may be 0.
const contents = memory.data(MAX_DEVICES * SEGMENTS_PER_DEVICE * SEGMENT_BYTES + 1);
export let deviceCount: u32 = 0;

/** The device that a place's key names. */
export function device(key: u32): Device {
  return changetype<Device>(devices + key * RECORD_BYTES);
}

/** The device with this name, made if there is none; NO_DEVICE: no room for it, or no name for a device. */
export function findDevice(name: usize, bytes: u32): Device {
  for (let i: u32 = 0; i < deviceCount; i++) {
    if (same(device(i).name, device(i).nameBytes, name, bytes)) return device(i);
  }
  if (bytes > DEVICE_NAME_BYTES || hasControl(name, bytes) || tickets.contains(name, bytes)) return NO_DEVICE;
  if (deviceCount === MAX_DEVICES) {
    full.count(full.DEVICES);
    return NO_DEVICE;
  }
  const made = device(deviceCount++);
  made.start(name, bytes);
  return made;
}

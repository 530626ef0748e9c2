// SPDX-License-Identifier: Apache-2.0
// Devices and their telemetry segments: what hosts push to the queen.
//
//   Device    key u32 · lastUse u32 · nameBytes u32 · lastNumber u32 · count u32 · bytes u32 · name[DEVICE_NAME_BYTES] · SEGMENTS_PER_DEVICE Segments
//   Segment   number u32 · bytes u32 · content u32 · kind u32 · references u32 · lastSeq u64 · referenceEnd u64
//
//   key: place in the table + MAX_DEVICES × how often another device made room there · lastUse: larger is later
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
  /** The key of the device's place in the tree. */
  key: u32;
  lastUse: u32;
  nameBytes: u32;
  lastNumber: u32;
  count: u32;
  bytes: u32;

  get name(): usize {
    return changetype<usize>(this) + offsetof<Device>();
  }

  private at(position: u32): Segment {
    return changetype<Segment>(this.name + DEVICE_NAME_BYTES + position * offsetof<Segment>());
  }

  compareName(name: usize, bytes: u32): i32 {
    return compare(this.name, this.nameBytes, name, bytes);
  }

  /** Makes the record, which has no segments, that of a new device. */
  start(key: u32, name: usize, bytes: u32): void {
    this.key = key;
    this.nameBytes = bytes;
    this.lastNumber = 0;
    memory.copy(this.name, name, bytes);
    const first = contents + (key % MAX_DEVICES) * SEGMENTS_PER_DEVICE * SEGMENT_BYTES;
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
let uses: u32 = 0;
/** Behind it generations begin anew: the largest numbers are no keys (namespace/node.ts). */
const LAST_KEY: u32 = u32.MAX_VALUE >> 1;

/** Stands for each device that made room for another: it has no segments, and takes none. */
export const GONE = changetype<Device>(memory.data(RECORD_BYTES, 8));

/** A device of the table. */
export function at(index: u32): Device {
  return changetype<Device>(devices + index * RECORD_BYTES);
}

/** The device that a place's key names, or GONE. */
export function device(key: u32): Device {
  const now = at(key % MAX_DEVICES);
  return now.key === key ? now : GONE;
}

/** The device with this name, or NO_DEVICE. */
export function find(name: usize, bytes: u32): Device {
  for (let i: u32 = 0; i < deviceCount; i++) {
    const known = at(i);
    if (!same(known.name, known.nameBytes, name, bytes)) continue;
    known.lastUse = ++uses;
    return known;
  }
  return NO_DEVICE;
}

/** Whether a device can have this name. */
export function isName(name: usize, bytes: u32): bool {
  return bytes <= DEVICE_NAME_BYTES && !hasControl(name, bytes) && !tickets.contains(name, bytes);
}

/** The device without segments that was looked for least lately, or NO_DEVICE. */
function leastUsed(): Device {
  let best = NO_DEVICE;
  for (let i: u32 = 0; i < deviceCount; i++) {
    const candidate = at(i);
    if (candidate.count !== 0) continue;
    if (best === NO_DEVICE || candidate.lastUse < best.lastUse) best = candidate;
  }
  return best;
}

/** A new device. When the table is full, one without segments makes room; NO_DEVICE: all have some. */
export function create(name: usize, bytes: u32): Device {
  let key = deviceCount;
  let made = at(deviceCount);
  if (deviceCount < MAX_DEVICES) {
    deviceCount++;
  } else {
    made = leastUsed();
    if (made === NO_DEVICE) {
      full.count(full.DEVICES);
      return NO_DEVICE;
    }
    key = made.key < LAST_KEY ? made.key + MAX_DEVICES : made.key % MAX_DEVICES;
  }
  made.start(key, name, bytes);
  made.lastUse = ++uses;
  return made;
}

// SPDX-License-Identifier: Apache-2.0
// /queen/telemetry/<device>: ctl makes segments, latest names the newest, seg/<id> takes records.
import * as schema from '../../../../lib/json/schema';
import { ingestsTelemetry, MAX_DEVICES } from '../../../limits';
import * as access from '../../../namespace/access';
import { Place } from '../../../namespace/node';
import * as tree from '../../../namespace/tree';
import { Fid } from '../../../session/fid';
import * as lines from '../../../../lib/text/lines';
import { compare, equals, isUtf8 } from '../../../../lib/text/slice';
import { Writer } from '../../../../lib/text/writer';
import * as errors from '../../../wire/errors';
import { GATE_TELEMETRY_INGEST } from '../lifecycle';
import * as records from './records';
import * as store from './store';

const APPEND: u64 = u64.MAX_VALUE;

function writeSegmentName(number: u32, w: Writer): void {
  w.text('seg-');
  w.dec(number, 6);
}

// ctl

// {"new":"segment","mime":"text/plain"}
const command = memory.data(schema.HEAD_BYTES + 2 * schema.FIELD_BYTES, 8);
const record = memory.data(schema.RECORD_HEAD_BYTES + 2 * schema.SLOT_BYTES, 8);
const NEW: u32 = 0;
const MIME: u32 = 1;

function isMime(start: usize, bytes: u32): bool {
  for (let i: u32 = 0; i < bytes; i++) {
    const c = load<u8>(start + i);
    if (c === 0 || c === 0x0a || c === 0x0d) return false;
  }
  return bytes > 0;
}

/** Checks a command. */
function parse(start: usize, bytes: u32): u32 {
  if (!isUtf8(start, bytes)) return errors.fail(errors.INVALID, 'telemetry ctl must be UTF-8: invalid utf-8 sequence');
  if (!schema.parse(command, record, start, bytes)) {
    const w = errors.begin();
    w.text('invalid telemetry ctl command: ');
    schema.writeProblem(w);
    return errors.end(errors.INVALID);
  }
  const verb = schema.start(record, NEW);
  const verbBytes = schema.bytes(record, NEW);
  if (!equals(verb, verbBytes, 'segment')) {
    return errors.failSlice(errors.INVALID, 'unsupported telemetry ctl verb ', verb, verbBytes, '');
  }
  if (!schema.has(record, MIME) || isMime(schema.start(record, MIME), schema.bytes(record, MIME))) return errors.NONE;
  return errors.fail(errors.INVALID, 'telemetry ctl mime is invalid');
}

function writeCtl(_s: usize, place: Place, data: usize, bytes: u32, _offset: u64): u32 {
  const device = place.key;
  let commands: u32 = 0;
  lines.open(data, bytes);
  while (lines.next()) {
    let refusal = parse(lines.start, lines.bytes);
    if (refusal === errors.NONE) refusal = store.checkSegments(device, ++commands);
    if (refusal !== errors.NONE) return refusal;
  }
  for (let i: u32 = 0; i < commands; i++) store.create(device);
  return errors.NONE;
}

function readLatest(place: Place, w: Writer): u32 {
  const device = place.key;
  if (store.lastNumber(device) === 0) return errors.NONE;
  writeSegmentName(store.lastNumber(device), w);
  w.byte(0x0a);
  return errors.NONE;
}

// seg/<segment>

function missing(number: u32): u32 {
  const w = errors.begin();
  w.text('telemetry segment ');
  writeSegmentName(number, w);
  w.text(' not found');
  return errors.end(errors.NOT_FOUND);
}

function writeSegment(_s: usize, place: Place, data: usize, bytes: u32, offset: u64): u32 {
  const device = place.parentKey;
  const number = place.key;
  const segment = store.find(device, number);
  if (segment === 0) return missing(number);
  const end = store.bytes(segment);
  if (offset !== APPEND && offset !== end) {
    return errors.failNumbers(errors.INVALID, 'telemetry append offset rejected: expected ', end, ' got ', offset);
  }
  let refusal = records.check(segment, data, bytes);
  if (refusal === errors.NONE) refusal = store.reserve(device, number, bytes);
  if (refusal !== errors.NONE) return refusal;
  records.commit(store.find(device, number));
  store.append(device, number, data, bytes);
  return errors.NONE;
}

function readSegment(fid: Fid, offset: u64, w: Writer): u32 {
  const device = fid.parentKey;
  const segment = store.find(device, fid.key);
  if (segment === 0) return missing(fid.key);
  const size = store.bytes(segment);
  if (offset >= size) return errors.NONE;
  const left = size - <u32>offset;
  const room = w.room;
  w.bytes(store.data(device, segment) + <u32>offset, left < room ? left : room);
  return errors.NONE;
}

function segmentSize(place: Place): u64 {
  const device = place.parentKey;
  const number = place.key;
  const segment = store.find(device, number);
  return segment === 0 ? 0 : store.bytes(segment);
}

// <device>: any name, made when it is first walked to. <segment>: seg-<number>.

function findDevice(_parentKey: u32, name: usize, bytes: u32): u32 {
  const device = store.findDevice(name, bytes);
  return device === MAX_DEVICES ? tree.NONE : device;
}

function nextDevice(_parentKey: u32, after: usize, bytes: u32): u32 {
  let best: u32 = tree.NONE;
  for (let i: u32 = 0; i < store.deviceCount; i++) {
    if (compare(store.nameStart(i), store.nameBytes(i), after, bytes) <= 0) continue;
    const first =
      best === tree.NONE ||
      compare(store.nameStart(i), store.nameBytes(i), store.nameStart(best), store.nameBytes(best)) < 0;
    if (first) best = i;
  }
  return best;
}

function writeDevice(_parentKey: u32, device: u32, w: Writer): void {
  w.bytes(store.nameStart(device), store.nameBytes(device));
}

const spelled = memory.data(32);
const spelledWriter = changetype<Writer>(memory.data(offsetof<Writer>(), 8));

/** Order of a segment's name and a text, by bytes. */
function compareName(number: u32, name: usize, bytes: u32): i32 {
  spelledWriter.open(spelled, 32);
  writeSegmentName(number, spelledWriter);
  return compare(spelled, <u32>(spelledWriter.at - spelled), name, bytes);
}

function findSegment(device: u32, name: usize, bytes: u32): u32 {
  for (let number = store.after(device, 0); number !== 0; number = store.after(device, number)) {
    if (compareName(number, name, bytes) === 0) return number;
  }
  return tree.NONE;
}

function nextSegment(device: u32, after: usize, bytes: u32): u32 {
  for (let number = store.after(device, 0); number !== 0; number = store.after(device, number)) {
    if (compareName(number, after, bytes) > 0) return number;
  }
  return tree.NONE;
}

function writeSegmentKey(_parentKey: u32, number: u32, w: Writer): void {
  writeSegmentName(number, w);
}

export function declare(): void {
  if (!ingestsTelemetry()) return;
  schema.declare(command);
  schema.text(command, 'new', schema.REQUIRED, 0, u32.MAX_VALUE);
  schema.text(command, 'mime', schema.OPTIONAL, 0, u32.MAX_VALUE);
  tree.wildcard('<device>', findDevice.index, nextDevice.index, writeDevice.index);
  tree.wildcard('<segment>', findSegment.index, nextSegment.index, writeSegmentKey.index);
  const queen = tree.directory(tree.ROOT, 'queen', access.QUEEN);
  const devices = tree.directory(queen, 'telemetry', access.QUEEN);
  const device = tree.directory(devices, '<device>', access.QUEEN);
  tree.asControl(tree.writeOnly(device, 'ctl', access.QUEEN, writeCtl.index, GATE_TELEMETRY_INGEST));
  tree.readOnly(device, 'latest', access.QUEEN, readLatest.index);
  const segments = tree.directory(device, 'seg', access.QUEEN);
  const gate = GATE_TELEMETRY_INGEST;
  const file = tree.appendOnly(segments, '<segment>', access.QUEEN, access.QUEEN, 0, writeSegment.index, gate);
  tree.asStream(file, readSegment.index, segmentSize.index);
}

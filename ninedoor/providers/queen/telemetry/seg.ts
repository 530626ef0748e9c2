// SPDX-License-Identifier: Apache-2.0
// /queen/telemetry/<device>/seg/<segment>: takes records, and gives them back.
import { ingestsTelemetry } from '../../../limits';
import * as access from '../../../namespace/access';
import { Place } from '../../../namespace/node';
import * as tree from '../../../namespace/tree';
import { Fid } from '../../../session/fid';
import { Writer } from '../../../../lib/text/writer';
import * as errors from '../../../wire/errors';
import { GATE_TELEMETRY_INGEST } from '../lifecycle/state';
import * as names from './names';
import * as records from './records';
import * as store from './store';
import { Session } from '../../../session/session';

/** An offset that means "at the end". */
const APPEND: u64 = u64.MAX_VALUE;

function missing(number: u32): u32 {
  const w = errors.begin();
  w.text('telemetry segment ');
  names.writeSegmentName(number, w);
  w.text(' not found');
  return errors.end(errors.NOT_FOUND);
}

function write(_s: Session, place: Place, data: usize, bytes: u32, offset: u64): u32 {
  const device = store.device(place.parentKey);
  const number = place.key;
  let segment = device.find(number);
  if (segment === store.NO_SEGMENT) return missing(number);
  const end = segment.bytes;
  if (offset !== APPEND && offset !== end) {
    return errors.failNumbers(errors.INVALID, 'telemetry append offset rejected: expected ', end, ' got ', offset);
  }
  let refusal = records.check(segment, data, bytes);
  if (refusal === errors.NONE) refusal = device.reserve(number, bytes);
  if (refusal !== errors.NONE) return refusal;
  segment = device.find(number);
  records.commit(segment);
  device.append(segment, data, bytes);
  return errors.NONE;
}

function read(fid: Fid, offset: u64, w: Writer): u32 {
  const segment = store.device(fid.parentKey).find(fid.key);
  if (segment === store.NO_SEGMENT) return missing(fid.key);
  const end = segment.bytes;
  if (offset >= end) return errors.NONE;
  const left = end - <u32>offset;
  const room = w.room;
  w.bytes(segment.content + <u32>offset, left < room ? left : room);
  return errors.NONE;
}

function size(place: Place): u64 {
  const segment = store.device(place.parentKey).find(place.key);
  return segment === store.NO_SEGMENT ? 0 : segment.bytes;
}

export function declare(): void {
  if (!ingestsTelemetry()) return;
  const dir = tree.directory(names.device(), 'seg', access.QUEEN);
  const gate = GATE_TELEMETRY_INGEST;
  const file = tree.appendOnly(dir, '<segment>', access.QUEEN, access.QUEEN, 0, write.index, gate);
  tree.asStream(file, read.index, size.index);
}

// SPDX-License-Identifier: Apache-2.0
// /queen/telemetry/<device>/ctl: makes segments, by one JSON command a line.
import { ingestsTelemetry } from '../../../limits';
import * as access from '../../../namespace/access';
import { Place } from '../../../namespace/node';
import * as tree from '../../../namespace/tree';
import * as schema from '../../../../lib/json/schema';
import * as lines from '../../../../lib/text/lines';
import { equals, isUtf8 } from '../../../../lib/text/slice';
import * as errors from '../../../wire/errors';
import { GATE_TELEMETRY_INGEST } from '../lifecycle/state';
import * as names from './names';
import * as store from './store';
import { Session } from '../../../session/session';

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

function write(_s: Session, place: Place, data: usize, bytes: u32, _offset: u64): u32 {
  const device = store.device(place.key);
  if (device === store.GONE) return names.refuseGone();
  let commands: u32 = 0;
  lines.open(data, bytes);
  while (lines.next()) {
    let refusal = parse(lines.start, lines.bytes);
    if (refusal === errors.NONE) refusal = device.checkSegments(++commands);
    if (refusal !== errors.NONE) return refusal;
  }
  for (let i: u32 = 0; i < commands; i++) device.create();
  return errors.NONE;
}

export function declare(): void {
  if (!ingestsTelemetry()) return;
  schema.declare(command);
  schema.text(command, 'new', schema.REQUIRED, 0, u32.MAX_VALUE);
  schema.text(command, 'mime', schema.OPTIONAL, 0, u32.MAX_VALUE);
  tree.asControl(tree.writeOnly(names.device(), 'ctl', access.QUEEN, write.index, GATE_TELEMETRY_INGEST));
}

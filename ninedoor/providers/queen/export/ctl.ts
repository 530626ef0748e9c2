// SPDX-License-Identifier: Apache-2.0
// /queen/export/ctl: windows in which jobs may be exported, by one JSON command a line.
import { CONTROL_PLANE_EXPORT_CTL_MAX_BYTES, CONTROL_PLANE_EXPORT_ENABLE } from '../../../../generated/manifest';
import { after_ms, fromSeconds_ms } from '../../../../lib/device/deadline';
import * as schema from '../../../../lib/json/schema';
import { Writer } from '../../../../lib/text/writer';
import * as commands from '../../../files/commands';
import * as controlLog from '../../../files/control-log';
import { LINE_LOG_HEAD_BYTES, LineLog } from '../../../files/line-log';
import * as tokens from '../../../files/tokens';
import * as full from '../../../full';
import * as log from '../../../log';
import * as access from '../../../namespace/access';
import { Place } from '../../../namespace/node';
import * as tree from '../../../namespace/tree';
import { nowMs } from '../../../platform';
import { Session } from '../../../session/session';
import * as errors from '../../../wire/errors';
import * as directories from '../../directories';
import * as table from './table';

const REASON_BYTES: u32 = 24;

const before = memory.data(table.STATE_BYTES, 8);
const accepted = changetype<LineLog>(memory.data(LINE_LOG_HEAD_BYTES + CONTROL_PLANE_EXPORT_CTL_MAX_BYTES, 4));

// {"op":"open","id":"…","ttl_s":1} and {"op":"close","id":"…","reason":"…"}
const command = memory.data(schema.HEAD_BYTES + 4 * schema.FIELD_BYTES, 8);
const record = memory.data(schema.RECORD_HEAD_BYTES + 4 * schema.SLOT_BYTES, 8);
const FIELDS: StaticArray<string> = ['op', 'id', 'ttl_s', 'reason'];
const OP: u32 = 0;
const ID: u32 = 1;
const TTL_S: u32 = 2;
const REASON: u32 = 3;
const OPS: StaticArray<string> = ['open', 'close'];
const OPEN: u32 = 0;
const OPEN_FIELDS: u32 = (1 << OP) | (1 << ID) | (1 << TTL_S);
const CLOSE_FIELDS: u32 = (1 << OP) | (1 << ID) | (1 << REASON);

function checkId(): u32 {
  return tokens.simple('export id', schema.start(record, ID), schema.bytes(record, ID), table.ID_BYTES);
}

/** Opens a window, or gives one that is open a new end. */
function open(): u32 {
  const refusal = checkId();
  if (refusal !== errors.NONE) return refusal;
  const ttl_s = schema.number(record, TTL_S);
  if (ttl_s === 0) return errors.fail(errors.INVALID, 'export ttl_s must be > 0');
  const id = schema.start(record, ID);
  const bytes = schema.bytes(record, ID);
  const index = table.find(id, bytes);
  if (index === table.MAX_WINDOWS) {
    full.count(full.EXPORT_WINDOWS);
    return errors.fail(errors.TOO_BIG, 'export window list full');
  }
  const opened = table.state.at(index);
  if (index === table.state.count) {
    table.state.count++;
    opened.idBytes = bytes;
    memory.copy(opened.id, id, bytes);
  }
  opened.seq = ++table.state.seq;
  opened.expires_ms = after_ms(nowMs(), fromSeconds_ms(ttl_s));
  return errors.NONE;
}

function close(): u32 {
  let refusal = checkId();
  if (refusal === errors.NONE) {
    refusal = tokens.extended(
      'export reason',
      schema.start(record, REASON),
      schema.bytes(record, REASON),
      REASON_BYTES,
    );
  }
  if (refusal !== errors.NONE) return refusal;
  const index = table.find(schema.start(record, ID), schema.bytes(record, ID));
  if (index === table.state.count) return errors.fail(errors.INVALID, 'export id not found');
  table.remove(index);
  return errors.NONE;
}

function run(line: usize, size: u32): u32 {
  let refusal = commands.parse('export', command, record, line, size);
  if (refusal !== errors.NONE) return refusal;
  const isOpen = schema.number(record, OP) === OPEN;
  refusal = commands.check('export', FIELDS, isOpen ? OPEN_FIELDS : CLOSE_FIELDS, record);
  if (refusal !== errors.NONE) return refusal;
  return isOpen ? open() : close();
}

/** Closes the windows whose time is over. */
export function expire(): void {
  const now = nowMs();
  let index: u32 = 0;
  while (index < table.state.count) {
    const window = table.state.at(index);
    if (now < window.expires_ms) {
      index++;
      continue;
    }
    const w = log.begin();
    w.text('export window expired id=');
    w.bytes(window.id, window.idBytes);
    log.end();
    table.remove(index);
  }
}

function write(_s: Session, _place: Place, data: usize, bytes: u32, _offset: u64): u32 {
  expire();
  const at = changetype<usize>(table.state);
  return controlLog.write(accepted, at, before, table.STATE_BYTES, run.index, 'export control', data, bytes);
}

function read(_place: Place, w: Writer): u32 {
  accepted.write(w);
  return errors.NONE;
}

export function declare(): void {
  if (!CONTROL_PLANE_EXPORT_ENABLE) return;
  accepted.open(CONTROL_PLANE_EXPORT_CTL_MAX_BYTES);
  schema.declare(command);
  schema.word(command, FIELDS[OP], schema.REQUIRED, OPS);
  schema.text(command, FIELDS[ID], schema.OPTIONAL, 0, u32.MAX_VALUE);
  schema.uint(command, FIELDS[TTL_S], schema.OPTIONAL, 0, u32.MAX_VALUE);
  schema.text(command, FIELDS[REASON], schema.OPTIONAL, 0, u32.MAX_VALUE);
  const dir = tree.directory(directories.queen(), 'export', access.QUEEN);
  tree.asControl(tree.appendOnly(dir, 'ctl', access.QUEEN, access.QUEEN, read.index, write.index));
}

// SPDX-License-Identifier: Apache-2.0
// /queen/schedule/ctl: what is to be run, by one JSON entry a line. A consumer takes the head with
// {"op":"dequeue","id":"…"}.
import { CONTROL_PLANE_SCHEDULE_CTL_MAX_BYTES, CONTROL_PLANE_SCHEDULE_ENABLE } from '../../../../generated/manifest';
import * as schema from '../../../../lib/json/schema';
import { Writer } from '../../../../lib/text/writer';
import * as commands from '../../../files/commands';
import * as controlLog from '../../../files/control-log';
import { LINE_LOG_HEAD_BYTES, LineLog } from '../../../files/line-log';
import * as tokens from '../../../files/tokens';
import * as full from '../../../full';
import * as access from '../../../namespace/access';
import { Place } from '../../../namespace/node';
import * as tree from '../../../namespace/tree';
import { Session } from '../../../session/session';
import * as errors from '../../../wire/errors';
import * as directories from '../../directories';
import * as table from './table';

const accepted = changetype<LineLog>(memory.data(LINE_LOG_HEAD_BYTES + CONTROL_PLANE_SCHEDULE_CTL_MAX_BYTES, 4));
const before = memory.data(table.STATE_BYTES, 8);

// {"id":"…","role":"…","priority":1,"ticks":1,"budget_ms":1} and {"op":"dequeue","id":"…"}
const command = memory.data(schema.HEAD_BYTES + 6 * schema.FIELD_BYTES, 8);
const record = memory.data(schema.RECORD_HEAD_BYTES + 6 * schema.SLOT_BYTES, 8);
const FIELDS: StaticArray<string> = ['op', 'id', 'role', 'priority', 'ticks', 'budget_ms'];
const OP: u32 = 0;
const ID: u32 = 1;
const ROLE: u32 = 2;
const PRIORITY: u32 = 3;
const TICKS: u32 = 4;
const BUDGET_MS: u32 = 5;
const OPS: StaticArray<string> = ['dequeue'];
const DEQUEUE_FIELDS: u32 = (1 << OP) | (1 << ID);
const ENTRY_FIELDS: u32 = (1 << ID) | (1 << ROLE) | (1 << PRIORITY) | (1 << TICKS) | (1 << BUDGET_MS);

function checkTokens(): u32 {
  const refusal = tokens.simple('schedule id', schema.start(record, ID), schema.bytes(record, ID), table.ID_BYTES);
  if (refusal !== errors.NONE) return refusal;
  return tokens.simple('schedule role', schema.start(record, ROLE), schema.bytes(record, ROLE), table.ROLE_BYTES);
}

function enqueue(): u32 {
  const refusal = checkTokens();
  if (refusal !== errors.NONE) return refusal;
  if (schema.number(record, TICKS) === 0 || schema.number(record, BUDGET_MS) === 0) {
    return errors.fail(errors.INVALID, 'schedule ticks and budget_ms must be > 0');
  }
  if (table.state.count === table.MAX_ENTRIES) {
    full.count(full.SCHEDULE);
    return errors.fail(errors.TOO_BIG, 'schedule queue full');
  }
  const id = schema.start(record, ID);
  const idBytes = schema.bytes(record, ID);
  if (table.find(id, idBytes) < table.state.count) return errors.fail(errors.INVALID, 'schedule id already exists');
  const made = table.insert(<u32>schema.number(record, PRIORITY));
  made.ticks = <u32>schema.number(record, TICKS);
  made.budget_ms = <u32>schema.number(record, BUDGET_MS);
  made.idBytes = <u8>idBytes;
  memory.copy(made.id, id, idBytes);
  made.roleBytes = <u8>schema.bytes(record, ROLE);
  memory.copy(made.role, schema.start(record, ROLE), made.roleBytes);
  return errors.NONE;
}

/** Takes the head, which must be the one that is named: a consumer never takes what it did not see. */
function dequeue(): u32 {
  const id = schema.start(record, ID);
  const bytes = schema.bytes(record, ID);
  const refusal = tokens.simple('schedule id', id, bytes, table.ID_BYTES);
  if (refusal !== errors.NONE) return refusal;
  const index = table.find(id, bytes);
  if (index === table.state.count) return errors.fail(errors.INVALID, 'schedule id not found');
  if (index !== 0) return errors.fail(errors.INVALID, 'schedule id is not the head of the queue');
  table.take();
  return errors.NONE;
}

function run(start: usize, bytes: u32): u32 {
  let refusal = commands.parse('schedule', command, record, start, bytes);
  if (refusal !== errors.NONE) return refusal;
  const isDequeue = schema.has(record, OP);
  refusal = commands.check('schedule', FIELDS, isDequeue ? DEQUEUE_FIELDS : ENTRY_FIELDS, record);
  if (refusal !== errors.NONE) return refusal;
  return isDequeue ? dequeue() : enqueue();
}

function write(_s: Session, _place: Place, data: usize, bytes: u32, _offset: u64): u32 {
  const state = changetype<usize>(table.state);
  return controlLog.write(accepted, state, before, table.STATE_BYTES, run.index, 'schedule control', data, bytes);
}

function read(_place: Place, w: Writer): u32 {
  accepted.write(w);
  return errors.NONE;
}

export function declare(): void {
  if (!CONTROL_PLANE_SCHEDULE_ENABLE) return;
  accepted.open(CONTROL_PLANE_SCHEDULE_CTL_MAX_BYTES);
  schema.declare(command);
  schema.word(command, FIELDS[OP], schema.OPTIONAL, OPS);
  for (let field = ID; field <= BUDGET_MS; field++) {
    if (field < PRIORITY) schema.text(command, FIELDS[field], schema.OPTIONAL, 0, u32.MAX_VALUE);
    else schema.uint(command, FIELDS[field], schema.OPTIONAL, 0, u32.MAX_VALUE);
  }
  const dir = tree.directory(directories.queen(), 'schedule', access.QUEEN);
  tree.asControl(tree.appendOnly(dir, 'ctl', access.QUEEN, access.QUEEN, read.index, write.index));
}

// SPDX-License-Identifier: Apache-2.0
// /queen/export/ctl: windows in which jobs may be exported, by one JSON command a line.
//
//   State    count u32 · padding u32 · seq u64 (of the newest window) · MAX_WINDOWS Windows
//   Window   seq u64 · expires_ms u64 · idBytes u32 · padding u32 · id[ID_BYTES]
import {
  CONTROL_PLANE_EXPORT_CTL_MAX_BYTES,
  CONTROL_PLANE_EXPORT_ENABLE,
  CONTROL_PLANE_EXPORT_MAX_WINDOWS,
} from '../../../../generated/manifest';
import { after_ms, fromSeconds_ms } from '../../../../lib/device/deadline';
import * as schema from '../../../../lib/json/schema';
import { same } from '../../../../lib/text/slice';
import { Writer } from '../../../../lib/text/writer';
import * as controlLog from '../../../files/control-log';
import { LINE_LOG_HEAD_BYTES, LineLog } from '../../../files/line-log';
import * as tokens from '../../../files/tokens';
import * as log from '../../../log';
import * as access from '../../../namespace/access';
import { Place } from '../../../namespace/node';
import * as tree from '../../../namespace/tree';
import { nowMs } from '../../../platform';
import { Session } from '../../../session/session';
import * as errors from '../../../wire/errors';
import * as directories from '../../directories';

const MAX_WINDOWS: u32 = CONTROL_PLANE_EXPORT_MAX_WINDOWS;
const ID_BYTES: u32 = 64;
const REASON_BYTES: u32 = 24;


@unmanaged
class Window {
  seq: u64;
  expires_ms: u64;
  idBytes: u32;
  private padding: u32;

  get id(): usize {
    return changetype<usize>(this) + offsetof<Window>();
  }
}

const WINDOW_BYTES: u32 = offsetof<Window>() + ID_BYTES;


@unmanaged
class State {
  count: u32;
  private padding: u32;
  seq: u64;

  at(index: u32): Window {
    return changetype<Window>(changetype<usize>(this) + offsetof<State>() + index * WINDOW_BYTES);
  }
}

const STATE_BYTES: u32 = offsetof<State>() + MAX_WINDOWS * WINDOW_BYTES;
const state = changetype<State>(memory.data(STATE_BYTES, 8));
const before = memory.data(STATE_BYTES, 8);
const accepted = changetype<LineLog>(memory.data(LINE_LOG_HEAD_BYTES + CONTROL_PLANE_EXPORT_CTL_MAX_BYTES, 4));

// {"op":"open","id":"…","ttl_s":1} and {"op":"close","id":"…","reason":"…"}
const openCommand = memory.data(schema.HEAD_BYTES + 3 * schema.FIELD_BYTES, 8);
const closeCommand = memory.data(schema.HEAD_BYTES + 3 * schema.FIELD_BYTES, 8);
const record = memory.data(schema.RECORD_HEAD_BYTES + 3 * schema.SLOT_BYTES, 8);
const ID: u32 = 1;
const TTL_S: u32 = 2;
const REASON: u32 = 2;
const OPEN: StaticArray<string> = ['open'];
const CLOSE: StaticArray<string> = ['close'];

function find(id: usize, bytes: u32): u32 {
  let i: u32 = 0;
  while (i < state.count && !same(state.at(i).id, state.at(i).idBytes, id, bytes)) i++;
  return i;
}

function remove(index: u32): void {
  state.count--;
  memory.copy(changetype<usize>(state.at(index)), changetype<usize>(state.at(state.count)), WINDOW_BYTES);
}

function checkId(): u32 {
  return tokens.simple('export id', schema.start(record, ID), schema.bytes(record, ID), ID_BYTES);
}

/** Opens a window, or gives one that is open a new end. */
function open(): u32 {
  const refusal = checkId();
  if (refusal !== errors.NONE) return refusal;
  const ttl_s = schema.number(record, TTL_S);
  if (ttl_s === 0) return errors.fail(errors.INVALID, 'export ttl_s must be > 0');
  const id = schema.start(record, ID);
  const bytes = schema.bytes(record, ID);
  const index = find(id, bytes);
  if (index === MAX_WINDOWS) return errors.fail(errors.TOO_BIG, 'export window list full');
  const opened = state.at(index);
  if (index === state.count) {
    state.count++;
    opened.idBytes = bytes;
    memory.copy(opened.id, id, bytes);
  }
  opened.seq = ++state.seq;
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
  const index = find(schema.start(record, ID), schema.bytes(record, ID));
  if (index === state.count) return errors.fail(errors.INVALID, 'export id not found');
  remove(index);
  return errors.NONE;
}

function run(line: usize, size: u32): u32 {
  if (schema.parse(closeCommand, record, line, size)) return close();
  if (schema.parse(openCommand, record, line, size)) return open();
  const w = errors.begin();
  w.text('invalid export control entry: ');
  schema.writeProblem(w);
  return errors.end(errors.INVALID);
}

/** Closes the windows whose time is over. */
export function expire(): void {
  const now = nowMs();
  let index: u32 = 0;
  while (index < state.count) {
    const window = state.at(index);
    if (now < window.expires_ms) {
      index++;
      continue;
    }
    const w = log.begin();
    w.text('export window expired id=');
    w.bytes(window.id, window.idBytes);
    log.end();
    remove(index);
  }
}

function write(_s: Session, _place: Place, data: usize, bytes: u32, _offset: u64): u32 {
  expire();
  const at = changetype<usize>(state);
  return controlLog.write(accepted, at, before, STATE_BYTES, run.index, 'export control', data, bytes);
}

function read(_place: Place, w: Writer): u32 {
  accepted.write(w);
  return errors.NONE;
}

export function declare(): void {
  if (!CONTROL_PLANE_EXPORT_ENABLE) return;
  accepted.open(CONTROL_PLANE_EXPORT_CTL_MAX_BYTES);
  schema.declare(openCommand);
  schema.word(openCommand, 'op', schema.REQUIRED, OPEN);
  schema.text(openCommand, 'id', schema.REQUIRED, 0, u32.MAX_VALUE);
  schema.uint(openCommand, 'ttl_s', schema.REQUIRED, 0, u32.MAX_VALUE);
  schema.declare(closeCommand);
  schema.word(closeCommand, 'op', schema.REQUIRED, CLOSE);
  schema.text(closeCommand, 'id', schema.REQUIRED, 0, u32.MAX_VALUE);
  schema.text(closeCommand, 'reason', schema.REQUIRED, 0, u32.MAX_VALUE);
  const dir = tree.directory(directories.queen(), 'export', access.QUEEN);
  tree.asControl(tree.appendOnly(dir, 'ctl', access.QUEEN, access.QUEEN, read.index, write.index));
}

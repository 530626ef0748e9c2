// SPDX-License-Identifier: Apache-2.0
// /trace/ctl: which events are recorded, by one JSON command a line.
import * as access from '../../namespace/access';
import { Place } from '../../namespace/node';
import * as tree from '../../namespace/tree';
import * as json from '../../../lib/json/reader';
import * as lines from '../../../lib/text/lines';
import { equals } from '../../../lib/text/slice';
import { Writer } from '../../../lib/text/writer';
import * as errors from '../../wire/errors';
import { LINE_LOG_HEAD_BYTES, LineLog } from '../../files/line-log';
import { CONTROL_LOG_BYTES } from '../../limits';
import * as directories from '../directories';
import * as ring from './ring';
import { Session } from '../../session/session';

/** The commands that took effect: what reading the file gives. */
const accepted = changetype<LineLog>(memory.data(LINE_LOG_HEAD_BYTES + CONTROL_LOG_BYTES, 4));

const LEVEL: u32 = 1;
const CATEGORIES: u32 = 2;
const SET: u32 = 4;

let fields: u32 = 0;
let level: u32 = 0;
let categories: u32 = 0;
/** A refusal with a text of its own, or NONE. */
let refusal: u32 = 0;

function once(field: u32): bool {
  if ((fields & field) !== 0) return json.fail('duplicate field');
  fields |= field;
  return true;
}

function parseLevel(): void {
  if (!json.text()) return;
  level = 0;
  while (level < ring.LEVELS && !equals(json.textStart, json.textBytes, ring.levelName(level))) level++;
  if (level < ring.LEVELS || refusal !== errors.NONE) return;
  refusal = errors.failSlice(errors.INVALID, "unknown trace level '", json.textStart, json.textBytes, "'");
}

function parseCategories(): void {
  let items: u32 = 0;
  categories = 0;
  json.enterArray();
  while (json.item()) {
    if (!json.text()) return;
    items++;
    // A category that never occurs selects nothing.
    for (let c: u32 = 0; c < ring.CATEGORIES; c++) {
      if (equals(json.textStart, json.textBytes, ring.categoryName(c))) categories |= 1 << c;
    }
  }
  if (items === 0 && !json.failed() && refusal === errors.NONE) {
    refusal = errors.fail(errors.INVALID, 'category filter must not be empty');
  }
}

function parseSet(): void {
  json.enter();
  while (json.key()) {
    if (json.keyIs('level')) {
      if (once(LEVEL)) parseLevel();
    } else if (json.keyIs('cats')) {
      if (once(CATEGORIES)) parseCategories();
    } else json.unknownKey();
  }
}

/** Takes a command apart; nothing is changed. */
function parse(start: usize, bytes: u32): u32 {
  fields = 0;
  refusal = errors.NONE;
  json.open(start, bytes);
  json.enter();
  while (json.key()) {
    if (!json.keyIs('set')) json.unknownKey();
    else if (once(SET)) parseSet();
  }
  if (json.finish() && (fields & SET) === 0) json.fail('missing field set');
  if (json.failed()) {
    const w = errors.begin();
    w.text('invalid trace control command: ');
    json.writeProblem(w);
    return errors.end(errors.INVALID);
  }
  return refusal;
}

/** Does what was parsed. */
function apply(): void {
  const all = (fields & CATEGORIES) === 0;
  ring.setFilter((fields & LEVEL) === 0 ? ring.level() : level, all ? u32.MAX_VALUE : categories);
}

function write(_s: Session, _place: Place, data: usize, bytes: u32, _offset: u64): u32 {
  lines.open(data, bytes);
  while (lines.next()) {
    const outcome = parse(lines.start, lines.bytes);
    if (outcome !== errors.NONE) return outcome;
  }
  lines.open(data, bytes);
  while (lines.next()) {
    parse(lines.start, lines.bytes);
    apply();
    accepted.append(lines.start, lines.bytes);
  }
  return errors.NONE;
}

function readCommands(_place: Place, w: Writer): u32 {
  accepted.write(w);
  return errors.NONE;
}

export function declare(): void {
  accepted.open(CONTROL_LOG_BYTES);
  const dir = directories.trace();
  tree.asControl(tree.appendOnly(dir, 'ctl', access.QUEEN, access.QUEEN, readCommands.index, write.index));
}

// SPDX-License-Identifier: Apache-2.0
// /queen/lifecycle/ctl: commands that change the node's lifecycle, one a line.
import { LINE_LOG_HEAD_BYTES, LineLog } from '../../files/line-log';
import { CONTROL_LOG_BYTES } from '../../limits';
import * as log from '../../log';
import * as access from '../../namespace/access';
import { Place } from '../../namespace/node';
import * as tree from '../../namespace/tree';
import * as lines from '../../../lib/text/lines';
import { equalsIgnoreCase } from '../../../lib/text/slice';
import { Writer } from '../../../lib/text/writer';
import * as errors from '../../wire/errors';
import * as directories from '../directories';
import * as workers from '../worker/table';
import { COMMANDS, CORDON, DEGRADED, DRAIN, DRAINING, ONLINE, QUIESCE, QUIESCED, RESUME } from './lifecycle/state';
import { BOOTING } from './lifecycle/state';
import * as lifecycle from './lifecycle/state';
import { Session } from '../../session/session';

/** The commands that took effect: what reading the file gives. */
const accepted = changetype<LineLog>(memory.data(LINE_LOG_HEAD_BYTES + CONTROL_LOG_BYTES, 4));

/** The state that a command leads to from `at`, or `at` when it is not allowed there. */
function target(command: u32, at: u32): u32 {
  const works = at === ONLINE || at === DEGRADED;
  switch (command) {
    case CORDON:
      return works ? DRAINING : at;
    case DRAIN:
      return at === DRAINING ? QUIESCED : at;
    case QUIESCE:
      return works || at === DRAINING ? QUIESCED : at;
    case RESUME:
      return ONLINE;
    default:
      return BOOTING;
  }
}

function denied(start: usize, bytes: u32, at: u32, why: string): void {
  const w = log.begin();
  w.text('lifecycle denied action=');
  w.bytes(start, bytes);
  lifecycle.endDenied(w, at, why);
}

/** The command that check() found, and the state that it leads to. */
let which: u32 = 0;
let next: u32 = 0;

/** Checks one line of the control file in a node that is in state `at`; nothing is changed. */
function check(start: usize, bytes: u32, at: u32): u32 {
  which = 0;
  while (which < COMMANDS && !equalsIgnoreCase(start, bytes, lifecycle.reasonName(which))) which++;
  if (which === COMMANDS) {
    denied(start, bytes, at, 'invalid-command');
    return errors.fail(errors.INVALID, 'invalid lifecycle command');
  }
  next = target(which, at);
  if (next === at) {
    denied(start, bytes, at, 'invalid-transition');
    return errors.fail(errors.INVALID, 'invalid lifecycle transition');
  }
  const leases = workers.count;
  if (leases > 0 && which !== CORDON && which !== RESUME) {
    const w = log.begin();
    w.text('lifecycle denied action=');
    w.bytes(start, bytes);
    w.text(' state=');
    w.text(lifecycle.stateName(at));
    w.text(' reason=outstanding-leases leases=');
    w.dec(leases);
    log.end();
    return errors.failNumber(errors.BUSY, 'lifecycle outstanding leases ', leases, '');
  }
  return errors.NONE;
}

function write(_s: Session, _place: Place, data: usize, bytes: u32, _offset: u64): u32 {
  lines.open(data, bytes);
  let at = lifecycle.current();
  while (lines.next()) {
    const refusal = check(lines.start, lines.bytes, at);
    if (refusal !== errors.NONE) return refusal;
    at = next;
  }
  lines.open(data, bytes);
  while (lines.next()) {
    check(lines.start, lines.bytes, lifecycle.current());
    lifecycle.enter(next, which);
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
  const dir = tree.directory(directories.queen(), 'lifecycle', access.QUEEN);
  tree.asControl(tree.appendOnly(dir, 'ctl', access.QUEEN, access.QUEEN, readCommands.index, write.index));
}

// SPDX-License-Identifier: Apache-2.0
// /queen/ctl: workers, budgets, binds and mounts, by one JSON command a line.
import * as access from '../../namespace/access';
import { Place } from '../../namespace/node';
import * as tree from '../../namespace/tree';
import { CONTROL_LOG_BYTES, UNLIMITED } from '../../limits';
import * as budget from '../../session/budget';
import * as lines from '../../../lib/text/lines';
import { Writer } from '../../../lib/text/writer';
import * as errors from '../../wire/errors';
import * as directories from '../directories';
import { LINE_LOG_HEAD_BYTES, LineLog } from '../../files/line-log';
import * as gpus from '../gpu/table';
import * as log from '../../log';
import * as lifetime from '../worker/lifetime';
import * as workers from '../worker/table';
import * as binding from './ctl/binding';
import * as command from './ctl/command';
import * as rehearsal from './ctl/rehearsal';
import { Session } from '../../session/session';

/** The commands that took effect: what reading the file gives. */
const accepted = changetype<LineLog>(memory.data(LINE_LOG_HEAD_BYTES + CONTROL_LOG_BYTES, 4));

function spawnHeartbeat(): u32 {
  const own = (command.fields & command.BUDGET) !== 0;
  return lifetime.spawnHeartbeat(
    command.ticks,
    own ? command.ttlS : lifetime.defaultTtlS,
    own ? command.ops : lifetime.defaultOps,
  );
}

function spawnGpu(): u32 {
  const own = (command.fields & command.BUDGET) !== 0;
  return lifetime.spawnGpu(
    gpus.find(command.first, command.firstBytes),
    command.memMb,
    command.streams,
    command.leaseTtlS,
    own ? command.ttlS : UNLIMITED,
    own ? command.ops : 8 * <u64>command.streams,
    command.priority,
  );
}

function setBudget(): u32 {
  lifetime.setDefaults(command.ttlS, command.ops);
  const w = log.begin();
  w.text('updated default budget ttl=');
  w.budget(command.ttlS);
  w.text(' ops=');
  w.budget(command.ops);
  w.text(' ticks=');
  w.budget(u64.MAX_VALUE);
  log.end();
  return errors.NONE;
}

/** Runs the command that was parsed and rehearsed. */
function run(s: Session): u32 {
  const fields = command.fields;
  if ((fields & command.SPAWN) !== 0) return command.heartbeat ? spawnHeartbeat() : spawnGpu();
  if ((fields & command.KILL) !== 0) return lifetime.kill(command.first, command.firstBytes);
  if ((fields & command.BIND) !== 0) {
    return binding.bind(s, command.first, command.firstBytes, command.second, command.secondBytes);
  }
  if ((fields & command.MOUNT) !== 0) {
    return binding.mount(s, command.first, command.firstBytes, command.second, command.secondBytes);
  }
  return setBudget();
}

/** Runs all lines; what the root task refuses ends it. */
function runLines(s: Session, data: usize, bytes: u32): u32 {
  lines.open(data, bytes);
  while (lines.next()) {
    command.parse(lines.start, lines.bytes);
    const refusal = run(s);
    if (refusal !== errors.NONE) return refusal;
  }
  return errors.NONE;
}

/** Ends the workers from number `first` on, the youngest first. */
function takeBack(first: u32): void {
  while (workers.count > 0) {
    const youngest = workers.at(workers.count - 1).number;
    if (youngest < first) return;
    lifetime.revoke(youngest, budget.KILLED);
  }
}

/** All lines take effect, or none: only a kill that was done before the root task refused a later line stays done. */
function write(s: Session, _place: Place, data: usize, bytes: u32, _offset: u64): u32 {
  let refusal = rehearsal.check(s, data, bytes);
  if (refusal !== errors.NONE) return refusal;
  const first = workers.nextNumber();
  const ttlS = lifetime.defaultTtlS;
  const ops = lifetime.defaultOps;
  refusal = runLines(s, data, bytes);
  if (refusal !== errors.NONE) {
    takeBack(first);
    lifetime.setDefaults(ttlS, ops);
    binding.forget(s);
    return refusal;
  }
  lines.open(data, bytes);
  while (lines.next()) accepted.append(lines.start, lines.bytes);
  return errors.NONE;
}

function read(_place: Place, w: Writer): u32 {
  accepted.write(w);
  return errors.NONE;
}

export function declare(): void {
  accepted.open(CONTROL_LOG_BYTES);
  tree.asControl(tree.appendOnly(directories.queen(), 'ctl', access.QUEEN, access.QUEEN, read.index, write.index));
}

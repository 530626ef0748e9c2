// SPDX-License-Identifier: Apache-2.0
// The node's lifecycle: /proc/lifecycle, /queen/lifecycle/ctl and the gates that writes elsewhere pass.
import { LIFECYCLE_AUTO_TRANSITIONS_FROM, LIFECYCLE_AUTO_TRANSITIONS_TO } from '../../../generated/manifest';
import { LIFECYCLE_INITIAL_STATE } from '../../../generated/manifest';
import { nowMs } from '../../platform';
import * as gates from '../../namespace/gates';
import * as access from '../../namespace/access';
import { Place } from '../../namespace/node';
import * as tree from '../../namespace/tree';
import * as lines from '../../../lib/text/lines';
import { equalsIgnoreCase } from '../../../lib/text/slice';
import { Writer } from '../../../lib/text/writer';
import * as errors from '../../wire/errors';
import * as controlLog from '../../files/control-log';
import * as log from '../../log';
import * as trace from '../trace/ring';
import * as workers from '../worker/table';

export const BOOTING: u32 = 0;
export const DEGRADED: u32 = 1;
export const ONLINE: u32 = 2;
export const DRAINING: u32 = 3;
export const QUIESCED: u32 = 4;
export const OFFLINE: u32 = 5;

const CORDON: u32 = 0;
const DRAIN: u32 = 1;
const RESUME: u32 = 2;
const QUIESCE: u32 = 3;
const RESET: u32 = 4;
const COMMANDS: u32 = 5;
const BOOT: u32 = 5;
const BOOT_COMPLETE: u32 = 6;
const MANIFEST: u32 = 7;

/** Gates: what a state permits. */
export const GATE_NEW_WORK: u32 = 1;
export const GATE_WORKER_JOB: u32 = 2;
export const GATE_HOST_PUBLISH: u32 = 3;
export const GATE_TELEMETRY_INGEST: u32 = 4;
export const GATE_WORKER_ATTACH: u32 = 5;
export const GATE_WORKER_TELEMETRY: u32 = 6;

let state: u32 = BOOTING;
let reason: u32 = BOOT;
let since: u64 = 0;

export function current(): u32 {
  return state;
}

export function stateName(value: u32): string {
  switch (value) {
    case BOOTING:
      return 'BOOTING';
    case DEGRADED:
      return 'DEGRADED';
    case ONLINE:
      return 'ONLINE';
    case DRAINING:
      return 'DRAINING';
    case QUIESCED:
      return 'QUIESCED';
    default:
      return 'OFFLINE';
  }
}

function reasonName(value: u32): string {
  switch (value) {
    case CORDON:
      return 'cordon';
    case DRAIN:
      return 'drain';
    case RESUME:
      return 'resume';
    case QUIESCE:
      return 'quiesce';
    case RESET:
      return 'reset';
    case BOOT:
      return 'boot';
    case MANIFEST:
      return 'manifest';
    default:
      return 'boot-complete';
  }
}

function gateName(gate: u32): string {
  switch (gate) {
    case GATE_NEW_WORK:
      return 'new-work';
    case GATE_WORKER_JOB:
      return 'worker-job';
    case GATE_HOST_PUBLISH:
      return 'host-publish';
    case GATE_TELEMETRY_INGEST:
      return 'telemetry-ingest';
    case GATE_WORKER_ATTACH:
      return 'worker-attach';
    default:
      return 'worker-telemetry';
  }
}

function isOpen(gate: u32): bool {
  if (state === ONLINE || state === DEGRADED) return true;
  return state === DRAINING && gate >= GATE_TELEMETRY_INGEST;
}

/** NONE when the gate is open; else logs and refuses. */
export function pass(gate: u32): u32 {
  if (isOpen(gate)) return errors.NONE;
  const w = log.begin();
  w.text('lifecycle denied action=');
  w.text(gateName(gate));
  endDenied(w, state, 'gate-denied');
  return errors.fail(errors.NOT_ALLOWED, 'EPERM');
}

function endDenied(w: Writer, at: u32, why: string): void {
  w.text(' state=');
  w.text(stateName(at));
  w.text(' reason=');
  w.text(why);
  log.end();
}

function enter(next: u32, why: u32): void {
  const w = log.begin();
  w.text('lifecycle transition old=');
  w.text(stateName(state));
  w.text(' new=');
  w.text(stateName(next));
  w.text(' reason=');
  w.text(reasonName(why));
  log.end();
  const t = trace.begin(trace.INFO, trace.LIFECYCLE, 0);
  t.text('state ');
  t.text(stateName(next));
  trace.end();
  state = next;
  reason = why;
  since = nowMs();
}

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
  endDenied(w, at, why);
}

/** The command that check() found, and the state that it leads to. */
let which: u32 = 0;
let next: u32 = 0;

/** Checks one line of the control file in a node that is in state `at`; nothing is changed. */
function check(start: usize, bytes: u32, at: u32): u32 {
  which = 0;
  while (which < COMMANDS && !equalsIgnoreCase(start, bytes, reasonName(which))) which++;
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
    w.text(stateName(at));
    w.text(' reason=outstanding-leases leases=');
    w.dec(leases);
    log.end();
    return errors.failNumber(errors.BUSY, 'lifecycle outstanding leases ', leases, '');
  }
  return errors.NONE;
}

function write(_s: usize, _place: Place, data: usize, bytes: u32, _offset: u64): u32 {
  lines.open(data, bytes);
  let at = state;
  while (lines.next()) {
    const refusal = check(lines.start, lines.bytes, at);
    if (refusal !== errors.NONE) return refusal;
    at = next;
  }
  lines.open(data, bytes);
  while (lines.next()) {
    check(lines.start, lines.bytes, state);
    enter(next, which);
    controlLog.append(controlLog.LIFECYCLE, lines.start, lines.bytes);
  }
  return errors.NONE;
}

function readCommands(_place: Place, w: Writer): u32 {
  return controlLog.read(controlLog.LIFECYCLE, w);
}

function readState(_place: Place, w: Writer): u32 {
  w.text('state=');
  w.text(stateName(state));
  return errors.NONE;
}

function readReason(_place: Place, w: Writer): u32 {
  w.text('reason=');
  w.text(reasonName(reason));
  return errors.NONE;
}

function readSince(_place: Place, w: Writer): u32 {
  w.text('since_ms=');
  w.dec(nowMs() - since);
  return errors.NONE;
}

function stateNamed(name: string): u32 {
  let found: u32 = BOOTING;
  while (found < OFFLINE && stateName(found) != name) found++;
  return found;
}

/** Boot is over: the first transition that the manifest has for the state is made. */
export function bootComplete(): void {
  for (let i = 0; i < LIFECYCLE_AUTO_TRANSITIONS_FROM.length; i++) {
    if (stateNamed(unchecked(LIFECYCLE_AUTO_TRANSITIONS_FROM[i])) !== state) continue;
    enter(stateNamed(unchecked(LIFECYCLE_AUTO_TRANSITIONS_TO[i])), BOOT_COMPLETE);
    return;
  }
}

export function declare(): void {
  gates.keepWith(pass.index);
  state = stateNamed(LIFECYCLE_INITIAL_STATE);
  reason = state === BOOTING ? BOOT : MANIFEST;
  const proc = tree.directory(tree.directory(tree.ROOT, 'proc', access.EVERYONE), 'lifecycle', access.QUEEN);
  tree.readOnly(proc, 'state', access.QUEEN, readState.index);
  tree.readOnly(proc, 'reason', access.QUEEN, readReason.index);
  tree.readOnly(proc, 'since', access.QUEEN, readSince.index);
  const queen = tree.directory(tree.directory(tree.ROOT, 'queen', access.QUEEN), 'lifecycle', access.QUEEN);
  tree.asControl(tree.appendOnly(queen, 'ctl', access.QUEEN, access.QUEEN, readCommands.index, write.index));
}

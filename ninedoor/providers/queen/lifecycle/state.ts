// SPDX-License-Identifier: Apache-2.0
// The node's lifecycle: the state, what led to it, and the gates that writes elsewhere pass.
import { LIFECYCLE_AUTO_TRANSITIONS_FROM, LIFECYCLE_AUTO_TRANSITIONS_TO } from '../../../../generated/manifest';
import { LIFECYCLE_INITIAL_STATE } from '../../../../generated/manifest';
import * as log from '../../../log';
import * as gates from '../../../namespace/gates';
import { nowMs } from '../../../platform';
import { Writer } from '../../../../lib/text/writer';
import * as errors from '../../../wire/errors';
import * as trace from '../../trace/ring';

export const BOOTING: u32 = 0;
export const DEGRADED: u32 = 1;
export const ONLINE: u32 = 2;
export const DRAINING: u32 = 3;
export const QUIESCED: u32 = 4;
export const OFFLINE: u32 = 5;

/** Why a state was entered: by a command, of which there are COMMANDS, or by itself. */
export const CORDON: u32 = 0;
export const DRAIN: u32 = 1;
export const RESUME: u32 = 2;
export const QUIESCE: u32 = 3;
export const RESET: u32 = 4;
export const COMMANDS: u32 = 5;
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
let sinceMs: u64 = 0;

export function current(): u32 {
  return state;
}

export function currentReason(): u32 {
  return reason;
}

/** How long the node has been in this state. */
export function ageMs(): u64 {
  return nowMs() - sinceMs;
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

export function reasonName(value: u32): string {
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

export function endDenied(w: Writer, at: u32, why: string): void {
  w.text(' state=');
  w.text(stateName(at));
  w.text(' reason=');
  w.text(why);
  log.end();
}

export function enter(next: u32, why: u32): void {
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
  sinceMs = nowMs();
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

/** The state at the start; from then on the gates are kept. */
export function start(): void {
  gates.keepWith(pass.index);
  state = stateNamed(LIFECYCLE_INITIAL_STATE);
  reason = state === BOOTING ? BOOT : MANIFEST;
}

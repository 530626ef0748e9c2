// SPDX-License-Identifier: Apache-2.0
// Fault messages from the kernel: which instance, what happened, and what follows. The kernel's message layouts are those of
// seL4; the text of a wasm trap comes from the breakpoint number in the instruction.
import * as clock from '../../lib/device/clock';
import * as sel4 from '../../lib/machine/sel4';
import { finishCall } from '../boot/startup';
import { INSTANCE_COUNT } from '../../generated/layout';
import * as construct from './construct';
import * as instances from './instances';
import * as layout from './layout';
import * as protocol from '../../lib/protocol/supervisor';
import * as report from './report';
import * as status from './status';
import * as workers from './workers';

const CAP_FAULT: u64 = 1;
const UNKNOWN_SYSCALL: u64 = 2;
const USER_EXCEPTION: u64 = 3;
const VM_FAULT: u64 = 5;

/** Linear memory and the window behind it, in every domain. */
const MEMORY_START: u64 = 0x200000;
const MEMORY_WINDOW: u64 = 8 << 30;

/** Domains that wait for their restart or were given up. */
export let unsettled: u32 = 0;

/** A fault of instance `i` was received; its message is in the message registers. */
export function handle(i: u32): void {
  if (instances.state(i) !== instances.RUNNING) return;
  const label = sel4.label();
  const pc = label === UNKNOWN_SYSCALL ? sel4.getMr(8) : sel4.getMr(0);
  const hasAddress = label === VM_FAULT || label === CAP_FAULT;
  report.fault(i, kind(i, label, sel4.getMr(1)), pc, hasAddress, sel4.getMr(1));
  fail(i);
}

/** Empty: a user exception, whose text is in the instruction. */
function kind(i: u32, label: u64, address: u64): string {
  if (label === VM_FAULT) return memoryFault(i, address);
  if (label === CAP_FAULT) return 'capability fault';
  if (label === UNKNOWN_SYSCALL) return 'unknown system call';
  return label === USER_EXCEPTION ? '' : 'unknown fault';
}

function memoryFault(i: u32, address: u64): string {
  const stackBottom = instances.column(i, layout.STACK_TOP) - instances.column(i, layout.STACK_BYTES);
  if (address < stackBottom && address >= stackBottom - GUARD_BYTES) return 'stack overflow';
  if (address - MEMORY_START < MEMORY_WINDOW) return 'out of bounds memory access';
  return 'invalid address';
}

/** Nothing is mapped this far below a stack. */
const GUARD_BYTES: u64 = 16384;

/** The instance cannot go on: takes it away, answers those who wait for it, and decides what follows. */
export function fail(i: u32): void {
  instances.setFaults(i, instances.faults(i) + 1);
  construct.stop(i);
  answerCallers(i);
  if (instances.isWorker(i)) {
    workers.ended(i, protocol.ENDED_FAULT);
    return;
  }
  const now = clock.nowMs();
  const window = instances.column(i, layout.RESTART_WINDOW_MS);
  if (now - instances.windowStart_ms(i) >= window) {
    instances.setWindowStart_ms(i, now);
    instances.setWindowRestarts(i, 0);
  }
  if (<u64>instances.windowRestarts(i) >= instances.column(i, layout.RESTART_MAX)) {
    instances.setState(i, instances.GIVEN_UP);
    unsettled++;
    report.givenUp(i, instances.restarts(i));
    return;
  }
  // The back-off doubles with every restart in the window.
  const backoff = instances.column(i, layout.RESTART_BACKOFF_MS) << min<u64>(instances.windowRestarts(i), 10);
  instances.setState(i, instances.BACKING_OFF);
  unsettled++;
  instances.setDeadline_ms(i, now + backoff);
  report.restarting(i, backoff);
}

/** Starts again what has waited long enough. */
export function restartDue(i: u32, now: u64): void {
  if (instances.state(i) !== instances.BACKING_OFF || now < instances.deadline_ms(i)) return;
  unsettled--;
  instances.setRestarts(i, instances.restarts(i) + 1);
  instances.setWindowRestarts(i, instances.windowRestarts(i) + 1);
  instances.setDeadline_ms(i, 0);
  if (construct.start(i)) {
    report.started(i);
  } else {
    report.startFailed(i, construct.failedStep);
    fail(i);
  }
}

/** Every caller of the dead server gets CLOSED as its reply; nobody waits for ever. */
export function answerCallers(server: u32): void {
  for (let i: u32 = 0; i < INSTANCE_COUNT; i++) {
    if (instances.state(i) !== instances.RUNNING) continue;
    if (!callsServer(i, server)) continue;
    finishCall(construct.tcb(i), <u32>instances.column(i, layout.COMPONENT), protocol.CLOSED);
  }
}

/** Row of CALLS for the endpoint that the instance is calling, or NO_CALL. */
function callOf(i: u32): u32 {
  const slot = status.inCall(i);
  if (slot === 0) return NO_CALL;
  const first = <u32>instances.column(i, layout.CALL_START);
  const rows = <u32>instances.column(i, layout.CALL_ROWS);
  for (let r = first; r < first + rows; r++) {
    if (layout.callSlot(r) === slot) return r;
  }
  return NO_CALL;
}
const NO_CALL: u32 = u32.MAX_VALUE;

function callsServer(i: u32, server: u32): bool {
  const row = callOf(i);
  return row !== NO_CALL && layout.callServer(row) === <u64>server;
}

/** The instance waits for a server that does not run at the moment: its silence is not its own. */
export function waitsForAbsent(i: u32): bool {
  const row = callOf(i);
  return row !== NO_CALL && instances.state(<u32>layout.callServer(row)) !== instances.RUNNING;
}

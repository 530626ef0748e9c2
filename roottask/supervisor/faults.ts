// SPDX-License-Identifier: Apache-2.0
// Fault messages from the kernel: which instance, what happened, and what follows. The kernel's message layouts are those of
// seL4; the text of a wasm trap comes from the breakpoint number in the instruction.
import { after_ms } from '../../lib/device/deadline';
import * as clock from '../../lib/device/clock';
import * as sel4 from '../../lib/machine/sel4';
import { finishCall } from '../boot/startup';
import * as table from '../../generated/layout';
import * as construct from './construct';
import * as states from '../../lib/protocol/states';
import * as instances from './instances';
import { Instance } from './instances';
import * as layout from './layout';
import * as reasons from '../../lib/protocol/endings';
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
export function handle(i: Instance): void {
  if (i.state !== states.RUNNING) return;
  const label = sel4.label();
  const pc = label === UNKNOWN_SYSCALL ? sel4.getMr(8) : sel4.getMr(0);
  const hasAddress = label === VM_FAULT || label === CAP_FAULT;
  report.fault(i, kind(i, label, sel4.getMr(1)), pc, hasAddress, sel4.getMr(1));
  fail(i);
}

/** Empty: a user exception, whose text is in the instruction. */
function kind(i: Instance, label: u64, address: u64): string {
  if (label === VM_FAULT) return memoryFault(i, address);
  if (label === CAP_FAULT) return 'capability fault';
  if (label === UNKNOWN_SYSCALL) return 'unknown system call';
  return label === USER_EXCEPTION ? '' : 'unknown fault';
}

function memoryFault(i: Instance, address: u64): string {
  const stackBottom = i.column(table.DOMAINS_STACK_TOP) - i.column(table.DOMAINS_STACK_BYTES);
  if (address < stackBottom && address >= stackBottom - GUARD_BYTES) return 'stack overflow';
  if (address - MEMORY_START < MEMORY_WINDOW) return 'out of bounds memory access';
  return 'invalid address';
}

/** Nothing is mapped this far below a stack. */
const GUARD_BYTES: u64 = 16384;

/** The instance cannot go on: takes it away, answers those who wait for it, and decides what follows. */
export function fail(i: Instance): void {
  i.faults++;
  construct.stop(i);
  answerCallers(i);
  if (i.isWorker) {
    workers.ended(i, reasons.FAULTED);
    return;
  }
  const now = clock.nowMs();
  const window = i.column(table.DOMAINS_RESTART_WINDOW_MS);
  if (now - i.windowStart_ms >= window) {
    i.windowStart_ms = now;
    i.windowRestarts = 0;
  }
  if (<u64>i.windowRestarts >= i.column(table.DOMAINS_RESTART_MAX)) {
    i.state = states.GIVEN_UP;
    unsettled++;
    report.givenUp(i, i.restarts);
    return;
  }
  // The back-off doubles with every restart in the window.
  const backoff = i.column(table.DOMAINS_RESTART_BACKOFF_MS) << min<u64>(i.windowRestarts, 10);
  i.state = states.BACKING_OFF;
  unsettled++;
  i.deadline_ms = after_ms(now, backoff);
  report.restarting(i, backoff);
}

/** Starts again what has waited long enough. */
export function restartDue(i: Instance, now: u64): void {
  if (i.state !== states.BACKING_OFF || now < i.deadline_ms) return;
  unsettled--;
  i.restarts++;
  i.windowRestarts++;
  i.deadline_ms = 0;
  if (construct.start(i)) {
    report.started(i);
  } else {
    report.startFailed(i, construct.failedStep);
    fail(i);
  }
}

/** Every caller of the dead server gets CLOSED as its reply; nobody waits for ever. */
export function answerCallers(server: Instance): void {
  for (let n: u32 = 0; n < table.INSTANCE_COUNT; n++) {
    const i = instances.at(n);
    if (i.state !== states.RUNNING) continue;
    if (!callsServer(i, server)) continue;
    finishCall(construct.tcb(i), <u32>i.column(table.DOMAINS_COMPONENT), protocol.CLOSED);
  }
}

/** Row of CALLS for the endpoint that the instance is calling, or NO_CALL. */
function callOf(i: Instance): u32 {
  const slot = status.inCall(i);
  if (slot === 0) return NO_CALL;
  const first = <u32>i.column(table.DOMAINS_CALL_START);
  const rows = <u32>i.column(table.DOMAINS_CALL_ROWS);
  for (let r = first; r < first + rows; r++) {
    if (layout.call(r, table.CALLS_SLOT) === slot) return r;
  }
  return NO_CALL;
}
const NO_CALL: u32 = u32.MAX_VALUE;

function callsServer(i: Instance, server: Instance): bool {
  const row = callOf(i);
  return row !== NO_CALL && layout.call(row, table.CALLS_SERVER) === server.number;
}

/** The instance waits for a server that does not run at the moment: its silence is not its own. */
export function waitsForAbsent(i: Instance): bool {
  const row = callOf(i);
  if (row === NO_CALL) return false;
  return instances.at(<u32>layout.call(row, table.CALLS_SERVER)).state !== states.RUNNING;
}

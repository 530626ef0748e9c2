// SPDX-License-Identifier: Apache-2.0
// The supervisor: builds all domains from the layout, then answers faults and calls and lets time pass, for ever.
import { BLOCK_SLOTS_TOTAL, INSTANCE_COUNT } from '../../generated/layout';
import * as boot from '../boot/boot';
import * as phases from '../boot/phases';
import * as clock from '../../lib/device/clock';
import { counter } from '../../lib/machine/cpu';
import * as sel4 from '../../lib/machine/sel4';
import * as out from '../log/output';
import * as construct from './construct';
import * as cspace from './cspace';
import * as domainTable from './domain-table';
import * as faults from './faults';
import * as states from '../../lib/protocol/states';
import * as instances from './instances';
import { Instance } from './instances';
import * as log from './log';
import * as rpc from './rpc';
import * as shared from './shared';
import * as status from './status';
import * as verify from './verify';
import * as watchdog from './watchdog';
import * as workers from './workers';

// How a badge says what came (docs/domains.md).
const FROM_NOTIFICATION: u64 = 1 << 63;
const IS_FAULT: u64 = 1 << 62;
const IS_RPC: u64 = 1 << 61;
const INSTANCE_MASK: u64 = 0xffff;

/** Slots besides the blocks: the one that verification uses. */
const SPARE_SLOTS: u64 = 1;

/** Builds the static domains and checks them against the layout. They run when the root task first waits. */
export function start(): void {
  cspace.grow(BLOCK_SLOTS_TOTAL + SPARE_SLOTS);
  instances.init();
  shared.make();
  domainTable.make();
  construct.prepare();
  forStaticDomains(true);
  verify.run();
  forStaticDomains(false);
  log.connect();
}

/** Builds or launches the domains that are there from the start. */
function forStaticDomains(build: bool): void {
  for (let n: u32 = 0; n < INSTANCE_COUNT; n++) {
    const i = instances.at(n);
    if (i.isWorker) continue;
    if (build ? construct.build(i) : construct.launch(i)) continue;
    out.text('[supervisor] step failed: ');
    out.line(construct.failedStep);
    phases.abort('domain', 'a domain could not be built');
  }
}

/** Ticks between two looks of the watchdog: its limits are tenths of a second. */
const WATCHDOG_TICKS: u64 = 10;

/** Instances that can need attention: the static domains come first in the layout, workers only while some run. */
function attentive(): u32 {
  return workers.live > 0 ? INSTANCE_COUNT : instances.beforeWorkers;
}

/** Whether something is due on every tick: a worker's budget, a restart, callers of a server that is gone. */
function busy(): bool {
  return workers.live > 0 || faults.unsettled > 0;
}

/** Wakes the instance if it wanted to be woken by now; it sets another time, or none, when it runs. Ticks come in time for that. */
function lookAtAlarm(i: Instance): void {
  const alarm = status.alarm(i);
  if (alarm === 0) return;
  if (alarm <= counter()) construct.poke(i);
  clock.by(alarm);
}

let watchdogTick: u64 = 0;

function everyTick(): void {
  clock.tick(busy() ? 1 : WATCHDOG_TICKS);
  sel4.irqHandlerAck(boot.timerIrq);
  const now = clock.nowMs();
  const count = attentive();
  for (let n: u32 = 0; n < count; n++) {
    const i = instances.at(n);
    const state = i.state;
    if (state === states.BACKING_OFF) faults.restartDue(i, now);
    else if (state === states.GIVEN_UP) faults.answerCallers(i);
    else if (state === states.RUNNING) {
      if (i.worker > 0) workers.tick(i, now);
      else lookAtAlarm(i);
    }
  }
  if (clock.ticks < watchdogTick) return;
  watchdogTick = clock.ticks + WATCHDOG_TICKS;
  watchdog.check(now, count);
}

/** Waits for one message or interrupt and handles it. */
export function turn(): void {
  handle(receive());
}

/** Waits for one message or interrupt; returns its badge. */
export function receive(): u64 {
  return sel4.recv(boot.rootEndpoint);
}

/** Whether a message with this badge is a call of an instance. */
export function isCall(badge: u64): bool {
  return (badge & (FROM_NOTIFICATION | IS_FAULT | IS_RPC)) === IS_RPC;
}

/** Handles the message or interrupt that was received last. */
export function handle(badge: u64): void {
  if (badge & FROM_NOTIFICATION) {
    everyTick();
    return;
  }
  const number = badge & INSTANCE_MASK;
  if (number >= INSTANCE_COUNT) return;
  const i = instances.at(<u32>number);
  if (badge & IS_FAULT) faults.handle(i);
  else if (badge & IS_RPC) rpc.answer(i);
  if (busy()) clock.hurry();
}

// SPDX-License-Identifier: Apache-2.0
// The test's calls to the root task, with labels that the supervisor does not know. driver.ts is the other side.
import * as table from '../../../../../generated/layout';
import * as slots from '../../../../../roottask/boot/slots';
import * as untyped from '../../../../../roottask/boot/untyped';
import * as clock from '../../../../../lib/device/clock';
import * as abi from '../../../../../lib/machine/abi';
import { getMr, label, reply, setMr } from '../../../../../lib/machine/sel4';
import * as construct from '../../../../../roottask/supervisor/construct';
import * as cspace from '../../../../../roottask/supervisor/cspace';
import * as states from '../../../../../lib/protocol/states';
import * as instances from '../../../../../roottask/supervisor/instances';
import { Instance, NO_INSTANCE } from '../../../../../roottask/supervisor/instances';
import * as layout from '../../../../../roottask/supervisor/layout';
import * as protocol from '../../../../../lib/protocol/supervisor';
import * as status from '../../../../../roottask/supervisor/status';
import * as faults from '../lib/faults';
import * as cycles from './cycles';

const FIRST: u64 = 4096;
/** (instance, fault, restarts) → (): asks the instance for the fault, as if it had had so many restarts in its window. */
const CRASH: u64 = 4096;
/** (instance) → (): starts an instance again that was given up. */
const REVIVE: u64 = 4097;
/** (fault): the root task itself. */
const CRASH_ROOT: u64 = 4098;
/** (role, cycles) → (failures): so many times spawn and kill. */
const CYCLE: u64 = 4099;
/** () → samples, min, median, 99th percentile, max, all in counter units, counter frequency. */
const CYCLE_TIMES: u64 = 4100;
/** () → free bytes, slots left, block slots of workers in use, workers' places whose memory is wholly free, places. */
const AUDIT: u64 = 4101;
/** (instance) → bytes of its untyped memory, bytes in use of it, bytes of its slots in the root task. */
const FOOTPRINT: u64 = 4102;

let scratch: u64 = 0;

export function start(): void {
  scratch = cspace.takeBlock(1);
}

export function takes(request: u64): bool {
  return request >= FIRST;
}

export function answer(): void {
  const request = label();
  const a = getMr(0);
  const b = getMr(1);
  const c = getMr(2);
  if (request === CRASH) crash(instanceOf(a), b, <u32>c);
  else if (request === REVIVE) revive(instanceOf(a));
  else if (request === CRASH_ROOT) faults.provoke(<u32>a);
  else if (request === CYCLE) cycle(a, <u32>b);
  else if (request === CYCLE_TIMES) reply(protocol.OK, cycles.times());
  else if (request === AUDIT) audit();
  else if (request === FOOTPRINT) footprint(instanceOf(a));
  else reply(protocol.INVALID, 0);
}

/** The instance that the test means, or NO_INSTANCE. */
function instanceOf(number: u64): Instance {
  return number < table.INSTANCE_COUNT ? instances.at(<u32>number) : NO_INSTANCE;
}

function crash(i: Instance, kind: u64, restarts: u32): void {
  if (i === NO_INSTANCE || i.state !== states.RUNNING) {
    reply(protocol.NOT_FOUND, 0);
    return;
  }
  i.windowStart_ms = clock.nowMs();
  i.windowRestarts = restarts;
  status.setControl(i, kind);
  reply(protocol.OK, 0);
  construct.poke(i);
}

function revive(i: Instance): void {
  if (i === NO_INSTANCE || i.state !== states.GIVEN_UP) {
    reply(protocol.NOT_FOUND, 0);
    return;
  }
  i.state = states.BACKING_OFF;
  i.windowRestarts = 0;
  i.deadline_ms = clock.nowMs();
  reply(protocol.OK, 0);
}

function cycle(role: u64, count: u32): void {
  setMr(0, cycles.run(role, count));
  reply(protocol.OK, 1);
}

/** Whether the slot holds a capability: then nothing can be put there. */
function occupied(slot: u64): bool {
  if (cspace.copy(slot, abi.CAP_INIT_CNODE, abi.RIGHTS_ALL) !== abi.ERROR_NONE) return true;
  cspace.remove(slot);
  return false;
}

/** Whether all of the instance's memory can be had as one object. */
function whollyFree(i: Instance): bool {
  const bits = i.column(table.DOMAINS_UNTYPED_BITS);
  if (cspace.retype(i.untyped, abi.OBJECT_UNTYPED, bits, scratch, 1) !== abi.ERROR_NONE) return false;
  cspace.remove(scratch);
  return true;
}

function audit(): void {
  let inUse: u64 = 0;
  let free: u64 = 0;
  let places: u64 = 0;
  for (let n: u32 = 0; n < table.INSTANCE_COUNT; n++) {
    const i = instances.at(n);
    if (!i.isWorker) continue;
    places++;
    const first = i.block;
    const count = i.column(table.DOMAINS_BLOCK_SLOTS);
    for (let slot = first; slot < first + count; slot++) if (occupied(slot)) inUse++;
    if (i.worker === 0 && whollyFree(i)) free++;
  }
  setMr(0, untyped.freeBytes());
  setMr(1, slots.left());
  setMr(2, inUse);
  setMr(3, free);
  setMr(4, places);
  reply(protocol.OK, 5);
}

function footprint(i: Instance): void {
  if (i === NO_INSTANCE) {
    reply(protocol.NOT_FOUND, 0);
    return;
  }
  const slotBytes: u64 = (<u64>1) << abi.BITS_SLOT;
  setMr(0, (<u64>1) << i.column(table.DOMAINS_UNTYPED_BITS));
  setMr(1, objectBytes(i));
  setMr(2, i.column(table.DOMAINS_BLOCK_SLOTS) * slotBytes);
  reply(protocol.OK, 3);
}

function objectBytes(i: Instance): u64 {
  let bytes: u64 = 0;
  const first = <u32>i.column(table.DOMAINS_PRIVATE_START);
  const rows = <u32>i.column(table.DOMAINS_PRIVATE_ROWS);
  for (let r = first; r < first + rows; r++) {
    bytes +=
      layout.objects(r, table.PRIVATE_COUNT) *
      objectSize(layout.objects(r, table.PRIVATE_TYPE), layout.objects(r, table.PRIVATE_SIZE_BITS));
  }
  return bytes;
}

/** The layout gives sizes only of objects that have several: a CNode's in slots. */
function objectSize(objectType: u64, sizeBits: u64): u64 {
  if (objectType === abi.OBJECT_CNODE) return (<u64>1) << (sizeBits + abi.BITS_SLOT);
  if (objectType === abi.OBJECT_TCB) return (<u64>1) << TCB_BITS;
  if (objectType === abi.OBJECT_NOTIFICATION) return (<u64>1) << NOTIFICATION_BITS;
  return (<u64>1) << abi.BITS_SMALL_PAGE;
}
const TCB_BITS: u64 = 11;
const NOTIFICATION_BITS: u64 = 5;

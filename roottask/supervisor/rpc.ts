// SPDX-License-Identifier: Apache-2.0
// Answers the supervisor's calls (protocol.ts). The badge says which instance asks; its domain's mask says what it may ask.
import * as table from '../../generated/layout';
import { TEXT as BUILD_TEXT } from '../../generated/build';
import * as boot from '../boot/boot';
import * as bootinfo from '../boot/bootinfo';
import * as slots from '../boot/slots';
import * as untyped from '../boot/untyped';
import * as clock from '../../lib/device/clock';
import * as abi from '../../lib/machine/abi';
import { counter } from '../../lib/machine/cpu';
import * as sel4 from '../../lib/machine/sel4';
import * as construct from './construct';
import * as endings from './endings';
import * as states from '../../lib/protocol/states';
import * as instances from './instances';
import { Instance } from './instances';
import * as lastFault from './last-fault';
import * as layout from './layout';
import * as info from '../../lib/protocol/info';
import * as protocol from '../../lib/protocol/supervisor';
import * as status from './status';
import * as verify from './verify';
import * as workers from './workers';

function permitted(i: Instance, request: u32): bool {
  const mask = i.column(table.DOMAINS_RPC_MASK);
  switch (request) {
    case <u32>protocol.INFO_SYSTEM:
    case <u32>protocol.INFO_DOMAIN:
    case <u32>protocol.INFO_TIME:
    case <u32>protocol.LAST_FAULT:
    case <u32>protocol.INFO_BUILD:
      return (mask & protocol.MAY_INFO) !== 0;
    case <u32>protocol.SPAWN:
    case <u32>protocol.ENDED:
    case <u32>protocol.WORKERS:
      return (mask & protocol.MAY_SPAWN) !== 0;
    case <u32>protocol.KILL:
      return (mask & protocol.MAY_KILL) !== 0;
    default:
      return true; // refused below as unknown
  }
}

function infoSystem(): void {
  sel4.setMr(info.SYSTEM_CNODE_BITS, bootinfo.cnodeBits);
  sel4.setMr(info.SYSTEM_EMPTY_START, bootinfo.emptyStart);
  sel4.setMr(info.SYSTEM_EMPTY_END, bootinfo.emptyEnd);
  sel4.setMr(info.SYSTEM_IPC_BUFFER, bootinfo.ipcBuffer);
  sel4.setMr(info.SYSTEM_ROOT_CNODE, abi.CAP_INIT_CNODE);
  sel4.setMr(info.SYSTEM_ROOT_ENDPOINT, boot.rootEndpoint);
  sel4.setMr(info.SYSTEM_UART_FRAME, boot.uartFrame);
  sel4.setMr(info.SYSTEM_UNTYPED, bootinfo.untypedCount());
  sel4.setMr(info.SYSTEM_RAM_UNTYPED, bootinfo.ramUntyped);
  sel4.setMr(info.SYSTEM_DEVICE_UNTYPED, bootinfo.deviceUntyped);
  sel4.setMr(info.SYSTEM_FREE_BYTES, untyped.freeBytes());
  sel4.setMr(info.SYSTEM_OBJECTS, untyped.retyped);
  sel4.setMr(info.SYSTEM_SLOTS_LEFT, slots.left());
  sel4.setMr(info.SYSTEM_DOMAINS, table.DOMAIN_COUNT);
  sel4.setMr(info.SYSTEM_INSTANCES, table.INSTANCE_COUNT);
  sel4.setMr(info.SYSTEM_BEFORE_WORKERS, instances.beforeWorkers);
  sel4.setMr(info.SYSTEM_VERIFIED, verify.verified);
}

function infoDomain(i: Instance): void {
  const running = i.state === states.RUNNING;
  sel4.setMr(info.DOMAIN_STATE, i.state);
  sel4.setMr(info.DOMAIN_GENERATION, i.generation);
  sel4.setMr(info.DOMAIN_FAULTS, i.faults);
  sel4.setMr(info.DOMAIN_RESTARTS, i.restarts);
  sel4.setMr(info.DOMAIN_OBJECTS, running ? construct.objectCount(i) : 0);
  sel4.setMr(info.DOMAIN_MEMORY_BYTES, running ? (<u64>1) << i.column(table.DOMAINS_UNTYPED_BITS) : 0);
  sel4.setMr(info.DOMAIN_HEAP_USED, running ? status.heapUsed(i) : 0);
  sel4.setMr(info.DOMAIN_STACK_USED, running ? status.stackUsed(i) : 0);
  sel4.setMr(info.DOMAIN_STACK_BYTES, i.column(table.DOMAINS_STACK_BYTES));
  sel4.setMr(info.DOMAIN_BEATS, running ? status.beats(i) : 0);
  setText(info.DOMAIN_NAME, info.NAME_WORDS, layout.domainName(i.domain));
  sel4.setMr(info.DOMAIN_IS_WORKER, i.isWorker ? 1 : 0);
}

function setText(first: u32, words: u32, text: string): void {
  for (let word: u32 = 0; word < words; word++) {
    let value: u64 = 0;
    for (let b: u32 = 0; b < 8; b++) {
      const at = word * 8 + b;
      if (at < <u32>text.length) value |= (<u64>(text.charCodeAt(at) & 0x7f)) << (8 * <u64>b);
    }
    sel4.setMr(first + word, value);
  }
}

function infoTime(): void {
  sel4.setMr(info.TIME_WALL_S, clock.wallSeconds());
  sel4.setMr(info.TIME_COUNTER, counter());
  sel4.setMr(info.TIME_COUNTER_HZ, clock.frequencyHz());
}

/** Workers that run, from an instance on; returns how many words the reply has. */
function listWorkers(from: u64): u32 {
  let found: u32 = 0;
  for (let n = <u32>min<u64>(from, table.INSTANCE_COUNT); n < table.INSTANCE_COUNT && found < info.WORKERS_MAX; n++) {
    const i = instances.at(n);
    if (i.worker === 0) continue;
    const entry = info.WORKERS_ENTRIES + info.WORKER_WORDS * found;
    sel4.setMr(entry + info.WORKER_INSTANCE, i.number);
    sel4.setMr(entry + info.WORKER_ID, i.worker);
    sel4.setMr(entry + info.WORKER_ROLE, i.column(table.DOMAINS_ROLE));
    sel4.setMr(entry + info.WORKER_TICKS, i.ticksLeft);
    sel4.setMr(entry + info.WORKER_TTL_MS, workers.timeLeft_ms(i));
    sel4.setMr(entry + info.WORKER_OPERATIONS, i.opsLeft);
    found++;
  }
  sel4.setMr(info.WORKERS_COUNT, found);
  sel4.setMr(info.WORKERS_YOUNGEST, workers.lastWorker());
  return info.WORKERS_ENTRIES + info.WORKER_WORDS * found;
}

/** Answers the call of instance `i` that was received last. */
export function answer(i: Instance): void {
  const request = <u32>min<u64>(sel4.label(), u32.MAX_VALUE);
  if (!permitted(i, request)) {
    sel4.reply(protocol.PERMISSION, 0);
    return;
  }
  const a = sel4.getMr(0);
  switch (request) {
    case <u32>protocol.INFO_SYSTEM:
      infoSystem();
      sel4.reply(protocol.OK, info.SYSTEM_WORDS);
      return;
    case <u32>protocol.INFO_DOMAIN:
      if (a >= table.INSTANCE_COUNT) {
        sel4.reply(protocol.NOT_FOUND, 0);
        return;
      }
      infoDomain(instances.at(<u32>a));
      sel4.reply(protocol.OK, info.DOMAIN_WORDS);
      return;
    case <u32>protocol.LAST_FAULT:
      tellFault(a);
      return;
    case <u32>protocol.SPAWN:
      spawn();
      return;
    case <u32>protocol.KILL:
      sel4.reply(workers.kill(a), 0);
      return;
    case <u32>protocol.INFO_TIME:
      infoTime();
      sel4.reply(protocol.OK, info.TIME_WORDS);
      return;
    case <u32>protocol.INFO_BUILD:
      setText(0, info.BUILD_WORDS, BUILD_TEXT);
      sel4.reply(protocol.OK, info.BUILD_WORDS);
      return;
    case <u32>protocol.ENDED:
      sel4.reply(protocol.OK, endings.take());
      return;
    case <u32>protocol.WORKERS:
      sel4.reply(protocol.OK, listWorkers(a));
      return;
    default:
      sel4.reply(protocol.INVALID, 0);
  }
}

function tellFault(instance: u64): void {
  const words = instance < table.INSTANCE_COUNT ? lastFault.take(instances.at(<u32>instance)) : 0;
  sel4.reply(words === 0 ? protocol.NOT_FOUND : protocol.OK, words);
}

function spawn(): void {
  const result = workers.spawn(sel4.getMr(0), sel4.getMr(1), sel4.getMr(2), sel4.getMr(3));
  if (result !== protocol.OK) {
    sel4.reply(result, 0);
    return;
  }
  sel4.setMr(0, workers.lastWorker());
  sel4.setMr(1, workers.spawned.number);
  sel4.reply(protocol.OK, 2);
}

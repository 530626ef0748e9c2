// SPDX-License-Identifier: Apache-2.0
// Answers the supervisor's calls (protocol.ts). The badge says which instance asks; its domain's mask says what it may ask.
import { DOMAIN_COUNT, INSTANCE_COUNT } from '../../generated/layout';
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
import * as instances from './instances';
import * as lastFault from './last-fault';
import * as layout from './layout';
import * as protocol from '../../lib/protocol/supervisor';
import * as status from './status';
import * as verify from './verify';
import * as workers from './workers';

function permitted(i: u32, request: u32): bool {
  const mask = instances.column(i, layout.RPC_MASK);
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
  sel4.setMr(0, bootinfo.cnodeBits);
  sel4.setMr(1, bootinfo.emptyStart);
  sel4.setMr(2, bootinfo.emptyEnd);
  sel4.setMr(3, bootinfo.ipcBuffer);
  sel4.setMr(4, abi.CAP_INIT_CNODE);
  sel4.setMr(5, boot.rootEndpoint);
  sel4.setMr(6, boot.uartFrame);
  sel4.setMr(7, bootinfo.untypedCount());
  sel4.setMr(8, bootinfo.ramUntyped);
  sel4.setMr(9, bootinfo.deviceUntyped);
  sel4.setMr(10, untyped.freeBytes());
  sel4.setMr(11, untyped.retyped);
  sel4.setMr(12, slots.left());
  sel4.setMr(13, DOMAIN_COUNT);
  sel4.setMr(14, INSTANCE_COUNT);
  sel4.setMr(15, instances.beforeWorkers);
  sel4.setMr(16, verify.verified);
}

function infoDomain(i: u32): void {
  const running = instances.state(i) === instances.RUNNING;
  sel4.setMr(0, instances.state(i));
  sel4.setMr(1, instances.generation(i));
  sel4.setMr(2, instances.faults(i));
  sel4.setMr(3, instances.restarts(i));
  sel4.setMr(4, running ? construct.objectCount(i) : 0);
  sel4.setMr(5, running ? (<u64>1) << instances.column(i, layout.UNTYPED_BITS) : 0);
  sel4.setMr(6, running ? status.heapUsed(i) : 0);
  sel4.setMr(7, running ? status.stackUsed(i) : 0);
  sel4.setMr(8, instances.column(i, layout.STACK_BYTES));
  sel4.setMr(9, running ? status.beats(i) : 0);
  setText(10, protocol.NAME_WORDS, layout.domainName(instances.domain(i)));
  sel4.setMr(14, instances.isWorker(i) ? 1 : 0);
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
  sel4.setMr(0, clock.wallSeconds());
  sel4.setMr(1, counter());
  sel4.setMr(2, clock.frequencyHz());
}

/** Workers that run, from an instance on; returns how many words the reply has. */
function listWorkers(from: u64): u32 {
  let found: u32 = 0;
  for (let i = <u32>min<u64>(from, INSTANCE_COUNT); i < INSTANCE_COUNT && found < protocol.WORKERS_MAX; i++) {
    if (instances.worker(i) === 0) continue;
    const entry = 2 + protocol.WORKER_WORDS * found;
    sel4.setMr(entry, i);
    sel4.setMr(entry + 1, instances.worker(i));
    sel4.setMr(entry + 2, instances.column(i, layout.ROLE));
    sel4.setMr(entry + 3, instances.ticksLeft(i));
    sel4.setMr(entry + 4, workers.timeLeft_ms(i));
    sel4.setMr(entry + 5, instances.opsLeft(i));
    found++;
  }
  sel4.setMr(0, found);
  sel4.setMr(1, workers.lastWorker());
  return 2 + protocol.WORKER_WORDS * found;
}

/** Answers the call of instance `i` that was received last. */
export function answer(i: u32): void {
  const request = <u32>min<u64>(sel4.label(), u32.MAX_VALUE);
  if (!permitted(i, request)) {
    sel4.reply(protocol.PERMISSION, 0);
    return;
  }
  const a = sel4.getMr(0);
  switch (request) {
    case <u32>protocol.INFO_SYSTEM:
      infoSystem();
      sel4.reply(protocol.OK, protocol.SYSTEM_WORDS);
      return;
    case <u32>protocol.INFO_DOMAIN:
      if (a >= INSTANCE_COUNT) {
        sel4.reply(protocol.NOT_FOUND, 0);
        return;
      }
      infoDomain(<u32>a);
      sel4.reply(protocol.OK, protocol.DOMAIN_WORDS);
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
      sel4.reply(protocol.OK, 3);
      return;
    case <u32>protocol.INFO_BUILD:
      setText(0, protocol.BUILD_WORDS, BUILD_TEXT);
      sel4.reply(protocol.OK, protocol.BUILD_WORDS);
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
  const words = instance < INSTANCE_COUNT ? lastFault.take(<u32>instance) : 0;
  sel4.reply(words === 0 ? protocol.NOT_FOUND : protocol.OK, words);
}

function spawn(): void {
  const result = workers.spawn(sel4.getMr(0), sel4.getMr(1), sel4.getMr(2), sel4.getMr(3));
  if (result !== protocol.OK) {
    sel4.reply(result, 0);
    return;
  }
  sel4.setMr(0, workers.lastWorker());
  sel4.setMr(1, workers.spawned);
  sel4.reply(protocol.OK, 2);
}

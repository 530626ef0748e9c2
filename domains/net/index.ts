// SPDX-License-Identifier: Apache-2.0
// The net domain: the virtio network card, the TCP/IP stack, and the connections that it hands to the console and NineDoor, in one event
// loop. Without a card, or if the manifest wants no network, it only drains its rings and answers the watchdog.
import * as domain from '../../generated/domains/net';
import * as manifest from '../../generated/manifest';
import { generation, setAlarm } from '../../lib/machine/domain';
import { irqHandlerAck, poll, wait } from '../../lib/machine/sel4';
import * as clock from './clock';
import * as config from './config';
import * as connections from './connections/connections';
import * as links from './connections/links';
import * as entropy from './entropy';
import * as publish from './publish';
import * as selftest from './selftest';
import * as stack from './stack';
import * as driver from './virtio/driver';

/** Frames taken in one turn: other work gets its chance between. */
const FRAMES: u32 = 64;

/** Shortest period of a timer of TCP. */
const TIMER_MS: u64 = 250;
/** Time after a frame in which timers of ARP and the like may matter. */
const LINGER_MS: u64 = 5000;
/** Periods of DHCP's timers: while there is no address, and with one. */
const ASKING_MS: u64 = 500;
const LEASE_MS: u64 = 60_000;
/** How often connections are searched for stalled ones. */
const SWEEP_MS: u64 = 1000;

let lastFrame_ms: u64 = 0;
let nextSweep_ms: u64 = 0;
let turns: u64 = 0;
/** The turn ended before the work did. */
let more: bool = false;
let hasStack: bool = false;

export function start(): void {
  clock.init();
  connections.start();
  publish.start();
  startNetwork();
  step(false);
}

function startNetwork(): void {
  if (!manifest.FEATURES_NET_CONSOLE || domain.DMA_NET_BYTES < driver.DMA_BYTES) return;
  if (!driver.start(domain.REGION_VIRTIO_NET, domain.DMA_NET_OFFSET)) return;
  entropy.gather(driver.mac, generation());
  stack.start(driver.mac, entropy.low, entropy.high);
  if (driver.leavesChecksums) stack.leaveChecksums();
  if (config.isDynamic()) stack.askAddress();
  else stack.setAddress(config.address(), config.netmask(), config.gateway());
  connections.listen();
  if (manifest.NETWORK_UDP_ECHO_PORT !== 0) stack.udpEcho(manifest.NETWORK_UDP_ECHO_PORT);
  selftest.start();
  hasStack = true;
  irqHandlerAck(domain.SLOT_IRQ_VIRTIO_NET + driver.slot);
}

// ---- what the stack calls ----

export function transmit_buffer(size: u32): u32 {
  return driver.transmitBuffer(size);
}

export function transmit_commit(size: u32): void {
  driver.transmitCommit(size);
}

// ---- the event loop ----

/** Takes frames; true: there may be more. */
function receive(now: u64): bool {
  let count: u32 = 0;
  for (; count < FRAMES; count++) {
    const frame = driver.receive();
    if (frame === 0) break;
    stack.input(frame, driver.frameBytes, driver.isVerified);
    driver.release();
  }
  if (count === 0) return false;
  lastFrame_ms = now;
  driver.replenish();
  return count === FRAMES;
}

/** When the domain wants to be woken if nothing happens; 0: not. */
function wakeUp(now: u64): u64 {
  let at = min(connections.nextDeadline_ms, selftest.due_ms());
  const isBusy = stack.busy() || now - lastFrame_ms < LINGER_MS || driver.state !== driver.RUNNING;
  if (isBusy) at = min(at, now + TIMER_MS);
  if (config.isDynamic()) at = min(at, now + (stack.addressOf(stack.OWN) === 0 ? ASKING_MS : LEASE_MS));
  return at === u64.MAX_VALUE ? 0 : clock.at(at);
}

/** The network's part of a turn; true: there is more to do. */
function work(interrupted: bool): bool {
  const now = clock.now_ms();
  if (interrupted) driver.acknowledge();
  stack.tick(<u32>now);
  const hasFrames = receive(now);
  connections.listenToServers();
  const hasSteps = connections.turn(now);
  connections.flush();
  stack.settle();
  if (now >= nextSweep_ms) {
    nextSweep_ms = now + SWEEP_MS;
    stack.sweep();
  }
  if (connections.wantsSelfTest) selftest.run(now);
  selftest.turn(now);
  if (driver.hasRoomAgain()) stack.flushAll();
  driver.flush();
  driver.check(now);
  setAlarm(wakeUp(now));
  return hasFrames || hasSteps;
}

/** One turn after events. */
function step(interrupted: bool): void {
  turns++;
  links.begin();
  if (hasStack) more = work(interrupted);
  else connections.listenToServers();
  connections.forgetSelfTest();
  more = more || links.hasMore();
  links.end();
  publish.all(turns, hasStack);
}

export function turn(): void {
  const events = more ? poll(domain.SLOT_EVENTS) : wait(domain.SLOT_EVENTS);
  const interrupted = hasStack && ((events >> (1 + driver.slot)) & 1) !== 0;
  step(interrupted);
  if (interrupted) irqHandlerAck(domain.SLOT_IRQ_VIRTIO_NET + driver.slot);
}

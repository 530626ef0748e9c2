// The net domain: the virtio network card and the TCP/IP stack, in one event loop. Without a card it only answers the watchdog.
import * as domain from '../../generated/domains/net';
import { generation, setAlarm } from '../machine/domain';
import { irqHandlerAck, poll, wait } from '../machine/sel4';
import * as clock from './clock';
import * as config from './config';
import * as entropy from './entropy';
import * as services from './services';
import * as stack from './stack';
import * as driver from './virtio/driver';

/** Frames taken in one turn: other work gets its chance between. */
const FRAMES: u32 = 64;

/** Shortest period of a timer of TCP. */
const TIMER_MS: u64 = 250;
/** Time after a frame in which timers of ARP and the like may matter. */
const LINGER_MS: u64 = 5000;

let lastFrame_ms: u64 = 0;
/** The turn ended before the frames did. */
let more: bool = false;
let hasStack: bool = false;

export function start(): void {
  clock.init();
  if (domain.DMA_NET_BYTES < driver.DMA_BYTES) return;
  if (!driver.start(domain.REGION_VIRTIO_NET, domain.DMA_NET_OFFSET)) return;
  entropy.gather(driver.mac, generation());
  stack.start(config.ADDRESS, config.NETMASK, config.GATEWAY, driver.mac, entropy.low, entropy.high);
  services.start();
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

function receive(now: u64): void {
  let count: u32 = 0;
  for (; count < FRAMES; count++) {
    const frame = driver.receive();
    if (frame === 0) break;
    stack.input(frame, driver.frameBytes);
    driver.release();
  }
  more = count === FRAMES;
  if (count === 0) return;
  lastFrame_ms = now;
  driver.replenish();
}

/** One turn after events; exported for the tests' own loop. */
export function step(interrupted: bool): void {
  if (!hasStack) return;
  const now = clock.now_ms();
  if (interrupted) driver.acknowledge();
  stack.tick(<u32>now);
  receive(now);
  services.turn();
  if (driver.hasRoomAgain()) stack.flushAll();
  driver.flush();
  driver.check(now);
  const isBusy = stack.busy() || now - lastFrame_ms < LINGER_MS || driver.state !== driver.RUNNING;
  setAlarm(isBusy ? clock.after(TIMER_MS) : 0);
}

export function turn(): void {
  const events = more ? poll(domain.SLOT_EVENTS) : wait(domain.SLOT_EVENTS);
  const interrupted = hasStack && ((events >> (1 + driver.slot)) & 1) !== 0;
  step(interrupted);
  if (interrupted) irqHandlerAck(domain.SLOT_IRQ_VIRTIO_NET + driver.slot);
}

// The console domain: a line protocol on the serial line, for an operator. It holds no device and no memory of anybody else:
// bytes come and go through rings, answers come from the supervisor and from NineDoor.
import * as domain from '../../generated/domains/console';
import * as ring from '../channel/ring';
import { signal, wait } from '../machine/sel4';
import * as console from './console';
import * as log from './log';
import * as out from './sink';

const CHUNK: u32 = 512;
const chunk = memory.data(512);

/** What waited while this domain was not there is looked at first: its signals may be gone. */
export function start(): void {
  showLog();
  console.start();
  receive();
  out.flush();
}

/**
 * What was typed. No more than the ring holds: later bytes have a signal of their own, and a peer that never stops keeps
 * nobody from the log.
 */
function receive(): void {
  let left = ring.capacity(domain.SERIAL_IN_BYTES);
  while (left > 0) {
    const count = ring.read(domain.SERIAL_IN_OFFSET, domain.SERIAL_IN_BYTES, chunk, min(left, CHUNK));
    if (count === 0) return;
    left -= count;
    signal(domain.SLOT_SIGNAL_SERIAL_IN);
    for (let i: u32 = 0; i < count; i++) console.receive(load<u8>(chunk + i));
  }
}

/** What the root task logged. */
function showLog(): void {
  let left = ring.capacity(domain.LOG_BYTES);
  while (left > 0) {
    const count = ring.read(domain.LOG_OFFSET, domain.LOG_BYTES, chunk, min(left, CHUNK));
    if (count === 0) break;
    left -= count;
    log.take(chunk, count);
  }
  log.end();
}

export function turn(): void {
  const events = wait(domain.SLOT_EVENTS);
  if (events & domain.EVENT_LOG) showLog();
  if (events & domain.EVENT_SERIAL_IN) receive();
  out.flush();
}

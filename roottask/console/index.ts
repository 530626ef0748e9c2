// The console domain: a line protocol on the serial line, for an operator. It holds no device and no memory of anybody else:
// bytes come and go through rings, answers come from the supervisor and from NineDoor.
import * as domain from '../../generated/domains/console';
import * as ring from '../channel/ring';
import { poll, signal, wait } from '../machine/sel4';
import * as console from './console';
import * as log from './log';
import * as out from './sink';

const CHUNK: u32 = 512;
const chunk = memory.data(512);
/** What was typed and not looked at yet: bytes of `typed` from `typedAt` on. */
const typed = memory.data(512);
let typedAt: u32 = 0;
let typedBytes: u32 = 0;
/** Events that wait until the command at hand has shown all its payload. */
let pending: u64 = 0;

/** What waited while this domain was not there is looked at first: its signals may be gone. */
export function start(): void {
  showLog();
  console.start();
  pending = domain.EVENT_SERIAL_IN;
  handle();
  out.flush();
}

/**
 * What was typed. No more than the ring holds: later bytes have a signal of their own, and a peer that never stops keeps
 * nobody from the log. What follows a command with payload waits for its end.
 */
function receive(): void {
  let left = ring.capacity(domain.SERIAL_IN_BYTES);
  for (;;) {
    while (typedAt < typedBytes && !console.isBusy()) console.receive(load<u8>(typed + typedAt++));
    if (console.isBusy()) {
      pending |= domain.EVENT_SERIAL_IN;
      return;
    }
    typedAt = 0;
    typedBytes = ring.read(domain.SERIAL_IN_OFFSET, domain.SERIAL_IN_BYTES, typed, min(left, CHUNK));
    if (typedBytes === 0) return;
    left -= typedBytes;
    signal(domain.SLOT_SIGNAL_SERIAL_IN);
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

function handle(): void {
  const events = pending;
  pending = 0;
  if (events & domain.EVENT_LOG) showLog();
  if (events & domain.EVENT_SERIAL_IN) receive();
}

export function turn(): void {
  pending |= console.isBusy() ? poll(domain.SLOT_EVENTS) : wait(domain.SLOT_EVENTS);
  if (console.isBusy()) console.step();
  if (!console.isBusy()) handle();
  out.flush();
}

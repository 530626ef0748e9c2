// The console domain: a line protocol on the serial line, for an operator. It holds no device and no memory of anybody else:
// bytes come and go through rings, answers come from the supervisor and from NineDoor.
import * as domain from '../../generated/domains/console';
import * as ring from '../channel/ring';
import { signal, wait } from '../machine/sel4';
import * as console from './console';
import * as out from './sink';

/** Bytes of one look at a ring: bounds what one event costs. */
const CHUNK: u32 = 512;
const input = memory.data(512);
const log = memory.data(512);

export function start(): void {
  showLog();
  console.start();
  out.flush();
}

/** What was typed. */
function receive(): void {
  for (;;) {
    const count = ring.read(domain.SERIAL_IN_OFFSET, domain.SERIAL_IN_BYTES, input, CHUNK);
    if (count === 0) return;
    signal(domain.SLOT_SIGNAL_SERIAL_IN);
    for (let i: u32 = 0; i < count; i++) console.receive(load<u8>(input + i));
  }
}

/** What the root task logged. */
function showLog(): void {
  for (;;) {
    const count = ring.read(domain.LOG_OFFSET, domain.LOG_BYTES, log, CHUNK);
    if (count === 0) return;
    console.showLog(log, count);
  }
}

export function turn(): void {
  const events = wait(domain.SLOT_EVENTS);
  if (events & domain.EVENT_LOG) showLog();
  if (events & domain.EVENT_SERIAL_IN) receive();
  out.flush();
}

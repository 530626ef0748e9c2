// SPDX-License-Identifier: Apache-2.0
// The console domain: a line protocol for operators and their tools, on the serial line and on the connections that
// net hands over. It holds no device and no memory of anybody else: bytes come and go through rings, answers come
// from the supervisor and from NineDoor.
import * as domain from '../../generated/domains/console';
import * as ring from '../../lib/channel/ring';
import { poll, wait } from '../../lib/machine/sel4';
import * as clock from './clock';
import * as log from './serial/log';
import * as out from './serial/output';
import * as serial from './serial/serial';
import { serial as serialSession } from './session/session';
import * as sink from './sink';
import * as arrivals from './tcp/arrivals';
import * as rounds from './tcp/rounds';
import * as sender from './tcp/sender';

const CHUNK: u32 = 512;
const chunk = memory.data(512);
/** Events of the serial line that wait until the command at hand has shown all its payload. */
let pending: u64 = 0;
/** There may be something left to do. */
let isBusy: bool = false;

/** What waited while this domain was not there is looked at first: its signals may be gone. */
export function start(): void {
  clock.look();
  arrivals.start();
  showLog();
  serial.start();
  pending = domain.EVENT_SERIAL_IN;
  isBusy = true;
  out.flush();
}

/** What the root task logged. */
function showLog(): void {
  sink.to(serialSession());
  let left = ring.capacity(domain.LOG_BYTES);
  while (left > 0) {
    const count = ring.read(domain.LOG_OFFSET, domain.LOG_BYTES, chunk, min(left, CHUNK));
    if (count === 0) break;
    left -= count;
    log.take(chunk, count);
  }
  log.end();
}

/** The serial line; whether its command goes on. */
function workSerial(): bool {
  if (serial.isBusy()) serial.step();
  if (serial.isBusy()) return true;
  const events = pending;
  pending = 0;
  if (events & domain.EVENT_LOG) showLog();
  if (!(events & domain.EVENT_SERIAL_IN) || serial.receive()) return false;
  pending |= domain.EVENT_SERIAL_IN;
  return true;
}

export function turn(): void {
  const events = isBusy ? poll(domain.SLOT_EVENTS) : wait(domain.SLOT_EVENTS);
  clock.look();
  pending |= events & (domain.EVENT_SERIAL_IN | domain.EVENT_LOG);
  if (clock.isDue()) rounds.expire();
  if (events & (domain.EVENT_NET_CONSOLE | domain.EVENT_CONSOLE_NET)) arrivals.receive();
  isBusy = workSerial();
  if (rounds.work()) isBusy = true;
  sender.flush();
  out.flush();
}

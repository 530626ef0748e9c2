// SPDX-License-Identifier: Apache-2.0
// The uart domain: owns the PL011 and its interrupt, and carries bytes between the device and two rings. What the ring to the
// console cannot take stays in the device's FIFO: its interrupt is acknowledged, and so enabled again, only when there is room.
import * as domain from '../../generated/domains/uart';
import * as ring from '../../lib/channel/ring';
import * as pl011 from '../../lib/device/pl011';
import { irqHandlerAck, signal, wait } from '../../lib/machine/sel4';

const CHUNK: u32 = 256;
const buffer = memory.data(256);

/** The FIFO holds bytes for which the ring had no room. */
let stalled: bool = false;

/** What waited while this domain was not there goes out first: its signal may be gone. */
export function start(): void {
  pl011.init(domain.REGION_PL011);
  transmit();
  irqHandlerAck(domain.SLOT_IRQ_PL011);
}

/** From the FIFO to the console, as far as there is room. */
function receive(): void {
  pl011.clearInterrupt();
  let moved: u32 = 0;
  let room = ring.room(domain.SERIAL_IN_OFFSET, domain.SERIAL_IN_BYTES);
  let c = pl011.NOTHING;
  while (room > 0 && (c = pl011.take()) !== pl011.NOTHING) {
    store<u8>(buffer, <u8>c);
    moved += ring.write(domain.SERIAL_IN_OFFSET, domain.SERIAL_IN_BYTES, buffer, 1);
    room--;
  }
  stalled = room === 0;
  if (moved > 0) signal(domain.SLOT_SIGNAL_SERIAL_IN);
  if (!stalled) irqHandlerAck(domain.SLOT_IRQ_PL011);
}

/** From the console to the device. No more than the ring holds: later bytes have a signal of their own. */
function transmit(): void {
  const size = ring.capacity(domain.SERIAL_OUT_BYTES);
  let moved: u32 = 0;
  while (moved < size) {
    const count = ring.read(domain.SERIAL_OUT_OFFSET, domain.SERIAL_OUT_BYTES, buffer, min(CHUNK, size - moved));
    if (count === 0) break;
    for (let i: u32 = 0; i < count; i++) pl011.put(load<u8>(buffer + i));
    moved += count;
  }
  if (moved > 0) signal(domain.SLOT_SIGNAL_SERIAL_OUT);
}

export function turn(): void {
  const events = wait(domain.SLOT_EVENTS);
  if (events & domain.EVENT_SERIAL_OUT) transmit();
  if (events & domain.EVENT_IRQ_PL011) receive();
  else if (stalled && events & domain.EVENT_SERIAL_IN) receive();
}

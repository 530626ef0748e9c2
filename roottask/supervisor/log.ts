// SPDX-License-Identifier: Apache-2.0
// The log of the running system: from the hand-off on, what the root task writes goes into the `log` ring, whole lines at a
// time, and the console domain shows it. When the ring is full the line is dropped and counted: the root task never waits.
import * as table from '../../generated/layout';
import * as ring from '../../lib/channel/ring';
import * as objects from '../boot/objects';
import * as phases from '../boot/phases';
import * as slots from '../boot/slots';
import * as abi from '../../lib/machine/abi';
import * as sel4 from '../../lib/machine/sel4';
import * as cspace from './cspace';
import * as layout from './layout';
import * as shared from './shared';

const LINE_BYTES: u32 = 512;
const LINEAR_MEMORY: u64 = 0x100000000;
const PAGE: u64 = 4096;
const line = memory.data(512);
let length: u32 = 0;
let signalSlot: u64 = 0;

/** Lines that did not fit. */
export let dropped: u64 = 0;

/** Maps the ring and gets ready to wake its reader. */
export function connect(): void {
  const row = table.ROOT_CHANNEL_LOG;
  const first = <u32>layout.rootChannel(row, table.ROOT_CHANNELS_FIRST_FRAME);
  const frames = <u32>layout.rootChannel(row, table.ROOT_CHANNELS_FRAMES);
  for (let n: u32 = 0; n < frames; n++) {
    const frame = slots.allocate();
    if (frame === slots.NO_SLOT) phases.abort('log', 'no empty slot left');
    objects.check(cspace.copy(frame, shared.slot(first + n), abi.RIGHTS_ALL), 'log');
    const vaddr = LINEAR_MEMORY + table.LOG_OFFSET + n * PAGE;
    objects.check(objects.mapFrame(frame, vaddr, abi.RIGHTS_READ_WRITE, abi.VM_DATA), 'log');
  }
  signalSlot = slots.allocate();
  if (signalSlot === slots.NO_SLOT) phases.abort('log', 'no empty slot left');
  const events = shared.slot(<u32>layout.rootChannel(row, table.ROOT_CHANNELS_PEER_EVENTS));
  const badge = layout.rootChannel(row, table.ROOT_CHANNELS_BADGE);
  objects.check(cspace.mint(signalSlot, events, abi.RIGHTS_WRITE, badge), 'log');
}

/** One byte; a line feed ends the line and hands it over. */
export function put(value: u8): void {
  if (length < LINE_BYTES) {
    store<u8>(line + length, value);
    length++;
  }
  if (value !== 0x0a) return;
  if (ring.room(table.LOG_OFFSET, table.LOG_BYTES) >= length) {
    ring.write(table.LOG_OFFSET, table.LOG_BYTES, line, length);
    sel4.signal(signalSlot);
  } else {
    dropped++;
  }
  length = 0;
}

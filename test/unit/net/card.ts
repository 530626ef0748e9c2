// SPDX-License-Identifier: Apache-2.0
/** A virtio-mmio network card for the driver in Node: registers, two split queues in the module's memory, and ways to misbehave. */
import { checksum } from './frames.ts';

const MAGIC = 0x74726976;
const RECEIVE = 0;
const TRANSMIT = 1;

/** Features: it completes checksums of frames that are sent, and says of received ones that there is nothing to check. */
export const CSUM = 1;
export const GUEST_CSUM = 2;
/** Flags in the header before a frame. */
export const NEEDS_CSUM = 1;
export const DATA_VALID = 2;

interface Queue {
  size: number;
  ready: boolean;
  descriptors: number;
  available: number;
  used: number;
  seen: number;
  index: number;
}

export interface CardOptions {
  version: 1 | 2;
  slot: number;
  /** Beside the MAC address. */
  features?: number;
}

export class Card {
  readonly options: CardOptions;
  /** Flags that it sets for frames that arrive. */
  flags: (frame: Uint8Array) => number = () => 0;
  /** Features that it offers beside the MAC address, and what the driver took. */
  features: number;
  agreed = 0;
  /** Checksums that it completed. */
  completed = 0;
  /** Frames that the driver sent. */
  onFrame: (frame: Uint8Array) => void = () => undefined;
  /** Changes what the card says in a used ring: (id, length, index step). */
  lie: (id: number, length: number) => { id: number; length: number; step: number } = (id, length) => ({
    id,
    length,
    step: 1,
  });
  interrupt = 0;
  resets = 0;
  dropped = 0;
  private readonly memory: () => DataView;
  private readonly registers = new Map<number, number>();
  private queues = [this.queue(), this.queue()];

  constructor(options: CardOptions, memory: () => DataView) {
    this.options = options;
    this.features = options.features ?? 0;
    this.memory = memory;
  }

  private queue(): Queue {
    return { size: 0, ready: false, descriptors: 0, available: 0, used: 0, seen: 0, index: 0 };
  }

  read(region: number, offset: number): number {
    const slot = region * 8 + (offset >> 9);
    const register = offset & 0x1ff;
    if (register === 0) return MAGIC;
    if (register === 4) return this.options.version;
    if (slot !== this.options.slot) return 0;
    const select = this.registers.get(0x14) ?? 0;
    switch (register) {
      case 8:
        return 1;
      case 0x10:
        return select === 0 ? 0x20 | this.features : this.options.version === 2 ? 1 : 0;
      case 0x34:
        return 1024;
      case 0x60:
        return this.interrupt;
      case 0x100:
        return 0xd1005552;
      case 0x104:
        return 0x0155;
      default:
        return this.registers.get(register) ?? 0;
    }
  }

  write(region: number, offset: number, value: number): void {
    if (region * 8 + (offset >> 9) !== this.options.slot) return;
    const register = offset & 0x1ff;
    this.registers.set(register, value >>> 0);
    const queue = this.queues[this.registers.get(0x30) ?? 0];
    if (register === 0x70 && value === 0) this.reset();
    else if (register === 0x20 && (this.registers.get(0x24) ?? 0) === 0) this.agreed = value;
    else if (register === 0x64) this.interrupt &= ~value;
    else if (register === 0x50 && value === TRANSMIT) this.transmit();
    else if (queue === undefined) return;
    else if (register === 0x38) queue.size = value;
    else if (register === 0x80) queue.descriptors = value;
    else if (register === 0x90) queue.available = value;
    else if (register === 0xa0) queue.used = value;
    else if (register === 0x44) queue.ready = value === 1;
    else if (register === 0x40) this.attachLegacy(queue, value);
  }

  private attachLegacy(queue: Queue, page: number): void {
    const align = this.registers.get(0x3c) ?? 4096;
    queue.descriptors = page * (this.registers.get(0x28) ?? 0);
    queue.available = queue.descriptors + queue.size * 16;
    queue.used = Math.ceil((queue.available + 6 + queue.size * 2) / align) * align;
    queue.ready = true;
  }

  private reset(): void {
    this.resets += 1;
    this.interrupt = 0;
    this.queues = [this.queue(), this.queue()];
  }

  private next(which: number): { queue: Queue; id: number; address: number; length: number } | undefined {
    const queue = this.queues[which];
    if (queue === undefined || !queue.ready) return undefined;
    const memory = this.memory();
    if (memory.getUint16(queue.available + 2, true) === (queue.seen & 0xffff)) return undefined;
    const id = memory.getUint16(queue.available + 4 + (queue.seen % queue.size) * 2, true);
    queue.seen += 1;
    const descriptor = queue.descriptors + id * 16;
    const address = Number(memory.getBigUint64(descriptor, true));
    return { queue, id, address, length: memory.getUint32(descriptor + 8, true) };
  }

  private finish(queue: Queue, id: number, length: number): void {
    const memory = this.memory();
    const said = this.lie(id, length);
    const entry = queue.used + 4 + (queue.index % queue.size) * 8;
    memory.setUint32(entry, said.id >>> 0, true);
    memory.setUint32(entry + 4, said.length >>> 0, true);
    queue.index += said.step;
    memory.setUint16(queue.used + 2, queue.index & 0xffff, true);
    if ((memory.getUint16(queue.available, true) & 1) === 0) this.interrupt |= 1;
  }

  private header(): number {
    return this.options.version === 2 ? 12 : 10;
  }

  private transmit(): void {
    for (let one = this.next(TRANSMIT); one !== undefined; one = this.next(TRANSMIT)) {
      const bytes = new Uint8Array(this.memory().buffer, one.address + this.header(), one.length - this.header());
      const frame = bytes.slice();
      this.complete(new DataView(this.memory().buffer, one.address, this.header()), frame);
      this.finish(one.queue, one.id, 0);
      this.onFrame(frame);
    }
  }

  /** Does for a frame what its header asks for: the sum from one place to the end, the field's own value included, goes to another. */
  private complete(header: DataView, frame: Uint8Array): void {
    const [flags, start, offset] = [header.getUint8(0), header.getUint16(6, true), header.getUint16(8, true)];
    if (flags === 0) return;
    if (flags !== NEEDS_CSUM || (this.agreed & CSUM) === 0) throw new Error(`flags ${flags} were not agreed on`);
    if (header.getUint8(1) !== 0 || start + offset + 2 > frame.length) throw new Error('a header that cannot be');
    new DataView(frame.buffer).setUint16(start + offset, checksum(frame.subarray(start)));
    this.completed += 1;
  }

  /** A frame arrives from the wire. */
  deliver(frame: Uint8Array): void {
    const one = this.next(RECEIVE);
    if (one === undefined) {
      this.dropped += 1;
      return;
    }
    const bytes = new Uint8Array(this.memory().buffer, one.address, one.length);
    bytes.fill(0, 0, this.header());
    // Where the checksum is said to be makes no sense: nobody is to look.
    const flags = this.flags(frame);
    if (flags !== 0) bytes.fill(0xff, 6, 10);
    bytes[0] = flags;
    bytes.set(frame, this.header());
    this.finish(one.queue, one.id, frame.length + this.header());
  }
}

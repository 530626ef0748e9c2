// SPDX-License-Identifier: Apache-2.0
/** Frames that several simulated components map: each has a copy in its linear memory, made equal when another one runs. */
import type { LinearMemory } from './component.ts';

export class SharedFrames {
  private readonly ends: { memory: LinearMemory; offset: number }[] = [];

  constructor(readonly size_bytes: number) {}

  /** The frames are mapped at `offset` of the component's linear memory. */
  map(memory: LinearMemory, offset: number): void {
    this.ends.push({ memory, offset });
  }

  private part(end: { memory: LinearMemory; offset: number }): Uint8Array {
    return end.memory.bytes.subarray(end.offset, end.offset + this.size_bytes);
  }

  /** What the component that ran last wrote is seen by the others. */
  publish(from: LinearMemory): void {
    const source = this.ends.find((end) => end.memory === from);
    if (source === undefined) return;
    const bytes = this.part(source);
    for (const end of this.ends) if (end !== source) this.part(end).set(bytes);
  }

  /** The frames themselves, as one end sees them. */
  bytes(memory: LinearMemory): Uint8Array {
    const end = this.ends.find((candidate) => candidate.memory === memory);
    if (end === undefined) throw new Error('not mapped there');
    return this.part(end);
  }
}

const TAIL = 0;
const HEAD = 64;
const DATA = 128;

/** A ring's other end, in TypeScript: layout as lib/channel/ring.ts draws it. */
export class RingEnd {
  private readonly view: DataView;
  private readonly data: Uint8Array;

  constructor(private readonly frames: Uint8Array) {
    this.view = new DataView(frames.buffer, frames.byteOffset, frames.byteLength);
    this.data = frames.subarray(DATA, DATA + 2 ** Math.floor(Math.log2(frames.length - DATA)));
  }

  get capacity(): number {
    return this.data.length;
  }

  get tail(): number {
    return this.view.getUint32(TAIL, true);
  }

  get head(): number {
    return this.view.getUint32(HEAD, true);
  }

  setIndices(tail: number, head: number): void {
    this.view.setUint32(TAIL, tail, true);
    this.view.setUint32(HEAD, head, true);
  }

  write(bytes: Uint8Array): number {
    const { tail } = this;
    const taken = Math.min(bytes.length, this.capacity - ((tail - this.head) >>> 0));
    for (let i = 0; i < taken; i++) this.data[(tail + i) % this.capacity] = bytes[i] ?? 0;
    this.view.setUint32(TAIL, tail + taken, true);
    return taken;
  }

  read(): Uint8Array {
    const { head } = this;
    const count = (this.tail - head) >>> 0;
    if (count > this.capacity) throw new Error('the indices make no sense');
    const bytes = Uint8Array.from({ length: count }, (_, i) => this.data[(head + i) % this.capacity] ?? 0);
    this.view.setUint32(HEAD, head + count, true);
    return bytes;
  }

  /** Garbage over everything. */
  fill(value: number): void {
    this.frames.fill(value);
  }
}

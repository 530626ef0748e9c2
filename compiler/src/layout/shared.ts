// SPDX-License-Identifier: Apache-2.0
/** The list of shared objects while a plan is made: each gets its index, and is found again by what it is. */
import type { SharedObject } from './format.ts';
import { present } from '../internal.ts';
import { OBJECT } from './sel4.ts';

const PAGE_BITS = 12;

export class SharedObjects {
  readonly objects: SharedObject[] = [];
  private readonly indexes = new Map<string, number>();
  private readonly ranges = new Map<string, { first: number; count: number }>();

  object(name: string, type: number, bits: number): number {
    return this.add({ name, kind: 'object', type, bits, detail: 0n });
  }

  frames(owner: 'channel' | 'dma', name: string, count: number): void {
    this.ranges.set(`${owner} ${name}`, { first: this.objects.length, count });
    const kind = owner === 'dma' ? 'dma' : 'object';
    for (let n = 0; n < count; n++) {
      const frame = `frame ${n} of ${owner} ${name}`;
      this.add({ name: frame, kind, type: OBJECT.page, bits: PAGE_BITS, detail: 0n });
    }
  }

  device(name: string, address: bigint): number {
    return this.add({ name: `device ${name}`, kind: 'device', type: 0, bits: 0, detail: address });
  }

  irq(device: string, irq: number, isEdge: boolean, signals: { object: number; badge: bigint }): number {
    const name = `interrupt of ${device}`;
    return this.add({ name, kind: 'irq', type: 0, bits: irq, detail: isEdge ? 1n : 0n, signals });
  }

  index(name: string): number {
    return present(this.indexes.get(name), `shared object ${name}`);
  }

  framesOf(owner: 'channel' | 'dma', name: string): { first: number; count: number } {
    return present(this.ranges.get(`${owner} ${name}`), `frame of ${owner} ${name}`);
  }

  private add(object: SharedObject): number {
    const index = this.objects.length;
    this.indexes.set(object.name, index);
    this.objects.push(object);
    return index;
  }
}

// SPDX-License-Identifier: Apache-2.0
/** A wire between the node and the tests' peers: frames take time, and some are lost, doubled or late. Time is simulated. */
import { arp } from './frames.ts';
import type { NetNode } from './node.ts';

export interface Faults {
  loss: number;
  duplicate: number;
  /** Longest extra delay, in microseconds. */
  jitter_us: number;
}

interface Listener {
  frame(bytes: Uint8Array, now_us: bigint): void;
  tick(now_us: bigint): void;
}

const LATENCY_US = 200;
const STEP_US = 1000n;

export class Wire {
  readonly node: NetNode;
  readonly listeners: Listener[] = [];
  frames = 0;
  private readonly faults: Faults;
  private seed: number;
  private readonly flights: { at: bigint; toNode: boolean; bytes: Uint8Array }[] = [];

  constructor(node: NetNode, faults: Faults, seed = 1) {
    this.node = node;
    this.faults = faults;
    this.seed = seed;
    node.card.onFrame = (bytes) => this.carry(bytes, false);
  }

  /** xorshift: the same faults in every run. */
  private random(): number {
    this.seed ^= this.seed << 13;
    this.seed ^= this.seed >>> 17;
    this.seed ^= this.seed << 5;
    return (this.seed >>> 0) / 2 ** 32;
  }

  private carry(bytes: Uint8Array, toNode: boolean): void {
    this.frames += 1;
    if (this.random() < this.faults.loss) return;
    const copies = this.random() < this.faults.duplicate ? 2 : 1;
    for (let n = 0; n < copies; n++) {
      const delay = LATENCY_US + Math.floor(this.random() * this.faults.jitter_us);
      this.flights.push({ at: this.node.now_us + BigInt(delay), toNode, bytes });
    }
  }

  /** A frame for the node; peers send by this. */
  readonly send = (bytes: Uint8Array): void => this.carry(bytes, true);

  /** Lets time pass until `done`, at most `limit_us`; returns whether it was done. */
  run(done: () => boolean, limit_us: bigint): boolean {
    const end = this.node.now_us + limit_us;
    while (!done()) {
      if (this.node.now_us >= end) return false;
      this.node.now_us += STEP_US;
      const now = this.node.now_us;
      const due = this.flights.filter(({ at }) => at <= now).sort((a, b) => Number(a.at - b.at));
      for (const flight of due) this.flights.splice(this.flights.indexOf(flight), 1);
      for (const { toNode, bytes } of due) {
        if (toNode) this.node.card.deliver(bytes);
        else this.answer(bytes, now);
      }
      this.node.run();
      for (const listener of this.listeners) listener.tick(now);
    }
    return true;
  }

  private answer(bytes: Uint8Array, now: bigint): void {
    const isRequest = bytes[12] === 0x08 && bytes[13] === 0x06 && bytes[21] === 1;
    if (isRequest) this.send(arp(2));
    for (const listener of this.listeners) listener.frame(bytes, now);
  }
}

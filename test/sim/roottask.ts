// SPDX-License-Identifier: Apache-2.0
/** The root task's own wasm, booted in Node on the simulated kernel. */
import { readFileSync } from 'node:fs';
import type { Message } from './component.ts';
import { SimPl011, SimPl031, type Device } from './devices.ts';
import { Blocked, SimKernel, type KernelOptions, type UntypedDesc } from './kernel.ts';

export const UART_PADDR = 0x0900_0000n;
export const RTC_PADDR = 0x0901_0000n;
export const TIMER_IRQ = 30n;
const FAULT_BADGE = 1n << 62n;
const RPC_BADGE = 1n << 61n;

/** Like QEMU virt: device memory from 0 on, RAM above 1 GiB. */
export const VIRT_UNTYPED: readonly UntypedDesc[] = [
  { paddr: 0n, bits: 27, device: true },
  { paddr: 0x0802_0000n, bits: 17, device: true },
  { paddr: 0x0900_0000n, bits: 24, device: true },
  { paddr: 0x0a00_0000n, bits: 24, device: true },
  { paddr: 0x4400_0000n, bits: 16, device: false },
  { paddr: 0x4800_0000n, bits: 27, device: false },
];

interface RootTaskExports {
  start(): void;
  turn(): void;
}

export class SimRootTask {
  readonly uart = new SimPl011();
  readonly kernel: SimKernel;
  private readonly exports: RootTaskExports;

  constructor(wasm: WebAssembly.Module, options: Partial<KernelOptions> = {}) {
    const devices = new Map<bigint, Device>([
      [UART_PADDR, this.uart],
      [RTC_PADDR, new SimPl031(1_700_000_000)],
    ]);
    this.kernel = new SimKernel({ untyped: VIRT_UNTYPED, devices, archivePages: 64, ...options });
    const instance = new WebAssembly.Instance(wasm, this.kernel.imports());
    this.kernel.memory.attach(instance);
    this.exports = instance.exports as unknown as RootTaskExports;
  }

  /** Boots; returns the boot log. */
  start(): string {
    this.exports.start();
    this.kernel.memory.seal();
    return this.uart.take();
  }

  /** Runs until the component blocks. */
  private run(): void {
    try {
      for (;;) this.exports.turn();
    } catch (error) {
      if (!(error instanceof Blocked)) throw error;
    }
  }

  /** An instance calls the supervisor; returns the answer. */
  call(instance: number, label: bigint, words: bigint[] = []): Message {
    this.kernel.queue.push({ badge: RPC_BADGE | BigInt(instance), label, words });
    this.run();
    const [reply, ...more] = this.kernel.replies.splice(0);
    if (reply === undefined || more.length > 0) throw new Error('one call wants one reply');
    return reply;
  }

  /** The kernel reports a fault of an instance. */
  fault(instance: number, label: bigint, words: bigint[]): void {
    this.kernel.queue.push({ badge: FAULT_BADGE | BigInt(instance), label, words });
    this.run();
  }

  /** Moves time on by whole ticks of the timer. */
  advance(counts: bigint): void {
    this.kernel.now += counts;
    this.kernel.raise(TIMER_IRQ);
    this.run();
  }
}

export function loadModule(path: string): WebAssembly.Module {
  return new WebAssembly.Module(readFileSync(path));
}

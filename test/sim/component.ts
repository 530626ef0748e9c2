// SPDX-License-Identifier: Apache-2.0
/** What every simulated component has: linear memory, and the imports that need nothing else (memory, heap). */

/** Thrown where the component would block; its event loop is entered anew by the next event. */
export class Blocked extends Error {}

/** Thrown by an allocation after the component's start() has returned. */
export class Sealed extends Error {}

const ALIGNMENT = 16;

/** The `memory` and `heap` imports of a component, as kernel/runtime has them in C. */
export class LinearMemory {
  private memory: WebAssembly.Memory | undefined;
  private top = 0;
  private sealed = false;

  attach(instance: WebAssembly.Instance): void {
    this.memory = instance.exports['memory'] as WebAssembly.Memory;
  }

  get bytes(): Uint8Array {
    if (this.memory === undefined) throw new Error('the component is not instantiated yet');
    return new Uint8Array(this.memory.buffer);
  }

  get view(): DataView {
    const { buffer, byteOffset, byteLength } = this.bytes;
    return new DataView(buffer, byteOffset, byteLength);
  }

  seal(): void {
    this.sealed = true;
  }

  /** Start-up code of a module may run before its memory is known here: then only the counting is done. */
  private allocate(bytes: number): number {
    if (this.sealed) throw new Sealed();
    const at = (this.top + ALIGNMENT + ALIGNMENT - 1) & ~(ALIGNMENT - 1);
    this.top = at + bytes;
    return at;
  }

  imports(): WebAssembly.Imports {
    const aligned = (offset: number, size: number): number => {
      if (offset % size !== 0) throw new WebAssembly.RuntimeError('misaligned access');
      return offset;
    };
    return {
      memory: {
        load_acquire32: (at: number) => this.view.getUint32(aligned(at >>> 0, 4), true),
        load_acquire64: (at: number) => this.view.getBigUint64(aligned(at >>> 0, 8), true),
        store_release32: (at: number, value: number) => this.view.setUint32(aligned(at >>> 0, 4), value >>> 0, true),
        store_release64: (at: number, value: bigint) => this.view.setBigUint64(aligned(at >>> 0, 8), value, true),
        fence: () => undefined,
      },
      heap: {
        init: (base: number) => {
          this.top = base;
        },
        alloc: (size: number) => this.allocate(size),
        new: (size: number) => this.allocate(size + ALIGNMENT) + ALIGNMENT,
        realloc: () => {
          throw new Sealed();
        },
        renew: () => {
          throw new Sealed();
        },
      },
    };
  }
}

/** Message registers of one thread, and the message it received last. */
export class Messages {
  readonly registers: bigint[] = Array.from({ length: 120 }, () => 0n);
  label = 0n;
  length = 0;

  receive(message: Message): void {
    this.label = message.label;
    this.length = message.words.length;
    message.words.forEach((word, i) => {
      this.registers[i] = BigInt.asUintN(64, word);
    });
  }

  outgoing(label: bigint, words: number): Message {
    return { label, words: this.registers.slice(0, words) };
  }

  imports(): Record<string, (...values: never[]) => unknown> {
    return {
      get_mr: (index: number) => this.registers[index] ?? 0n,
      set_mr: (index: number, value: bigint) => {
        this.registers[index] = BigInt.asUintN(64, value);
      },
      label: () => this.label,
      length: () => this.length,
    };
  }
}

export interface Message {
  label: bigint;
  words: bigint[];
}

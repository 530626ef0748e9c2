// SPDX-License-Identifier: Apache-2.0
/** The channel library's wasm in Node. The test plays the peer: `step` runs before and after each ordered access. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildModule } from '../../../compiler/src/aot/component.ts';
import { LinearMemory, Messages, type Message } from '../../sim/component.ts';
import { ROOT } from '../../support/build.ts';

/** Frames that both sides map, and private buffers well away from them. */
export const BASE = 0x4000;
export const SOURCE = 0x9000;
export const DEST = 0xc000;
const MEMORY_BYTES = 0x10000;

export interface LibraryExports {
  capacity(bytes: number): number;
  used(base: number, bytes: number): number;
  room(base: number, bytes: number): number;
  write(base: number, bytes: number, source: number, count: number): number;
  read(base: number, bytes: number, dest: number, count: number): number;
  writeBoth(
    base: number,
    bytes: number,
    first: number,
    firstCount: number,
    second: number,
    secondCount: number,
  ): number;
  clear(base: number): void;
  corruptions(): bigint;
  send(...record: [number, number, number, number, number, number, number, number]): number;
  receive(base: number, bytes: number, dest: number): number;
  hasRoom(base: number, bytes: number, size: number): number;
  connection(): number;
  generation(): number;
  kind(): number;
  detail(): number;
  size(): number;
  malformed(): bigint;
  setCounter(base: number, index: number, value: bigint): void;
  getCounter(base: number, index: number): bigint;
  exchange(
    base: number,
    bytes: number,
    label: bigint,
    source: number,
    count: number,
    dest: number,
    limit: number,
  ): bigint;
  replyBytes(): number;
  request(base: number, bytes: number, dest: number, limit: number): number;
  answer(base: number, bytes: number, source: number, count: number): void;
}

export async function channelModule(): Promise<WebAssembly.Module> {
  const spec = { directory: 'test/unit/channel/assembly', imports: ['memory.*', 'sel4.*'], stack_bytes: 4096 };
  const more = { name: 'channel', memory_bytes: MEMORY_BYTES, mode: 'guard' as const, runtimeSources: [] };
  const path = await buildModule({ ...spec, ...more }, { root: ROOT, outDir: join(ROOT, 'out/test/channel') });
  return new WebAssembly.Module(readFileSync(path));
}

export class Library {
  readonly memory = new LinearMemory();
  readonly messages = new Messages();
  readonly exports: LibraryExports;
  /** What the peer does whenever it may. */
  step: () => void = () => undefined;
  /** Who answers calls. */
  server: (message: Message) => Message = () => ({ label: 5n, words: [] });
  replies: Message[] = [];
  /** Ordered accesses so far. */
  accesses = 0;

  constructor(module: WebAssembly.Module) {
    const ordered = Object.entries(this.memory.imports()['memory'] ?? {}).map(([name, access]) => [
      name,
      (...values: (number | bigint)[]): unknown => {
        this.accesses++;
        this.step();
        const result = (access as (...arguments_: (number | bigint)[]) => unknown)(...values);
        this.step();
        return result;
      },
    ]);
    const instance = new WebAssembly.Instance(module, {
      memory: Object.fromEntries(ordered) as WebAssembly.ModuleImports,
      sel4: {
        ...this.messages.imports(),
        call: (_slot: bigint, label: bigint, words: number) => {
          this.step();
          const reply = this.server(this.messages.outgoing(label, words));
          this.messages.receive(reply);
          this.step();
          return reply.label;
        },
        reply: (label: bigint, words: number) => {
          this.step();
          this.replies.push(this.messages.outgoing(label, words));
        },
      },
    });
    this.memory.attach(instance);
    this.exports = instance.exports as unknown as LibraryExports;
  }

  /** A part of linear memory. */
  at(offset: number, bytes: number): Uint8Array {
    return this.memory.bytes.subarray(offset, offset + bytes);
  }

  /** Everything outside the shared frames and the part that may change. */
  untouchable(bytes: number, from: number, count: number): Uint8Array {
    const copy = Uint8Array.from(this.memory.bytes);
    copy.fill(0, BASE, BASE + bytes);
    copy.fill(0, from, from + count);
    return copy;
  }
}

// SPDX-License-Identifier: Apache-2.0
/** The server's leaf modules in Node: one wasm of them all, called with bytes. */
import { join } from 'node:path';
import { compileCached } from '../../../compiler/src/aot/module-cache.ts';
import { ROOT, writeManifest } from '../ninedoor/build.ts';

const DIRECTORY = 'test/unit/ninedoor-leaf/assembly';
const OUT = join(ROOT, 'out/test/ninedoor-leaf');
const PAGES = 32;
export const CAPACITY = 1 << 17;

interface Exports {
  memory: WebAssembly.Memory;
  start: () => void;
  input: () => number;
  output: () => number;
  keyBuffer: () => number;
  claimsRecord: () => number;
  written: () => number;
  hash: (bytes: number) => void;
  keyedHash: (bytes: number) => void;
  sha: (bytes: number) => void;
  check: (role: number, bytes: number) => number;
  withinLimits: () => number;
  tokenDigest: (bytes: number) => number;
  decode: (bytes: number) => number;
  jsonAny: (bytes: number, depth: number) => number;
  jsonDocument: (bytes: number) => number;
  jsonText: (bytes: number) => void;
  cborAny: (bytes: number, depth: number) => number;
  telemetryFrame: (bytes: number) => number;
}

/** Compiled once, then reused until a source changes. */
async function build(): Promise<Uint8Array<ArrayBuffer>> {
  await writeManifest(OUT);
  const request = { root: ROOT, directory: DIRECTORY, generatedDir: join(OUT, 'generated'), pages: PAGES };
  return (await compileCached(request, join(OUT, 'modules'))).wasm;
}

type Call = (bytes: number) => number;

export class Leaf {
  readonly exports: Exports;
  private readonly memory: Uint8Array;

  private constructor(module: WebAssembly.Module, keys: ReadonlyMap<number, Uint8Array>) {
    const unused = (): never => {
      throw new Error('not for leaf modules');
    };
    const clock = { now_ms: unused, wall_s: unused };
    const ticket_key = (role: number, at: number): number => {
      const key = keys.get(role);
      if (key !== undefined) this.memory.set(key, at);
      return key === undefined ? 0 : 1;
    };
    const imports = { clock, control: { ticket_key } };
    this.exports = new WebAssembly.Instance(module, imports).exports as unknown as Exports;
    this.memory = new Uint8Array(this.exports.memory.buffer);
    this.exports.start();
  }

  static async load(keys: ReadonlyMap<number, Uint8Array> = new Map()): Promise<Leaf> {
    return new Leaf(new WebAssembly.Module(await build()), keys);
  }

  /** Puts bytes where calls find them, with digits behind them that no call may take for theirs. */
  give(bytes: Uint8Array): number {
    const at = this.exports.input();
    this.memory.set(bytes, at);
    this.memory.fill(0x30, at + bytes.length, at + Math.min(CAPACITY, bytes.length + 64));
    return bytes.length;
  }

  key(bytes: Uint8Array): void {
    this.memory.set(bytes, this.exports.keyBuffer());
  }

  at(start: number, bytes: number): Buffer {
    return Buffer.from(this.memory.slice(start, start + bytes));
  }

  output(bytes: number): Buffer {
    return this.at(this.exports.output(), bytes);
  }

  /** Bytes that the last call wrote. */
  wrote(): Buffer {
    return this.output(this.exports.written());
  }

  text(): string {
    return this.wrote().toString();
  }

  /** What a call answers and writes; asked twice, it must answer the same. */
  twice(bytes: Uint8Array, call: Call): { result: number; wrote: Buffer } {
    const ask = (): { result: number; wrote: Buffer } => {
      const result = call(this.give(bytes));
      return { result, wrote: this.wrote() };
    };
    const before = ask();
    const after = ask();
    if (before.result !== after.result || !before.wrote.equals(after.wrote)) throw new Error('two answers differ');
    return after;
  }
}

/** Small deterministic random numbers for mutations. */
export function randomly(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** One to three edits of the bytes: flips, insertions, deletions, repetitions. */
export function mutate(bytes: Uint8Array, random: (below: number) => number): Buffer {
  let out = Buffer.from(bytes);
  for (let edits = 1 + random(3); edits > 0; edits--) {
    const at = random(out.length + 1);
    const rest = out.subarray(at);
    const kind = random(4);
    if (kind === 0 && rest.length > 0) out[at] = random(256);
    else if (kind === 1) out = Buffer.concat([out.subarray(0, at), Buffer.from([random(256)]), rest]);
    else if (kind === 2) out = Buffer.concat([out.subarray(0, at), rest.subarray(1 + random(3))]);
    else out = Buffer.concat([out.subarray(0, at), rest.subarray(0, 4), rest]);
  }
  return out;
}

// SPDX-License-Identifier: Apache-2.0
/**
 * Owns NineDoor's own wasm in process: its imports are the clock and the root task, which this file plays. Used by the
 * mock transport; nothing in it is reachable from a node.
 */
import { ClientError } from '../errors.ts';
import { ROLES, type Role } from '../ticket.ts';

interface Exports {
  /** Newer than the rest. */
  workerBeat?(number: number, frame: number, bytes: number): number;
  memory: WebAssembly.Memory;
  start(): void;
  sessionOpen(transport: number): number;
  serve(session: number, request: number, bytes: number, reply: number, capacity: number): number;
  sessionClose(session: number): void;
  tick(): void;
  shortWrite(retries: number): void;
  requestBuffer(): number;
  replyBuffer(): number;
  gpuSeed(id: number, idBytes: number, mem_mb: number, streams: number, info: number, infoBytes: number): number;
}

/** Time as NineDoor sees it. */
export interface MockClock {
  /** Milliseconds since some start; never goes back. */
  now_ms(): number;
  /** Unix time. */
  wall_s(): number;
}

export interface SpawnedWorker {
  readonly number: number;
  readonly role: Role;
  /** Undefined: without limit. */
  readonly ticks: bigint | undefined;
  readonly ttl_s: bigint | undefined;
}

export interface InstanceOptions {
  module: WebAssembly.Module;
  clock: MockClock;
  bootLines: readonly string[];
  /** 32-byte keys that tickets are checked with. */
  keys: ReadonlyMap<Role, Uint8Array>;
  onSpawn: (worker: SpawnedWorker) => void;
  onKill: (number: number) => void;
}

/** Room for the replies to one frame. */
const CAPACITY = 8192;
const UNLIMITED = 0xffffffffffffffffn;
/** Transport numbers (ninedoor/session/transports.ts): a tool's session, and a worker's own, whose heartbeats no audit line tells of. */
export const HOST = 0;
export const CHANNEL = 1;
const ANY_STREAMS = 0;

type Import = (...args: never[]) => unknown;

export class NineDoorInstance {
  private readonly exports: Exports;
  private readonly requestAt: number;
  private readonly replyAt: number;

  constructor(private readonly options: InstanceOptions) {
    const imports = complete(options.module, {
      clock: this.clock(),
      control: this.control(),
      // There is no card, and NineDoor is the only domain.
      net: { counter: () => 0n },
      domains: { count: () => 0, info: () => 0, last_fault: () => 0 },
    });
    this.exports = new WebAssembly.Instance(options.module, imports).exports as unknown as Exports;
    this.exports.start();
    this.requestAt = this.exports.requestBuffer();
    this.replyAt = this.exports.replyBuffer();
  }

  private clock(): Record<string, Import> {
    const { clock } = this.options;
    return {
      now_ms: () => BigInt(Math.floor(clock.now_ms())),
      wall_s: () => BigInt(Math.floor(clock.wall_s())),
    };
  }

  /** The root task's control interface: everything is granted, except what it does not know. */
  private control(): Record<string, Import> {
    const { bootLines, keys, onKill } = this.options;
    return {
      spawn: (number: number, role: number, spec: number, bytes: number) => this.spawn(number, role, spec, bytes),
      kill: (number: number) => {
        onKill(number);
        return 0;
      },
      bind: () => 0,
      mount: () => 0,
      boot_line: (index: number, at: number, capacity: number) => {
        const line = Buffer.from(bootLines[index] ?? '').subarray(0, capacity);
        this.memory().set(line, at);
        return line.length;
      },
      ticket_key: (role: number, at: number) => {
        const name = ROLES[role];
        const key = name === undefined ? undefined : keys.get(name);
        if (key !== undefined) this.memory().set(key, at);
        return key === undefined ? 0 : 1;
      },
    };
  }

  private memory(): Uint8Array {
    return new Uint8Array(this.exports.memory.buffer);
  }

  private spawn(number: number, role: number, spec: number, bytes: number): number {
    const record = Buffer.from(this.memory().slice(spec, spec + bytes));
    const limit = (at: number): bigint | undefined => {
      const value = record.readBigUInt64LE(at);
      return value === UNLIMITED ? undefined : value;
    };
    this.options.onSpawn({ number, role: ROLES[role] ?? 'worker-heartbeat', ticks: limit(0), ttl_s: limit(16) });
    return 0;
  }

  open(transport: number): number {
    return this.exports.sessionOpen(transport);
  }

  close(session: number): void {
    this.exports.sessionClose(session);
  }

  /** Hands one frame to the server; the reply is a copy, empty if the frame was dropped. */
  serve(session: number, frame: Uint8Array): Buffer {
    const memory = this.memory();
    memory.set(frame, this.requestAt);
    const bytes = this.exports.serve(session, this.requestAt, frame.length, this.replyAt, CAPACITY);
    return Buffer.from(memory.slice(this.replyAt, this.replyAt + bytes));
  }

  tick(): void {
    this.exports.tick();
  }

  shortWrite(retries: number): void {
    this.exports.shortWrite(retries);
  }

  /** A heartbeat of a worker's own domain: 0, a code of ninedoor/wire/errors.ts, or undefined: this NineDoor takes none. */
  beat(number: number, line: Uint8Array): number | undefined {
    if (this.exports.workerBeat === undefined) return undefined;
    this.memory().set(line, this.requestAt);
    return this.exports.workerBeat(number, this.requestAt, line.length);
  }

  /** Registers a GPU, as a bridge on a host would; `info` is what its info file shows. */
  seedGpu(id: string, mem_mb: number, info: string): void {
    const [name, text] = [Buffer.from(id), Buffer.from(info)];
    const infoAt = this.requestAt + name.length;
    this.memory().set(name, this.requestAt);
    this.memory().set(text, infoAt);
    const refusal = this.exports.gpuSeed(this.requestAt, name.length, mem_mb, ANY_STREAMS, infoAt, text.length);
    if (refusal !== 0) throw new ClientError('usage', `NineDoor refused the GPU ${id} (${refusal})`, 'check its name');
  }
}

/** Imports that a newer NineDoor wants, too: they fail when called, with their name. */
function complete(module: WebAssembly.Module, known: Record<string, Record<string, Import>>): WebAssembly.Imports {
  for (const { module: space, name, kind } of WebAssembly.Module.imports(module)) {
    if (kind !== 'function') continue;
    const functions = (known[space] ??= {});
    functions[name] ??= () => {
      throw new Error(`the mock does not play ${space}.${name}`);
    };
  }
  return known;
}

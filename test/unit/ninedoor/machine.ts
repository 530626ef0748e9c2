// SPDX-License-Identifier: Apache-2.0
/** NineDoor's own wasm in Node: a machine with a clock that tests move, and a root task that they script. */

interface Exports {
  memory: WebAssembly.Memory;
  start(): void;
  sessionOpen(transport: number): number;
  serve(session: number, request: number, bytes: number, reply: number, capacity: number): number;
  sessionClose(session: number): void;
  tick(): void;
  workerGone(number: number): void;
  arrived(ms: bigint): void;
  shortWrite(retries: number): void;
  workerBeat(number: number, frame: number, bytes: number): number;
  gpuSeed(id: number, idBytes: number, mem_mb: number, streams: number, info: number, infoBytes: number): number;
  requestCount(): bigint;
  replyCount(): bigint;
  dropCount(): bigint;
  requestBuffer(): number;
  replyBuffer(): number;
}

export interface SpawnCall {
  number: number;
  role: number;
  ticks: bigint;
  ops: bigint;
  ttl_s: bigint;
  mem_mb: number;
  streams: number;
  priority: number;
  gpu: string;
}

/** A static domain, as the root task tells of it. */
export interface DomainFacts {
  name: string;
  /** State, generation, faults, restarts, objects, memory, heap and stack high-water, stack bytes, heartbeats. */
  words: readonly bigint[];
  lastFault?: string;
}

export const DOMAINS: readonly DomainFacts[] = [
  { name: 'uart', words: [1n, 1n, 0n, 0n, 22n, 65536n, 4096n, 1024n, 8192n, 0n] },
];

export interface MachineOptions {
  bootLines?: readonly string[];
  /** 32-byte ticket keys by role number. */
  keys?: ReadonlyMap<number, Uint8Array>;
  domains?: readonly DomainFacts[];
  wall_s?: bigint;
}

export const BOOT_LINES = ['Cohesix boot: root-task online', 'manifest.schema=1.5'];
const CAPACITY = 8192;
/** Its code in ninedoor/wire/errors.ts. */
const BUSY = 7;

export class Machine {
  now_ms = 0n;
  wall_s: bigint;
  readonly spawned: SpawnCall[] = [];
  readonly killed: number[] = [];
  readonly binds: string[] = [];
  readonly mounts: string[] = [];
  /** The net domain's table. */
  readonly netCounters = new Map<number, bigint>();
  /** What the root task answers to the next calls: an error code of ninedoor/wire/errors.ts. */
  refuseSpawn = 0;
  refuseKill = 0;
  /** Of bind and mount. */
  refuseBind = 0;
  private lastSpawn = Infinity;
  readonly exports: Exports;
  private readonly requestAt: number;
  private readonly replyAt: number;

  constructor(module: WebAssembly.Module, options: MachineOptions = {}) {
    this.wall_s = options.wall_s ?? 1_700_000_000n;
    const domains = options.domains ?? DOMAINS;
    const lines = options.bootLines ?? BOOT_LINES;
    const imports = {
      clock: { now_ms: () => this.now_ms, wall_s: () => this.wall_s },
      control: {
        spawn: (number: number, role: number, spec: number, bytes: number) =>
          this.spawn(number, role, this.bytes(spec, bytes)),
        kill: (number: number) => {
          if (this.refuseKill === 0) this.killed.push(number);
          return this.refuseKill;
        },
        bind: (session: number, from: number, fromBytes: number, to: number, toBytes: number) => {
          this.binds.push(`${session} ${this.text(from, fromBytes)} ${this.text(to, toBytes)}`);
          return this.refuseBind;
        },
        mount: (session: number, service: number, serviceBytes: number, at: number, atBytes: number) => {
          this.mounts.push(`${session} ${this.text(service, serviceBytes)} ${this.text(at, atBytes)}`);
          return this.refuseBind;
        },
        boot_line: (index: number, at: number, capacity: number) => {
          const line = Buffer.from(lines[index] ?? '').subarray(0, capacity);
          this.memory().set(line, at);
          return line.length;
        },
        ticket_key: (role: number, at: number) => {
          const key = options.keys?.get(role);
          if (key !== undefined) this.memory().set(key, at);
          return key === undefined ? 0 : 1;
        },
      },
      net: { counter: (index: number) => this.netCounters.get(index) ?? 0n },
      domains: {
        count: () => domains.length,
        info: (index: number, at: number) => {
          const facts = domains[index];
          if (facts === undefined) return 0;
          const bytes = Buffer.alloc(112);
          facts.words.forEach((word, i) => bytes.writeBigUInt64LE(word, 8 * i));
          bytes.write(facts.name, 80);
          this.memory().set(bytes, at);
          return 1;
        },
        last_fault: (index: number, at: number, capacity: number) => {
          const text = Buffer.from(domains[index]?.lastFault ?? '').subarray(0, capacity);
          this.memory().set(text, at);
          return text.length;
        },
      },
    };
    this.exports = new WebAssembly.Instance(module, imports).exports as unknown as Exports;
    this.exports.start();
    this.requestAt = this.exports.requestBuffer();
    this.replyAt = this.exports.replyBuffer();
  }

  private view: Uint8Array | undefined;
  memory(): Uint8Array {
    this.view ??= new Uint8Array(this.exports.memory.buffer);
    return this.view;
  }

  private bytes(at: number, count: number): Buffer {
    return Buffer.from(this.memory().slice(at, at + count));
  }

  private text(at: number, count: number): string {
    return this.bytes(at, count).toString('latin1');
  }

  private spawn(number: number, role: number, spec: Buffer): number {
    if (this.refuseSpawn !== 0) return this.refuseSpawn;
    if (number >= this.lastSpawn) return BUSY;
    this.spawned.push({
      number,
      role,
      ticks: spec.readBigUInt64LE(0),
      ops: spec.readBigUInt64LE(8),
      ttl_s: spec.readBigUInt64LE(16),
      mem_mb: spec.readUInt32LE(24),
      streams: spec.readUInt32LE(28),
      priority: spec.readUInt32LE(32),
      gpu: spec.length > 40 ? spec.toString('latin1', 40, 40 + spec.readUInt32LE(36)) : '',
    });
    return 0;
  }

  /** The root task refuses workers from this number on. */
  refuseSpawnsFrom(number: number): void {
    this.lastSpawn = number;
  }

  open(transport = 0): number {
    return this.exports.sessionOpen(transport);
  }

  close(session: number): void {
    this.exports.sessionClose(session);
  }

  /** Hands bytes to the server; returns what it answers. */
  serve(session: number, request: Uint8Array, capacity = CAPACITY): Buffer {
    this.memory().set(request, this.requestAt);
    const bytes = this.exports.serve(session, this.requestAt, request.length, this.replyAt, capacity);
    return this.bytes(this.replyAt, bytes);
  }

  /** A heartbeat of a worker. */
  beat(number: number, frame: string): number {
    const bytes = Buffer.from(frame);
    this.memory().set(bytes, this.requestAt);
    return this.exports.workerBeat(number, this.requestAt, bytes.length);
  }

  /** Registers a GPU, as a bridge would; `streams` 0: any number. */
  seedGpu(id: string, mem_mb: number, streams = 0, info = ''): number {
    const [name, text] = [Buffer.from(id), Buffer.from(info)];
    this.memory().set(name, this.requestAt);
    this.memory().set(text, this.requestAt + name.length);
    const infoAt = this.requestAt + name.length;
    return this.exports.gpuSeed(this.requestAt, name.length, mem_mb, streams, infoAt, text.length);
  }

  advance(ms: bigint): void {
    this.now_ms += ms;
    this.wall_s = this.wall_s + ms / 1000n;
    this.exports.tick();
  }
}

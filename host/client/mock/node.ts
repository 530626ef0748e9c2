// SPDX-License-Identifier: Apache-2.0
/**
 * Owns the mock of a node: NineDoor in process, its clock, and the workers that it spawns. Workers tick as those of the
 * image do (domains/worker): each tick is a heartbeat in the worker's telemetry, through a session of its own, until
 * their ticks are used up or they are killed.
 */
import { ClientError } from '../errors.ts';
import type { Link } from '../p9/link.ts';
import { P9Refusal } from '../p9/refusal.ts';
import { P9Session } from '../p9/session.ts';
import { encodeClaims, signClaims, type Claims, type Role } from '../ticket.ts';
import { CHANNEL, HOST, NineDoorInstance, type MockClock, type SpawnedWorker } from './ninedoor.ts';

export interface MockNodeOptions {
  module: WebAssembly.Module;
  keys: ReadonlyMap<Role, Uint8Array>;
  clock?: MockClock | undefined;
  /** Between heartbeats of a worker; 0: only when `advance` is called. With the real clock, that of the image's workers. */
  heartbeat_ms?: number | undefined;
  seedGpu?: boolean | undefined;
  bootLines?: readonly string[] | undefined;
}

/** As in the image: roottask/supervisor/workers.ts, WORKER_TICK_MS. */
const HEARTBEAT_MS = 250;
/** Of a clock that only `advance` moves: a second. */
const STEP_MS = 1000;
const BOOT_LINES = ['Cohesix boot: mock node', 'manifest.schema=1.5'];
/** What `seedGpu` registers. */
const GPUS = [
  { id: 'GPU-0', name: 'Mock 4090', memory_mb: 24576, sm_count: 144, driver_version: '555.0', runtime_version: '12.4' },
  { id: 'GPU-1', name: 'Mock 4060', memory_mb: 8192, sm_count: 64, driver_version: '555.0', runtime_version: '12.4' },
] as const;

/** Its code in ninedoor/wire/errors.ts. */
const NOT_FOUND = 4;

interface LiveWorker extends SpawnedWorker {
  id: string;
  beats: bigint;
  session: P9Session | undefined;
}

/** Real time, or a start and what `advance` adds. */
class SteppedClock implements MockClock {
  private extra_ms = 0;
  constructor(private readonly base: MockClock) {}
  now_ms = (): number => this.base.now_ms() + this.extra_ms;
  wall_s = (): number => this.base.wall_s() + Math.floor(this.extra_ms / 1000);
  step(ms: number): void {
    this.extra_ms += ms;
  }
}

const REAL: MockClock = { now_ms: () => performance.now(), wall_s: () => Math.floor(Date.now() / 1000) };

/** A clock that only `advance` moves. */
export function fixedClock(wall_s = 1_700_000_000): MockClock {
  return { now_ms: () => 0, wall_s: () => wall_s };
}

export class MockNode {
  readonly ninedoor: NineDoorInstance;
  private readonly clock: SteppedClock;
  /** Unix time when the clock was zero. */
  private readonly wallBase_ms: number;
  private readonly workers = new Map<number, LiveWorker>();
  private readonly heartbeat_ms: number;
  private timer: NodeJS.Timeout | undefined;
  private beating = false;

  constructor(private readonly options: MockNodeOptions) {
    this.clock = new SteppedClock(options.clock ?? REAL);
    this.wallBase_ms = this.clock.wall_s() * 1000 - this.clock.now_ms();
    this.heartbeat_ms = options.heartbeat_ms ?? (options.clock === undefined ? HEARTBEAT_MS : 0);
    this.ninedoor = new NineDoorInstance({
      module: options.module,
      clock: this.clock,
      bootLines: options.bootLines ?? BOOT_LINES,
      keys: options.keys,
      onSpawn: (worker) =>
        void this.workers.set(worker.number, {
          ...worker,
          id: `worker-${worker.number}`,
          beats: 0n,
          session: undefined,
        }),
      onKill: (number) => this.forget(number),
    });
    if (options.seedGpu === true)
      for (const gpu of GPUS) this.ninedoor.seedGpu(gpu.id, gpu.memory_mb, JSON.stringify(gpu, undefined, 4));
    if (this.heartbeat_ms > 0) {
      this.timer = setInterval(() => void this.beat(), this.heartbeat_ms);
      this.timer.unref();
    }
  }

  /** Lets time pass: one tick for every heartbeat period, at least one. */
  async advance(ms: number): Promise<void> {
    const period = this.heartbeat_ms > 0 ? this.heartbeat_ms : STEP_MS;
    for (let left = ms; left > 0; left -= period) {
      this.clock.step(Math.min(left, period));
      await this.beat();
    }
  }

  /** Lets time pass in which no worker ticks. */
  pass(ms: number): void {
    this.clock.step(ms);
    this.ninedoor.tick();
  }

  /** One tick: NineDoor's own, and a heartbeat of every worker, or of one. */
  async beat(only?: number): Promise<void> {
    if (this.beating) return;
    this.beating = true;
    try {
      this.ninedoor.tick();
      for (const worker of [...this.workers.values()]) {
        if (only === undefined || worker.number === only) await this.heartbeat(worker);
      }
    } finally {
      this.beating = false;
    }
  }

  private async heartbeat(worker: LiveWorker): Promise<void> {
    const ts_ms = Math.floor(this.wallBase_ms + this.clock.now_ms());
    const line = Buffer.from(`{"tick":${worker.beats + 1n},"ts_ms":${ts_ms}}\n`);
    const refusal = this.ninedoor.beat(worker.number, line);
    if (refusal === undefined) return this.write(worker, line);
    if (refusal === 0) worker.beats += 1n;
    else if (refusal === NOT_FOUND) this.forget(worker.number);
  }

  /** The heartbeat as the worker's own client would write it. */
  private async write(worker: LiveWorker, line: Buffer): Promise<void> {
    try {
      worker.session ??= await this.enter(worker);
      const handle = await worker.session.walk(['worker', worker.id, 'telemetry']);
      await worker.session.openToAppend(handle.fid);
      await worker.session.append(handle.fid, line);
      await worker.session.clunk(handle.fid);
      worker.beats += 1n;
    } catch (error) {
      // NineDoor has ended it, or does not take heartbeats now: the first is for good.
      const passing = error instanceof P9Refusal && error.code !== 'Closed' && error.code !== 'NotFound';
      if (!passing) this.forget(worker.number);
    }
  }

  private async enter(worker: LiveWorker): Promise<P9Session> {
    const key = this.options.keys.get(worker.role);
    if (key === undefined) throw new P9Refusal('NotFound', 'no key for its role');
    const claims: Claims = { role: worker.role, subject: worker.id, issued_at_ms: BigInt(this.clock.wall_s()) * 1000n };
    const session = new P9Session(this.link(CHANNEL), {
      dialect: 'cohesix',
      msize: 8192,
      maxInFlight: 1,
      timeout_ms: 1000,
    });
    await session.version();
    await session.attach(worker.role, signClaims(encodeClaims(claims), key));
    return session;
  }

  private forget(number: number): void {
    this.workers.get(number)?.session?.close();
    this.workers.delete(number);
  }

  /** A connection of its own. */
  link(transport = HOST): Link {
    const id = this.ninedoor.open(transport);
    if (id === 0) throw new ClientError('busy', 'the mock has no room for another session', 'end one');
    return new MockLink(this.ninedoor, id);
  }

  close(): void {
    clearInterval(this.timer);
    for (const number of [...this.workers.keys()]) this.forget(number);
  }
}

/** Frames in, replies out, never in the same turn: as over a wire. */
class MockLink implements Link {
  readonly endpoint = 'mock';
  onData: (bytes: Uint8Array) => void = () => undefined;
  onEnd: (error: ClientError) => void = () => undefined;
  private held = Buffer.alloc(0);
  private open = true;

  constructor(
    private readonly ninedoor: NineDoorInstance,
    private readonly id: number,
  ) {}

  send(bytes: Uint8Array): number {
    this.held = Buffer.concat([this.held, bytes]);
    while (this.held.length >= 4 && this.held.length >= this.held.readUInt32LE(0)) {
      const size = this.held.readUInt32LE(0);
      const reply = this.ninedoor.serve(this.id, this.held.subarray(0, size));
      this.held = this.held.subarray(size);
      queueMicrotask(() => this.deliver(reply));
    }
    return bytes.length;
  }

  private deliver(reply: Buffer): void {
    if (!this.open) return;
    if (reply.length > 0) return this.onData(reply);
    this.close();
    this.onEnd(new ClientError('protocol', 'NineDoor dropped a frame', 'attach again'));
  }

  retried(retries: number): void {
    this.ninedoor.shortWrite(retries);
  }

  close(): void {
    if (!this.open) return;
    this.open = false;
    this.ninedoor.close(this.id);
  }
}

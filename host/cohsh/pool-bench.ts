// SPDX-License-Identifier: Apache-2.0
/** `pool bench`: the same writes on one session and on the pool, with short writes and an exhausted pool if asked for. */
import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { ClientError, type SessionPool, type Transport } from '../client/index.ts';
import type { Context } from './commands/command.ts';
import { checkSignal, CommandError, describe, interrupted } from './errors.ts';
import { checkPath, Options, U16_MAX, U32_MAX } from './text.ts';

export interface BenchOptions {
  path: string;
  ops: number;
  /** Writes that one place has out at once. */
  batch: number;
  payload: string;
  kind: 'control' | 'telemetry';
  delay_ms: number;
  injectFailures: number;
  injectBytes: number;
  /** Try to take one place more than there are. */
  exhaust: boolean;
}

/** What a write can hold where the transport itself has no limit: a 9P frame. */
const FRAME_PAYLOAD_BYTES = 8192 - 24 - 1;
const MSIZE = 8192;
const MAX_OPS = 1_000_000n;

function positive(options: Options, key: string, max: bigint, otherwise?: bigint): number {
  const value = otherwise === undefined ? options.requiredInteger(key, max) : (options.integer(key, max) ?? otherwise);
  if (value === 0n) throw new CommandError(`invalid ${key} '0': must be at least 1`);
  return Number(value);
}

function payloadOf(options: Options): string {
  const text = options.text('payload') ?? 'pool';
  if (text === '') throw new CommandError('payload must not be empty');
  const bytes = options.integer('payload_bytes', U16_MAX);
  if (bytes === undefined) return text;
  if (bytes === 0n) throw new CommandError("invalid payload_bytes '0': must be at least 1");
  return text.repeat(Math.ceil(Number(bytes) / text.length)).slice(0, Number(bytes));
}

function kindOf(text: string | undefined): 'control' | 'telemetry' {
  const kind = text ?? 'control';
  if (kind === 'control' || kind === 'telemetry') return kind;
  throw new CommandError(`invalid kind '${kind}': control or telemetry`);
}

function flag(options: Options, key: string): boolean {
  const text = options.text(key) ?? '0';
  if (!/^([01]|true|false)$/.test(text)) throw new CommandError(`invalid ${key} '${text}': 0 or 1`);
  return text === '1' || text === 'true';
}

export function parseBench(words: readonly string[]): BenchOptions {
  const options = new Options(words, 'pool bench');
  const parsed: BenchOptions = {
    path: checkPath(options.requiredText('path')),
    ops: positive(options, 'ops', MAX_OPS),
    batch: positive(options, 'batch', U16_MAX, 1n),
    payload: payloadOf(options),
    kind: kindOf(options.text('kind')),
    delay_ms: Number(options.integer('delay_ms', U16_MAX) ?? 0n),
    injectFailures: Number(options.integer('inject_failures', U16_MAX) ?? 0n),
    injectBytes: Number(options.integer('inject_bytes', U32_MAX) ?? 8n),
    exhaust: flag(options, 'exhaust'),
  };
  options.finish();
  return parsed;
}

interface Measured {
  observed: number;
  failures: number;
  elapsed_ms: number;
  /** The first thing that went wrong. */
  problem?: string;
}

class Bench {
  constructor(
    private readonly options: BenchOptions,
    private readonly context: Context,
  ) {}

  /** One write after the other, on one session. */
  async baseline(transport: Transport): Promise<Measured> {
    return this.measure(async (measured) => {
      for (let i = 0; i < this.options.ops; i++) await this.write(transport, measured);
    });
  }

  /** Batches, as many at once as the pool has places. */
  async pooled(pool: SessionPool): Promise<Measured> {
    const { ops, batch, kind, delay_ms } = this.options;
    let left = ops;
    return this.measure(async (measured) => {
      const worker = async (): Promise<void> => {
        while (left > 0) {
          const count = Math.min(batch, left);
          left -= count;
          await pool.use(kind, (transport) =>
            Promise.all(Array.from({ length: count }, () => this.write(transport, measured))),
          );
          if (delay_ms > 0) await sleep(delay_ms);
          checkSignal(this.context.signal);
        }
      };
      await Promise.all(Array.from({ length: pool.capacity(kind) }, worker));
    });
  }

  private async measure(job: (measured: Measured) => Promise<void>): Promise<Measured> {
    const measured: Measured = { observed: 0, failures: 0, elapsed_ms: 0 };
    const started_ms = performance.now();
    await job(measured);
    measured.elapsed_ms = Math.max(1, Math.round(performance.now() - started_ms));
    return measured;
  }

  private async write(transport: Transport, measured: Measured): Promise<void> {
    checkSignal(this.context.signal);
    const { path, payload } = this.options;
    try {
      const { ack } = await transport.echo(path, payload, { signal: this.context.signal });
      if (ack.ok) {
        measured.observed += 1;
        return;
      }
      measured.problem ??= ack.line;
    } catch (error) {
      if (this.context.signal?.aborted === true) throw interrupted();
      measured.problem ??= describe(error);
    }
    measured.failures += 1;
  }
}

/** Takes every place and one more; how often there was none. */
function exhaust(pool: SessionPool, kind: 'control' | 'telemetry'): number {
  const before = pool.exhausted;
  const places = [];
  try {
    for (let i = 0; i <= pool.capacity(kind); i++) places.push(pool.acquire(kind));
  } catch (error) {
    if (!(error instanceof ClientError) || error.code !== 'busy') throw error;
  } finally {
    for (const place of places) place.release();
  }
  return pool.exhausted - before;
}

function rate({ observed, elapsed_ms }: Measured): string {
  return `elapsed_ms=${elapsed_ms} ops_per_s=${Math.round((observed * 1000) / elapsed_ms)}`;
}

export async function runBench(options: BenchOptions, context: Context): Promise<void> {
  const transport = context.queenSession('pool bench');
  const say = (text: string): void => context.output.write({ kind: 'line', text: `pool bench ${text}` });
  const maxPayload = Math.min(transport.limits.write_bytes, FRAME_PAYLOAD_BYTES);
  const bytes = Buffer.byteLength(options.payload);
  if (bytes > maxPayload) throw new CommandError(`payload_bytes ${bytes} exceeds max_payload ${maxPayload}`);
  say(`limits msize=${MSIZE} max_payload=${maxPayload} batch=${options.batch} kind=${options.kind}`);

  const bench = new Bench(options, context);
  const alone = await bench.baseline(transport);
  say(`baseline ops=${options.ops} ${rate(alone)}`);

  // Every write that is out listens for Ctrl-C.
  if (context.signal !== undefined) setMaxListeners(0, context.signal);
  const pool = await context.pool();
  const exhausted = options.exhaust ? exhaust(pool, options.kind) : 0;
  const retries = await inject(options, pool);
  const together = await bench.pooled(pool);
  say(`pooled ops=${options.ops} ${rate(together)}`);

  const ok = together.observed === options.ops && (!options.exhaust || exhausted > 0);
  const counts = `retries=${retries} pool_exhausted=${exhausted} failures=${together.failures}`;
  say(`result ${ok ? 'OK' : 'ERR'} ${counts} expected=${options.ops} observed=${together.observed}`);
  if (!ok) throw new CommandError(`pool bench failed: ${together.problem ?? 'the pool was not exhausted'}`);
}

/** Short writes are armed on the place that is taken first; each costs one retry. */
async function inject(options: BenchOptions, pool: SessionPool): Promise<number> {
  if (options.injectFailures === 0) return 0;
  return pool.use(options.kind, (transport) => {
    if (transport.injectShortWrites === undefined) {
      throw new CommandError(`transport ${transport.kind} cannot inject short writes`);
    }
    transport.injectShortWrites(options.injectFailures, options.injectBytes);
    return Promise.resolve(options.injectFailures);
  });
}

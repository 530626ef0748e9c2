// SPDX-License-Identifier: Apache-2.0
// Measurements on running guests, for `make bench`: time from power-on to a pattern, processor use of an idle guest,
// and instruction counts from the guest's own counter. As a command it prints the first two as JSON.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { failure } from '../../diagnostics/diagnostic.ts';
import { QEMU_CODES, renderError } from './errors.ts';
import { Conversation } from './expect.ts';
import { Machine, type StartOptions } from './machine.ts';

/** Frequency of the generic counter under QEMU virt: one tick is 16 ns of virtual time. */
export const COUNTER_HZ = 62_500_000;
const TICK_NS = 1e9 / COUNTER_HZ;

/** With this `icount_shift` an instruction takes 16 ns of virtual time: one tick is exactly one instruction. */
export const ICOUNT_SHIFT_EXACT = 4;

/** USER_HZ: Linux reports processor times to programs in these units on every architecture we run on. */
const CLOCK_TICKS_PER_S = 100;

/**
 * Instructions that the guest executed in `ticks` of CNTVCT or CNTPCT, on a machine started with `icount_shift`. Exact
 * at `ICOUNT_SHIFT_EXACT`; below that a reading is good to (16 >> shift) instructions. Only for spans without wfi,
 * since idle time is counted as if it were instructions.
 */
export function ticksToInstructions(ticks: number, icount_shift: number): number {
  return (ticks * TICK_NS) / 2 ** icount_shift;
}

export interface BootTime {
  /** From the start of the emulator's process, which includes its own start-up. */
  power_on_to_pattern_ms: number;
  /** From the guest's first instruction. */
  run_to_pattern_ms: number;
}

/** Waits for `pattern` on a machine just started. */
export async function timeToPattern(machine: Machine, pattern: string | RegExp, within_ms: number): Promise<BootTime> {
  await new Conversation(machine).expect(pattern, within_ms);
  const now_ms = performance.now();
  return {
    power_on_to_pattern_ms: round(now_ms - machine.spawned_at_ms),
    run_to_pattern_ms: round(now_ms - machine.running_at_ms),
  };
}

/** Processor time that a process has used in all its threads, dead ones included, from its /proc stat line. */
export function cpuTimeMs(stat: string): number {
  // The command's name may hold blanks and parentheses: count fields from behind the last one.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return ((Number(fields[11]) + Number(fields[12])) * 1000) / CLOCK_TICKS_PER_S;
}

/** Share of one core that the emulator used over the window, in percent. Resolution: 1000 / window_ms percent. */
export async function cpuPercent(machine: Machine, window_ms: number): Promise<number> {
  const read = (): number => cpuTimeMs(readFileSync(`/proc/${machine.pid}/stat`, 'utf8'));
  const [before_ms, from_ms] = [read(), performance.now()];
  await sleep(window_ms);
  if (machine.end !== undefined) throw machine.error(QEMU_CODES.ended, `${machine.end.reason} while it was measured`);
  return round(((read() - before_ms) * 100) / (performance.now() - from_ms));
}

export interface BenchOptions {
  machine: StartOptions;
  pattern: string | RegExp;
  within_ms: number;
  runs: number;
  /** Left alone before the window opens, and the window itself. */
  settle_ms: number;
  window_ms: number;
}

export interface BenchResult {
  boot: BootTime[];
  median_power_on_to_pattern_ms: number;
  idle_cpu_percent: number;
  idle_window_ms: number;
}

/** Boots `runs` times; the last machine is also watched while it idles. */
export async function bench(options: BenchOptions): Promise<BenchResult> {
  const boot: BootTime[] = [];
  let idle = 0;
  for (let run = 1; run <= options.runs; run++) {
    const machine = await Machine.start({ ...options.machine, timeout_ms: 0 });
    try {
      boot.push(await timeToPattern(machine, options.pattern, options.within_ms));
      if (run === options.runs) {
        await sleep(options.settle_ms);
        idle = await cpuPercent(machine, options.window_ms);
      }
    } finally {
      await machine.stop();
    }
  }
  const times = boot.map((b) => b.power_on_to_pattern_ms);
  return {
    boot,
    median_power_on_to_pattern_ms: median(times),
    idle_cpu_percent: idle,
    idle_window_ms: options.window_ms,
  };
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const [low, high] = [sorted[middle - (sorted.length % 2 === 0 ? 1 : 0)], sorted[middle]];
  if (low === undefined || high === undefined) throw new RangeError('median of nothing');
  return round((low + high) / 2);
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}

const COUNTS = { runs: '5', 'settle-ms': '500', 'idle-ms': '5000', 'timeout-ms': '30000' } as const;

async function main(argv: string[]): Promise<void> {
  const { values } = parseArgs({
    args: argv,
    options: {
      image: { type: 'string', default: 'out/qemu-virt/image.elf' },
      pattern: { type: 'string', default: '^cohesix> ' },
      out: { type: 'string' },
      ...Object.fromEntries(
        Object.entries(COUNTS).map(([name, value]) => [name, { type: 'string', default: value } as const]),
      ),
    },
  });
  const count = (name: keyof typeof COUNTS): number => {
    const text = String((values as Record<string, unknown>)[name]);
    if (!/^[1-9]\d{0,6}$/.test(text)) throw failure(QEMU_CODES.usage, `--${name} ${text} is not a positive number`);
    return Number(text);
  };
  const result = await bench({
    machine: { image: values.image },
    pattern: new RegExp(values.pattern),
    within_ms: count('timeout-ms'),
    runs: count('runs'),
    settle_ms: count('settle-ms'),
    window_ms: count('idle-ms'),
  });
  const json = `${JSON.stringify(result, null, 2)}\n`;
  if (values.out === undefined) return void process.stdout.write(json);
  mkdirSync(dirname(values.out), { recursive: true });
  writeFileSync(values.out, json);
  process.stdout.write(
    `power-on to prompt: ${result.median_power_on_to_pattern_ms} ms (median of ${result.boot.length})\n`,
  );
  process.stdout.write(`idle: ${result.idle_cpu_percent} % of a core over ${result.idle_window_ms} ms\n`);
}

if (import.meta.filename === process.argv[1]) {
  await main(process.argv.slice(2)).catch((error: unknown) => {
    process.stderr.write(renderError(error));
    process.exitCode = 1;
  });
}

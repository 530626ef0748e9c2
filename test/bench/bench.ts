// SPDX-License-Identifier: Apache-2.0
/**
 * `make bench`: what the system is measured by, printed as a table and written as JSON to out/bench.json. Times are medians
 * of several runs on this machine; kernel paths are counted in instructions, which repeat exactly.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  bench as measureBoot,
  Conversation,
  ICOUNT_SHIFT_EXACT,
  Machine,
  median,
  ticksToInstructions,
} from 'qemu-wasm-runner';
import { testImage, ROOT } from '../support/build.ts';
import { buildIn, copyTree } from '../support/tree.ts';
import { buildProgram, buildProgramImage } from '../boot/kernel/program.ts';
import { networkInstructions } from './instructions.ts';
import { networkSpeeds, type Result } from './network.ts';
import { nineDoorSpeeds } from './ninedoor.ts';

const PROMPT = /[\r\n]cohesix> /;
const BOOTS = 5;
const EDITS = 3;

async function bootAndIdle(): Promise<Result[]> {
  const { output } = await testImage('system/devkernel');
  const measured = await measureBoot({
    machine: { image: output, smp: 1 },
    pattern: PROMPT,
    within_ms: 20_000,
    runs: BOOTS,
    settle_ms: 1000,
    window_ms: 10_000,
  });
  return [
    { name: 'boot.power_on_to_prompt', value: measured.median_power_on_to_pattern_ms, unit: 'ms', limit: 500 },
    { name: 'idle.cpu', value: measured.idle_cpu_percent, unit: '% of a core', limit: 3 },
  ];
}

/** Time from a one-line edit to the image, for the root task and for a domain. */
function rebuilds(): Result[] {
  const tree = join(ROOT, 'out/bench/tree');
  copyTree(tree);
  const full_ms = buildIn(tree);
  const edit = (file: string, from: string, to: string): number => {
    const times: number[] = [];
    for (let n = 0; n < EDITS; n++) {
      const path = join(tree, file);
      const text = readFileSync(path, 'utf8');
      const [old, next] = n % 2 === 0 ? [from, to] : [to, from];
      if (!text.includes(old)) throw new Error(`${file} has no ${JSON.stringify(old)}`);
      writeFileSync(path, text.replace(old, next));
      times.push(buildIn(tree));
    }
    return median(times);
  };
  return [
    { name: 'build.clean', value: full_ms, unit: 'ms' },
    { name: 'build.nothing_changed', value: buildIn(tree), unit: 'ms' },
    {
      name: 'build.edit_root_task',
      value: edit('roottask/boot/boot.ts', 'COLD', 'WARM'),
      unit: 'ms',
      limit: 8000,
    },
    {
      name: 'build.edit_console',
      value: edit('domains/console/serial/serial.ts', 'console ready', 'console is ready'),
      unit: 'ms',
      limit: 8000,
    },
  ];
}

/** Kernel paths, in instructions a round: the guest's counter advances by one an instruction. */
async function kernelPaths(): Promise<Result[]> {
  const image = await buildProgramImage('bench', await buildProgram({ bench: true }));
  const machine = await Machine.start({ image, icount_shift: ICOUNT_SHIFT_EXACT, timeout_ms: 120_000 });
  try {
    const conversation = new Conversation(machine);
    await conversation.expect(/# done\r?\n/, 100_000);
    const lines = machine.text.matchAll(/^bench (\S+) ticks=(\d+) rounds=(\d+)/gm);
    return [...lines].map(([, name, ticks, rounds]) => ({
      name: `kernel.${name}`,
      value: ticksToInstructions(Number(ticks), ICOUNT_SHIFT_EXACT) / Number(rounds),
      unit: 'instructions',
    }));
  } finally {
    await machine.stop();
  }
}

/** The server itself in Node: what a host gets out of the very wasm that the image runs. */
async function nineDoor(): Promise<Result[]> {
  const speeds = await nineDoorSpeeds();
  return speeds.map(({ name, messages_per_s }) => ({
    name: `ninedoor.${name}`,
    value: messages_per_s,
    unit: 'messages/s in Node',
    atLeast: 100_000,
  }));
}

function goalOf({ value, limit, atLeast }: Result): string {
  if (limit !== undefined) return `  (goal ≤ ${limit}: ${value <= limit ? 'met' : 'MISSED'})`;
  if (atLeast !== undefined) return `  (goal ≥ ${atLeast}: ${value >= atLeast ? 'met' : 'MISSED'})`;
  return '';
}

function print(results: readonly Result[]): void {
  for (const result of results) {
    const { name, value, unit } = result;
    process.stdout.write(`${name.padEnd(40)} ${value.toFixed(1).padStart(12)} ${unit}${goalOf(result)}\n`);
  }
}

const results: Result[] = [];
for (const part of [
  bootAndIdle,
  kernelPaths,
  nineDoor,
  networkSpeeds,
  () => networkInstructions(),
  () => Promise.resolve(rebuilds()),
]) {
  const measured = await part();
  print(measured);
  results.push(...measured);
}
mkdirSync(join(ROOT, 'out'), { recursive: true });
writeFileSync(join(ROOT, 'out/bench.json'), `${JSON.stringify({ results }, null, 2)}\n`);
process.exit(0);

// SPDX-License-Identifier: Apache-2.0
/** Reporter: the files that took longest, printed at the end, each with its wall time and processor time. */
import type { Reporter, TestModule } from 'vitest/node';

const SHOWN = 10;
/** A run of a file or two needs no list. */
const LEAST_FILES = 3;

interface Row {
  name: string;
  wall_s: number;
  cpu_s: number;
}

function rowOf(module: TestModule): Row {
  const { collectDuration, duration, prepareDuration, setupDuration } = module.diagnostic();
  const wall_ms = collectDuration + duration + prepareDuration + setupDuration;
  return { name: module.relativeModuleId, wall_s: wall_ms / 1000, cpu_s: module.meta().cpu_s ?? 0 };
}

export default class Slowest implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    if (modules.length < LEAST_FILES) return;
    const rows = modules.map(rowOf).sort((a, b) => b.wall_s - a.wall_s);
    const total = rows.reduce((sum, { cpu_s }) => sum + cpu_s, 0);
    const lines = rows.slice(0, SHOWN).map(({ name, wall_s, cpu_s }) => {
      return `${wall_s.toFixed(1).padStart(8)} s ${cpu_s.toFixed(1).padStart(8)} s  ${name}`;
    });
    process.stdout.write(`\n      wall  processor  slowest files\n${lines.join('\n')}\n`);
    process.stdout.write(`  processor time of all ${rows.length} files: ${total.toFixed(0)} s\n\n`);
  }
}

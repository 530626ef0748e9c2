// SPDX-License-Identifier: Apache-2.0
/** Set-up of every test file: tells the reporter (slowest.ts) what processor time the file took, its programs included. */
import { readFileSync } from 'node:fs';
import { afterAll } from 'vitest';

declare module 'vitest' {
  interface TaskMeta {
    /** Processor time of the file's process, and of the programs that it ran and waited for. */
    cpu_s?: number;
  }
}

const CLOCK_TICKS_PER_S = 100;

/** utime, stime, cutime and cstime of proc(5), of this process. */
function processorTime_s(): number {
  const fields = readFileSync('/proc/self/stat', 'utf8')
    .replace(/^.*\) /, '')
    .split(' ');
  return [11, 12, 13, 14].reduce((sum, field) => sum + Number(fields[field]), 0) / CLOCK_TICKS_PER_S;
}

// The first parameter must be a pattern: vitest reads from it which fixtures the hook asks for.
afterAll(({}, file) => {
  file.meta.cpu_s = processorTime_s();
});

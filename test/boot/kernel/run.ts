// SPDX-License-Identifier: Apache-2.0
/**
 * Runs an image of the kernel test program to its end and checks its report: every case has its verdict, and all are ok.
 */
import { expect } from 'vitest';
import { type MachineOptions, withMachine } from 'qemu-wasm-runner';
import { readReport, type Report } from './program.ts';

export const TIMEOUT_MS = 120_000;
/** For a test that also builds: the machine's own limit comes first, and says more. */
export const TEST_TIMEOUT_MS = 2 * TIMEOUT_MS;
/** Fewer cases than this means that suites were lost, not that there is less to test. */
const MINIMUM_CASES = 240;

export async function runCases(name: string, machine: MachineOptions): Promise<Report> {
  const options = { ...machine, name: `kernel/${name}`, timeout_ms: TIMEOUT_MS };
  const report = await withMachine(options, async ({ machine, console }) => {
    await console.expect('# done', TIMEOUT_MS);
    return readReport(machine.text);
  });
  const failures = report.verdicts.filter((verdict) => !verdict.ok).map((verdict) => verdict.text);
  expect(failures).toEqual([]);
  expect(report.failed).toBe(0);
  expect(report.verdicts.map((verdict) => verdict.number)).toEqual(report.verdicts.map((_, i) => i + 1));
  expect(report.passed).toBe(report.verdicts.length);
  expect(report.passed).toBeGreaterThanOrEqual(MINIMUM_CASES);
  return report;
}

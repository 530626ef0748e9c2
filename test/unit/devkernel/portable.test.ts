// SPDX-License-Identifier: Apache-2.0
/** The devkernel's portable half on the host: kernel/devkernel/hosttest, built natively and run with fixed seeds. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const kernel = join(import.meta.dirname, '../../../kernel/devkernel');
const SEEDS = [1, 2, 3, 5, 8, 13, 21, 34];

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'hosttest-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function clang(program: string, flags: string[], sources: string[]): { ok: boolean; message: string } {
  const run = spawnSync('clang', [...flags, ...sources, '-o', join(folder, program)], {
    encoding: 'utf8',
    timeout: 100_000,
  });
  return { ok: run.status === 0, message: run.stderr ?? String(run.error) };
}

/** The address sanitizer's runtime is a package of its own; undefined behaviour can trap without one. */
function sanitizers(): string[] {
  const probe = join(folder, 'probe.c');
  writeFileSync(probe, 'int main(void) { return 0; }\n');
  const full = ['-fsanitize=address,undefined', '-fno-sanitize-recover=all'];
  return clang('probe', full, [probe]).ok ? full : ['-fsanitize=undefined', '-fsanitize-trap=all'];
}

/** `own`: the kernel file that the program includes, to check what is private to it. */
function build(program: string, own: string): void {
  const portable = readdirSync(join(kernel, 'src')).filter((name) => name.endsWith('.c') && name !== own);
  const sources = [
    ...portable.map((name) => join(kernel, 'src', name)),
    join(kernel, 'hosttest', `${program}.c`),
    join(kernel, 'hosttest/fake_arch.c'),
  ];
  const options = ['-std=gnu11', '-O1', '-g', '-fno-pie', '-no-pie', '-Wall', '-Wextra', '-Werror'];
  const defines = ['-DLINK_BASE=0ull', '-DPREEMPTION_PERIOD=1', `-I${join(kernel, 'include')}`];
  const built = clang(program, [...options, ...defines, ...sanitizers()], sources);
  if (!built.ok) throw new Error(built.message);
}

/** Runs a program and returns the numbers in its last line. */
function run(program: string, ...args: (string | number)[]): number[] {
  const result = spawnSync(join(folder, program), args.map(String), {
    encoding: 'utf8',
    timeout: 50_000,
    env: { ...process.env, ASAN_OPTIONS: 'detect_leaks=0' },
  });
  expect(result.stderr).toBe('');
  expect(result.signal).toBeNull();
  expect(result.stdout).toMatch(/^ok .*\n$/);
  return (result.stdout.match(/\d+/g) ?? []).map(Number);
}

/** A run in which little happened proves little: each count reaches its share of the steps. */
function expectBusy([steps = 0, ...counts]: number[], shares: number[]): void {
  expect(counts).toHaveLength(shares.length);
  counts.forEach((count, i) => expect(count).toBeGreaterThan(steps * (shares[i] ?? 1)));
}

describe('random capability operations', () => {
  beforeAll(() => build('derivation', 'mdb.c'));

  it.each(SEEDS)('agree with the model: seed %i', (seed) => {
    expectBusy(run('derivation', seed, 6000), [0.25, 0.1, 0.1]);
  });
  it.each(SEEDS)('keep tree and memory consistent with nested containers: seed %i', (seed) => {
    expectBusy(run('derivation', seed, 6000, 'chaos'), [0.25, 0.1, 0.1]);
  });
});

describe('random system calls', () => {
  beforeAll(() => build('ipc', 'sched.c'));

  it.each(SEEDS)('keep queues and thread states consistent: seed %i', (seed) => {
    expectBusy(run('ipc', seed, 20000), [0.1, 0.01, 0.01]);
  });
});

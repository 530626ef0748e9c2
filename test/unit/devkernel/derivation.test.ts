/** The devkernel's capability derivation on the host: kernel/devkernel/hosttest, built natively, with fixed seeds. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const kernel = join(import.meta.dirname, '../../../kernel/devkernel');
const STEPS = 6000;
const SEEDS = [1, 2, 3, 5, 8, 13, 21, 34];

let folder: string;
let program: string;

/** mdb.c is included by the test program, which checks its private links. */
function sources(): string[] {
  const portable = readdirSync(join(kernel, 'src')).filter((name) => name.endsWith('.c') && name !== 'mdb.c');
  return [
    ...portable.map((name) => join(kernel, 'src', name)),
    join(kernel, 'hosttest/derivation.c'),
    join(kernel, 'hosttest/fake_arch.c'),
  ];
}

function build(sanitizers: string[]): { ok: boolean; message: string } {
  const options = ['-std=gnu11', '-O1', '-g', '-fno-pie', '-no-pie', '-Wall', '-Wextra', '-Werror'];
  const defines = ['-DLINK_BASE=0ull', '-DPREEMPTION_PERIOD=1', `-I${join(kernel, 'include')}`];
  const run = spawnSync('clang', [...options, ...sanitizers, ...defines, ...sources(), '-o', program], {
    encoding: 'utf8',
    timeout: 100_000,
  });
  return { ok: run.status === 0, message: run.stderr ?? String(run.error) };
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'derivation-'));
  program = join(folder, 'derivation');
  // The address sanitizer's runtime is a package of its own; undefined behaviour can trap without one.
  if (build(['-fsanitize=address,undefined', '-fno-sanitize-recover=all']).ok) return;
  const built = build(['-fsanitize=undefined', '-fsanitize-trap=all']);
  if (!built.ok) throw new Error(built.message);
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe.each(['exact', 'chaos'])('random capability operations, %s', (mode) => {
  it.each(SEEDS)('seed %i', (seed) => {
    const run = spawnSync(program, [String(seed), String(STEPS), mode], {
      encoding: 'utf8',
      timeout: 50_000,
      env: { ...process.env, ASAN_OPTIONS: 'detect_leaks=0' },
    });
    expect(run.stderr).toBe('');
    expect(run.signal).toBeNull();
    const counts = /^ok \d+ steps, (\d+) calls succeeded, (\d+) preemptions, (\d+) objects\n$/.exec(run.stdout);
    expect(counts, run.stdout).not.toBeNull();
    // A run in which little happened proves little.
    expect(Number(counts?.[1])).toBeGreaterThan(STEPS / 4);
    expect(Number(counts?.[2])).toBeGreaterThan(STEPS / 20);
    expect(Number(counts?.[3])).toBeGreaterThan(STEPS / 20);
  });
});

// SPDX-License-Identifier: Apache-2.0
/**
 * Owns what the tests of the AOT pipeline share: building a component under assembly/ for the Linux test platform and
 * running it under qemu-user. Each test file gets an output folder of its own.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { buildComponent, type ComponentResult, type ComponentSpec } from '../../../compiler/src/aot/component.ts';
import { Failure, type Diagnostic } from '../../../diagnostics/diagnostic.ts';

export const ROOT = resolve(import.meta.dirname, '../../..');
export const PLATFORM = ['test/unit/aot/platform/linux.c', 'test/unit/aot/platform/start.S'];

export function temporaryFolder(): { path: string; remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), 'cohesix-aot-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

export function specOf(name: string, more: Partial<ComponentSpec> = {}): ComponentSpec {
  return {
    name,
    directory: `test/unit/aot/assembly/${name}`,
    imports: ['host.*'],
    memory_bytes: 131_072,
    stack_bytes: 16_384,
    mode: 'guard',
    runtimeSources: PLATFORM,
    ...more,
  };
}

export function build(
  outDir: string,
  spec: ComponentSpec,
  steps: string[] = [],
  root = ROOT,
): Promise<ComponentResult> {
  return buildComponent(spec, { root, outDir, progress: (step) => void steps.push(step) });
}

/** The diagnostics that a build is refused with. */
export async function refusal(work: Promise<unknown>): Promise<readonly Diagnostic[]> {
  try {
    await work;
  } catch (error) {
    if (error instanceof Failure) return error.diagnostics;
    throw error;
  }
  throw new Error('the build was not refused');
}

const QEMU = ['qemu-aarch64-static', 'qemu-aarch64'].find((name) => spawnSync(name, ['--version']).status === 0);

/** Why tests that run AArch64 programs are skipped, or an empty text. */
export const noEmulator =
  QEMU === undefined ? 'qemu-user-static is not installed (apt-get install qemu-user-static)' : '';
if (noEmulator !== '') console.warn(`skipped: ${noEmulator}`);

export interface Run {
  code: number | null;
  output: string;
}

/** Runs the export `run(which)` of a component that was built for the Linux test platform. */
export function runElf(elf: string, which: number): Run {
  const child = spawnSync(QEMU ?? '', [elf, String(which)], { encoding: 'utf8', timeout: 20_000 });
  return { code: child.status, output: child.stdout.trim() };
}

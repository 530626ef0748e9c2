// SPDX-License-Identifier: Apache-2.0
/**
 * Builds the kernel test program (kernel/test) and images of it, and reads what it prints. Used by the boot tests here
 * and by whatever runs its benchmarks.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { buildDevkernel } from '../../../compiler/src/build/devkernel.ts';
import { readVersion } from '../../../tools/version.ts';
import { findBoard } from '../../../compiler/src/image/boards.ts';
import { packImage } from '../../../compiler/src/image/pack.ts';
import type { SeL4Prefix } from '../../../compiler/src/image/prefix.ts';
import { compileObjects, linkElf } from '../../../compiler/src/toolchain/clang.ts';
import { ROOT } from '../../support/build.ts';

const FOLDER = 'kernel/test';
const OUT = join(ROOT, 'out/test/kernel');
export const BOARD = findBoard('qemu-virt');

export interface ProgramOptions {
  /** The benchmarks instead of the cases. */
  bench?: boolean;
  /** Compiles against this tree's libsel4 instead of ours. */
  headers?: SeL4Prefix;
}

/** Returns the path of the program's ELF. */
export async function buildProgram(options: ProgramOptions = {}): Promise<string> {
  const name = `${options.bench === true ? 'bench' : 'cases'}${options.headers === undefined ? '' : '-sel4'}`;
  const objects = await compileObjects({
    sources: readdirSync(join(ROOT, FOLDER))
      .filter((file) => /\.[cS]$/.test(file))
      .sort()
      .map((file) => `${FOLDER}/${file}`),
    objDir: join(OUT, name),
    root: ROOT,
    flags: ['-O2', '-fno-builtin', '-mgeneral-regs-only'],
    defines: options.bench === true ? ['BENCH'] : [],
    ...(options.headers === undefined
      ? { includeDirs: ['kernel/libsel4/include'] }
      : { systemIncludeDirs: options.headers.includeDirs }),
  });
  const output = join(OUT, `${name}.elf`);
  await linkElf({ objects, output, script: join(ROOT, FOLDER, 'link.ld') });
  return output;
}

/** Packs the program with the devkernel, or with a prefix's kernel; returns the path of the image. */
export async function buildProgramImage(name: string, program: string, prefix?: SeL4Prefix): Promise<string> {
  const output = join(OUT, name, 'image.elf');
  const kernelElf = prefix?.kernelElf ?? join(OUT, 'devkernel.elf');
  if (prefix === undefined) {
    await buildDevkernel({
      root: ROOT,
      objDir: join(OUT, 'devkernel'),
      output: kernelElf,
      version: readVersion(ROOT).version,
    });
  }
  await packImage({
    kernelElf,
    rootTaskElf: program,
    board: BOARD,
    output,
    gicVersion: prefix === undefined ? 'any' : prefix.gicVersion,
  });
  return output;
}

export interface Verdict {
  number: number;
  ok: boolean;
  /** "area.call: what holds", and after a failure the reason. */
  text: string;
}

export interface Report {
  verdicts: Verdict[];
  passed: number;
  failed: number;
}

/** Reads the lines "ok 12 …", "not ok 12 …" and the summary; a debug kernel's own lines are in between. */
export function readReport(log: string): Report {
  const verdicts = [...log.matchAll(/^(not )?ok (\d+) (.*?)\r?$/gm)].map((match) => ({
    number: Number(match[2]),
    ok: match[1] === undefined,
    text: match[3] ?? '',
  }));
  const summary = /^# passed=(\d+) failed=(\d+)/m.exec(log);
  return { verdicts, passed: Number(summary?.[1]), failed: Number(summary?.[2]) };
}

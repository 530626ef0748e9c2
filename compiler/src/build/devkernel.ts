// SPDX-License-Identifier: Apache-2.0
/**
 * Builds kernel/devkernel: every C and assembly file of its two halves, linked at the address that the loader expects.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { compileObjects, linkElf } from '../toolchain/clang.ts';

const FOLDER = 'kernel/devkernel';
const HALVES = ['src', 'arch'] as const;

export interface DevkernelOptions {
  root: string;
  /** Where the objects go. */
  objDir: string;
  output: string;
  version: string;
  progress?: (step: string) => void;
}

/** Writes the kernel's ELF. */
export async function buildDevkernel(options: DevkernelOptions): Promise<void> {
  const sources = HALVES.flatMap((half) =>
    readdirSync(join(options.root, FOLDER, half))
      .filter((name) => /\.[cS]$/.test(name))
      .sort()
      .map((name) => `${FOLDER}/${half}/${name}`),
  );
  const objects = await compileObjects({
    root: options.root,
    sources,
    objDir: options.objDir,
    includeDirs: [`${FOLDER}/include`, ...HALVES.map((half) => `${FOLDER}/${half}`)],
    defines: [`DEVKERNEL_VERSION="${options.version}"`],
    flags: ['-O2', '-mgeneral-regs-only', '-mstrict-align', '-fno-pic'],
    progress: (source: string) => options.progress?.(`clang ${source}`),
  });
  const linked = await linkElf({
    objects,
    script: join(options.root, FOLDER, 'kernel.ld'),
    output: options.output,
  });
  if (linked) options.progress?.('lld kernel.elf');
}

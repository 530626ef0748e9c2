// SPDX-License-Identifier: Apache-2.0
/**
 * Owns turning a kernel and a root task into one bootable ELF: both are placed (placement.ts), written out as the
 * loader's payload table with their bytes behind it, and linked with the loader in kernel/loader.
 */
import { readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { failure } from '../../../diagnostics/diagnostic.ts';
import { compileObjects, linkElf } from '../toolchain/clang.ts';
import { digest, writeIfChanged } from '../toolchain/files.ts';
import type { Board } from './boards.ts';
import { hex, readElf } from '../elf/image.ts';
import { place, type Placement } from './placement.ts';

export type GicVersion = 2 | 3 | 'any';

export interface PackOptions {
  readonly kernelElf: string;
  readonly rootTaskElf: string;
  readonly board: Board;
  /** The image; replaced in one step, untouched on failure. */
  readonly output: string;
  /** Where intermediate files go. Default: `loader/` beside the output. */
  readonly objDir?: string;
  /** The interrupt controller that the kernel was built for, or `any` for a kernel that drives both. */
  readonly gicVersion: GicVersion;
}

export interface PackedImage {
  readonly placement: Placement;
  readonly bytes: number;
  /** False when the file was already what it should be. */
  readonly changed: boolean;
}

const REPOSITORY = resolve(dirname(fileURLToPath(import.meta.url)), '../../..');
const LOADER = 'kernel/loader';
const LOADER_SOURCES = ['start.S', 'loader.c', 'payload.c', 'fdt.c', 'mmu.c', 'memory.c', 'console.c'];
/** Runs before any FPU set-up and, for its first part, with the MMU off. */
const LOADER_FLAGS = ['-O2', '-fno-builtin', '-mgeneral-regs-only', '-mstrict-align'];

export async function packImage(options: PackOptions): Promise<PackedImage> {
  const { board } = options;
  const kernel = readElf(readInput(options.kernelElf), 'kernel');
  const rootTask = readElf(readInput(options.rootTaskElf), 'root task');
  const placement = place(kernel, rootTask, board);

  const objDir = resolve(options.objDir ?? join(dirname(options.output), 'loader'));
  const payload = writePayload(placement, board, options.gicVersion, objDir);
  const [loaderObjects, payloadObjects] = await Promise.all([
    compileObjects({
      sources: LOADER_SOURCES.map((name) => `${LOADER}/${name}`),
      objDir,
      root: REPOSITORY,
      flags: LOADER_FLAGS,
      defines: [`BOARD_UART_BASE=${hex(board.uartBase)}ul`],
    }),
    compileObjects({
      sources: [payload],
      objDir: join(objDir, 'payload'),
      root: REPOSITORY,
      includeDirs: [objDir],
      // Without debug information: generated, and the only place where the output folder's name would show.
      flags: ['-g0'],
    }),
  ]);
  const linked = join(objDir, 'image.elf');
  await linkElf({
    objects: [...loaderObjects, ...payloadObjects],
    output: linked,
    script: join(REPOSITORY, LOADER, 'loader.ld'),
    flags: [`--defsym=LOADER_BASE=${hex(placement.loaderBase)}`],
  });
  const image = readFileSync(linked);
  return { placement, bytes: image.length, changed: writeIfChanged(options.output, image) };
}

function readInput(path: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? String(error);
    throw failure('COH0902', `cannot read ${relative('.', path) || path}: ${reason}`);
  }
}

/** Writes the payload's bytes and the assembly that describes them; returns the path of the assembly. */
function writePayload(placement: Placement, board: Board, gicVersion: GicVersion, objDir: string): string {
  const chunks = placement.segments.map((segment) => segment.data);
  writeIfChanged(join(objDir, 'payload.bin'), Buffer.concat(chunks));
  const path = join(objDir, 'payload.S');
  writeIfChanged(path, payloadAssembly(placement, board, gicVersion, digest(chunks)));
  return path;
}

/** The layout is `struct payload` of kernel/loader/payload.h, field by field. */
export function payloadAssembly(placement: Placement, board: Board, gicVersion: GicVersion, contents: string): string {
  const fields: [string, bigint | number][] = [
    ['ram_start', board.ramStart],
    ['ram_end', board.ramEnd],
    ['kernel_start', placement.kernelStart],
    ['kernel_end', placement.kernelEnd],
    ['kernel_virt', placement.kernelVirtual],
    ['kernel_entry', placement.kernelEntry],
    ['segment_count', placement.segments.length],
    ['user_start', placement.userStart],
    ['user_end', placement.userEnd],
    ['user_pv_offset', placement.userOffset],
    ['user_entry', placement.userEntry],
    ['dtb_destination', placement.dtbDestination],
    ['gic_version', gicVersion === 'any' ? 0 : gicVersion],
  ];
  let offset = 0;
  const table: string[] = [];
  const bytes: string[] = [];
  placement.segments.forEach((segment, i) => {
    const size = segment.data.length;
    table.push(
      `    .quad payload_${i}, ${hex(BigInt(size))}, ${hex(segment.destination)}, ${hex(segment.memoryBytes)}`,
    );
    // Source and destination agree modulo 64, so that the loader copies whole lines.
    bytes.push(`    .balign 64`, `    .skip ${segment.destination % 64n}`, `payload_${i}:`);
    if (size > 0) bytes.push(`    .incbin "payload.bin", ${offset}, ${size}`);
    offset += size;
  });
  return [
    '/* Generated by the image packer: what the loader copies where. */',
    `/* Contents: ${contents} */`,
    '    .section .payload.table, "a"',
    '    .balign 64',
    '    .global payload_table',
    'payload_table:',
    '    .ascii "CHXBOOT1"',
    ...fields.map(([name, value]) => `    .quad ${hex(BigInt(value))} /* ${name} */`),
    ...table,
    '    .section .payload.bytes, "a"',
    ...bytes,
    '',
  ].join('\n');
}

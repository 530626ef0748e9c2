// SPDX-License-Identifier: Apache-2.0
/**
 * Builds what the loader's boot tests run: the payload programs in payload/ and images made of them, below out/test.
 */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { findBoard } from '../../../compiler/src/image/boards.ts';
import { type GicVersion, packImage, type PackedImage } from '../../../compiler/src/image/pack.ts';
import { compileObjects, linkElf } from '../../../compiler/src/toolchain/clang.ts';
import { writeAtomic } from '../../../compiler/src/toolchain/files.ts';

const ROOT = resolve(import.meta.dirname, '../../..');
const PAYLOAD = 'test/boot/loader/payload';
export const OUT = join(ROOT, 'out/test/loader');
export const BOARD = findBoard('qemu-virt');
export const KERNEL_BASE = 0xffff_ff80_4000_0000n;

async function build(name: 'probe' | 'roottask', output: string, flags: string[] = []): Promise<string> {
  const objects = await compileObjects({
    sources: [`${PAYLOAD}/${name}.S`, `${PAYLOAD}/${name}.c`],
    objDir: join(OUT, `${name}-objects`),
    root: ROOT,
    flags: ['-O2', '-fno-builtin', '-mgeneral-regs-only', '-mstrict-align'],
  });
  const path = join(OUT, output);
  await linkElf({ objects, output: path, script: join(ROOT, PAYLOAD, `${name}.ld`), flags });
  return path;
}

export function buildRootTask(): Promise<string> {
  return build('roottask', 'roottask.elf');
}

/** The stand-in kernel that prints how it was entered. */
export function buildProbe(base = KERNEL_BASE): Promise<string> {
  const hexBase = `0x${base.toString(16)}`;
  return build('probe', `probe-${hexBase}.elf`, [`--defsym=KERNEL_BASE=${hexBase}`]);
}

export interface TestImage extends PackedImage {
  readonly path: string;
}

export async function pack(name: string, kernelElf: string, gicVersion: GicVersion = 'any'): Promise<TestImage> {
  const path = join(OUT, name, 'image.elf');
  const packed = await packImage({
    kernelElf,
    rootTaskElf: await buildRootTask(),
    board: BOARD,
    output: path,
    gicVersion,
  });
  return { ...packed, path };
}

/** Byte offsets of the fields of `struct payload` (kernel/loader/payload.h). */
export const FIELDS = {
  magic: 0x00,
  ram_start: 0x08,
  ram_end: 0x10,
  kernel_start: 0x18,
  kernel_end: 0x20,
  kernel_virt: 0x28,
  kernel_entry: 0x30,
  segment_count: 0x38,
  user_start: 0x40,
  user_end: 0x48,
  user_pv_offset: 0x50,
  user_entry: 0x58,
  dtb_destination: 0x60,
  segment0_source: 0x70,
  segment0_file_bytes: 0x78,
  segment0_destination: 0x80,
  segment0_memory_bytes: 0x88,
  segment1_destination: 0xa0,
} as const;

/** A copy of an image with fields of its payload table changed. */
export function damage(image: TestImage, name: string, changes: Partial<Record<keyof typeof FIELDS, bigint>>): string {
  const bytes = Buffer.from(readFileSync(image.path));
  const table = bytes.indexOf('CHXBOOT1');
  for (const [field, value] of Object.entries(changes)) {
    bytes.writeBigUInt64LE(value, table + FIELDS[field as keyof typeof FIELDS]);
  }
  return writeCopy(name, bytes);
}

/** A copy of an image whose loader runs into an undefined instruction when it turns the MMU on. */
export function plantTrap(image: TestImage): string {
  const bytes = Buffer.from(readFileSync(image.path));
  const tlbiVmalle1 = Buffer.from([0x1f, 0x87, 0x08, 0xd5]);
  bytes.writeUInt32LE(0, bytes.indexOf(tlbiVmalle1));
  return writeCopy('trap', bytes);
}

/** What payload/probe.S's stand-in for firmware does before it starts the loader. */
export interface Firmware {
  /** Physical address of a 32-bit word, and what to store there. */
  readonly address: number;
  readonly word: number;
  /** The loader's x0. QEMU's device tree has been copied to 0x50000000. */
  readonly x0: number;
}

/** A copy of an image that starts in the stand-in for firmware. */
export function enterThroughFirmware(image: TestImage, name: string, firmware: Firmware): string {
  const bytes = Buffer.from(readFileSync(image.path));
  // One LOAD segment: file offset and address differ by a constant.
  const header = Number(bytes.readBigUInt64LE(32));
  const offset = bytes.readBigUInt64LE(header + 8);
  const address = bytes.readBigUInt64LE(header + 16);
  const parameters = bytes.indexOf('FIRMWARE') + 'FIRMWARE'.length;
  [firmware.address, firmware.word, firmware.x0].forEach((value, i) => {
    bytes.writeBigUInt64LE(BigInt(value), parameters + 8 * i);
  });
  bytes.writeBigUInt64LE(BigInt(parameters + 24) - offset + address, 24);
  return writeCopy(name, bytes);
}

function writeCopy(name: string, bytes: Uint8Array): string {
  const path = join(OUT, 'damaged', `${name}.elf`);
  writeAtomic(path, bytes);
  return path;
}

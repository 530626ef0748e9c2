// SPDX-License-Identifier: Apache-2.0
/**
 * Owns where everything goes in physical memory. The result is the loader's payload table (kernel/loader/payload.h) in
 * TypeScript form; what cannot be placed on the board is refused here, at build time, with the sizes.
 *
 *   ramStart  kernel | device tree | root task, flat | …free… | loader + payload | …free…  ramEnd
 *
 * The order matters: seL4 reserves kernel, device tree and root task in that order and refuses to boot when their
 * addresses do not ascend. Where the loader was is free memory to the kernel.
 */
import { failure } from '../../../diagnostics/diagnostic.ts';
import type { Board } from './boards.ts';
import { hex, type ElfImage } from '../elf/image.ts';

export interface PlacedSegment {
  /** Bytes to copy; the rest up to `memoryBytes` is zero-filled. */
  readonly data: Uint8Array;
  readonly destination: bigint;
  readonly memoryBytes: bigint;
}

export interface Placement {
  readonly kernelStart: bigint;
  readonly kernelEnd: bigint;
  readonly kernelVirtual: bigint;
  readonly kernelEntry: bigint;
  readonly userStart: bigint;
  /** Exclusive, page aligned. */
  readonly userEnd: bigint;
  /** Physical minus virtual, modulo 2^64. */
  readonly userOffset: bigint;
  readonly userEntry: bigint;
  readonly dtbDestination: bigint;
  readonly loaderBase: bigint;
  readonly segments: readonly PlacedSegment[];
}

export const PAGE_BYTES = 0x1000n;
export const BLOCK_BYTES = 0x20_0000n;
/** Kept free between kernel and root task; trees of real boards are below 128 KiB, QEMU's is below 8 KiB. */
const DTB_ROOM_BYTES = 0x4_0000n;
/** More than the loader's own code, translation tables and stack. */
const LOADER_ROOM_BYTES = 0x2_0000n;
/** The loader's table holds so many segments. */
const SEGMENTS_MAX = 32;
const GIB = 0x4000_0000n;
const WORD_MASK = (1n << 64n) - 1n;
/** Kernels at EL1 live in the upper half; below it is user space (or a hypervisor kernel). */
const UPPER_HALF = 0xffff_0000_0000_0000n;

export function place(kernel: ElfImage, rootTask: ElfImage, board: Board): Placement {
  const image = kernel.segments[0];
  if (image === undefined || kernel.segments.length !== 1) {
    throw failure('COH0911', `kernel: ${kernel.segments.length} LOAD segments, expected exactly one`);
  }
  const kernelStart = image.physical;
  const kernelEnd = alignUp(kernelStart + image.memoryBytes, PAGE_BYTES);
  checkKernel(kernel, board);
  const first = rootTask.segments[0]!;
  const last = rootTask.segments[rootTask.segments.length - 1]!;
  const virtualStart = alignDown(first.virtual, PAGE_BYTES);
  const virtualEnd = alignUp(last.virtual + last.memoryBytes, PAGE_BYTES);
  if (virtualEnd >= UPPER_HALF) {
    throw failure('COH0912', `root task: linked at ${hex(first.virtual)}, outside user space`);
  }
  const dtbDestination = kernelEnd;
  const userStart = dtbDestination + DTB_ROOM_BYTES;
  const userEnd = userStart + (virtualEnd - virtualStart);
  const userOffset = (userStart - virtualStart) & WORD_MASK;
  const loaderBase = alignUp(max(board.loaderBase, userEnd), BLOCK_BYTES);
  const segments: PlacedSegment[] = [
    {
      data: contents(kernel, image),
      destination: kernelStart,
      memoryBytes: kernelEnd - kernelStart,
    },
    ...flatten(rootTask, virtualStart, virtualEnd, userStart),
  ];
  if (segments.length > SEGMENTS_MAX) {
    throw failure('COH0912', `root task: more LOAD segments than the loader takes (${SEGMENTS_MAX - 2})`);
  }
  checkRoom(segments, userEnd, loaderBase, board);
  return {
    kernelStart,
    kernelEnd,
    kernelVirtual: image.virtual,
    kernelEntry: kernel.entry,
    userStart,
    userEnd,
    userOffset,
    userEntry: rootTask.entry,
    dtbDestination,
    loaderBase,
    segments,
  };
}

function checkKernel(kernel: ElfImage, board: Board): void {
  const image = kernel.segments[0]!;
  const where = `virtual ${hex(image.virtual)}, physical ${hex(image.physical)}`;
  if (image.virtual < UPPER_HALF) {
    throw failure(
      'COH0911',
      `kernel: linked at ${where}: not a kernel for EL1`,
      'build seL4 with KernelArmHypervisorSupport=OFF',
    );
  }
  if (image.virtual % BLOCK_BYTES !== 0n || image.physical % BLOCK_BYTES !== 0n) {
    throw failure('COH0911', `kernel: linked at ${where}: not aligned to 2 MiB`);
  }
  if (image.memoryBytes > GIB - (image.virtual % GIB)) {
    throw failure('COH0911', `kernel: ${where}: crosses a 1 GiB boundary`);
  }
  if (image.physical < board.ramStart || image.physical + image.memoryBytes > board.ramEnd) {
    throw failure(
      'COH0911',
      `kernel: linked for physical ${hex(image.physical)}, but ${board.name} has its RAM at ${ramOf(board)}`,
      'use a kernel that was built for this board',
    );
  }
}

/** The segments in physical memory, each extended over the gap behind it so that the whole region is written once. */
function flatten(elf: ElfImage, virtualStart: bigint, virtualEnd: bigint, physicalStart: bigint): PlacedSegment[] {
  const toPhysical = (virtual: bigint) => virtual - virtualStart + physicalStart;
  const placed = elf.segments.map((segment, i) => ({
    data: contents(elf, segment),
    destination: toPhysical(segment.virtual),
    memoryBytes: (elf.segments[i + 1]?.virtual ?? virtualEnd) - segment.virtual,
  }));
  const lead = elf.segments[0]!.virtual - virtualStart;
  if (lead > 0n) placed.unshift({ data: new Uint8Array(0), destination: physicalStart, memoryBytes: lead });
  return placed;
}

function checkRoom(segments: readonly PlacedSegment[], userEnd: bigint, loaderBase: bigint, board: Board): void {
  const payloadBytes = segments.reduce((sum, segment) => sum + BigInt(segment.data.length), 0n);
  const needed = alignUp(loaderBase + payloadBytes + LOADER_ROOM_BYTES, BLOCK_BYTES);
  if (needed > board.ramEnd) {
    throw failure(
      'COH0913',
      `image does not fit ${board.name}: kernel and root task end at ${hex(userEnd)} and the loader with a payload of ` +
        `${payloadBytes} bytes needs RAM up to ${hex(needed)}, but RAM is ${ramOf(board)}`,
      'make the root task smaller, or link it without gaps between its segments',
    );
  }
}

function ramOf(board: Board): string {
  return `${hex(board.ramStart)}..${hex(board.ramEnd)}`;
}

function contents(elf: ElfImage, segment: { offset: number; fileBytes: number }): Uint8Array {
  return elf.bytes.subarray(segment.offset, segment.offset + segment.fileBytes);
}

function alignUp(value: bigint, unit: bigint): bigint {
  return ((value + unit - 1n) / unit) * unit;
}

function alignDown(value: bigint, unit: bigint): bigint {
  return (value / unit) * unit;
}

function max(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}

// SPDX-License-Identifier: Apache-2.0
/**
 * Owns reading what of an ELF file is loaded, for the packer and for prefix validation. Strict: 64-bit
 * little-endian AArch64 executables with sane program headers and nothing else. Sections are not looked at; what is
 * loaded is what the program headers say.
 */
import { type Bad, openElf } from './format.ts';

export interface Segment {
  readonly offset: number;
  readonly fileBytes: number;
  readonly memoryBytes: bigint;
  readonly virtual: bigint;
  readonly physical: bigint;
  /** 1 execute, 2 write, 4 read. */
  readonly flags: number;
}

export interface ElfImage {
  readonly bytes: Uint8Array;
  readonly entry: bigint;
  /** PT_LOAD with a size in memory, ascending by virtual address, free of overlaps. */
  readonly segments: readonly Segment[];
}

const PROGRAM_HEADER_BYTES = 56;
const ET_EXEC = 2;
const EM_AARCH64 = 183;
const PT_LOAD = 1;
const PT_DYNAMIC = 2;
const PT_INTERP = 3;
const ADDRESS_LIMIT = 1n << 64n;

const MACHINES: Readonly<Record<number, string>> = { 3: 'x86', 40: '32-bit Arm', 62: 'x86-64', 243: 'RISC-V' };

/** `label` names the file in messages ("kernel", "root task"). */
export function readElf(bytes: Uint8Array, label: string): ElfImage {
  const { view, bad } = openElf(bytes, label);
  const machine = view.getUint16(18, true);
  if (machine !== EM_AARCH64) {
    const name = MACHINES[machine] ?? `machine number ${machine}`;
    throw bad(`built for ${name}, but the image is AArch64`, 'build it for aarch64');
  }
  if (view.getUint16(16, true) !== ET_EXEC) throw bad('not a static executable', 'link it without -pie and -shared');
  const table = readProgramHeaders(view, bad);
  for (const header of table) {
    if (header.type === PT_DYNAMIC || header.type === PT_INTERP) throw bad('dynamically linked', 'link it statically');
  }
  const segments = table.filter((h) => h.type === PT_LOAD && h.segment.memoryBytes > 0n).map((h) => h.segment);
  for (const segment of segments) checkSegment(segment, bytes.length, bad);
  segments.sort((a, b) => (a.virtual < b.virtual ? -1 : a.virtual > b.virtual ? 1 : 0));
  segments.forEach((segment, i) => {
    const next = segments[i + 1];
    if (next !== undefined && segment.virtual + segment.memoryBytes > next.virtual) {
      throw bad(`two LOAD segments overlap at ${hex(next.virtual)}`);
    }
  });
  if (segments.length === 0) throw bad('nothing to load: no LOAD segment');
  const entry = view.getBigUint64(24, true);
  if (!segments.some((s) => entry >= s.virtual && entry < s.virtual + s.memoryBytes)) {
    throw bad(`entry point ${hex(entry)} lies outside every LOAD segment`);
  }
  return { bytes, entry, segments };
}

function readProgramHeaders(view: DataView, bad: Bad): { type: number; segment: Segment }[] {
  const offset = view.getBigUint64(32, true);
  const entryBytes = view.getUint16(54, true);
  const count = view.getUint16(56, true);
  if (count === 0) throw bad('no program headers');
  if (entryBytes !== PROGRAM_HEADER_BYTES) throw bad(`program headers of ${entryBytes} bytes, expected 56`);
  if (offset + BigInt(count * PROGRAM_HEADER_BYTES) > BigInt(view.byteLength)) {
    throw bad('truncated: the program headers lie outside the file');
  }
  return Array.from({ length: count }, (_, i) => {
    const at = Number(offset) + i * PROGRAM_HEADER_BYTES;
    const number = (field: number) => view.getBigUint64(at + field, true);
    return {
      type: view.getUint32(at, true),
      segment: {
        // Offsets and sizes beyond 2^53 lose bits here, and are beyond every file's end either way.
        offset: Number(number(8)),
        virtual: number(16),
        physical: number(24),
        flags: view.getUint32(at + 4, true),
        fileBytes: Number(number(32)),
        memoryBytes: number(40),
      },
    };
  });
}

function checkSegment(segment: Segment, fileLength: number, bad: Bad): void {
  const at = hex(segment.virtual);
  if (segment.offset + segment.fileBytes > fileLength) throw bad(`truncated: segment at ${at} lies outside the file`);
  if (BigInt(segment.fileBytes) > segment.memoryBytes)
    throw bad(`segment at ${at} is larger in the file than in memory`);
  if (segment.virtual + segment.memoryBytes > ADDRESS_LIMIT || segment.physical + segment.memoryBytes > ADDRESS_LIMIT) {
    throw bad(`segment at ${at} runs past the end of the address space`);
  }
}

export function hex(value: bigint): string {
  return `0x${value.toString(16)}`;
}

// SPDX-License-Identifier: Apache-2.0
/** Builds small ELF files for the image tests: header, program headers, contents. No sections. */
export interface ElfSpec {
  machine?: number;
  type?: number;
  elfClass?: number;
  encoding?: number;
  entry?: bigint;
  segments: SegmentSpec[];
}

export interface SegmentSpec {
  type?: number;
  virtual: bigint;
  physical?: bigint;
  /** 1 execute, 2 write, 4 read. */
  flags?: number;
  data?: Uint8Array;
  memoryBytes?: bigint;
  /** Overrides for files that lie about themselves. */
  offset?: bigint;
  fileBytes?: bigint;
}

export function makeElf(spec: ElfSpec): Buffer {
  const { segments } = spec;
  const headers = Buffer.alloc(64 + 56 * segments.length);
  headers.writeUInt32BE(0x7f454c46, 0);
  headers[4] = spec.elfClass ?? 2;
  headers[5] = spec.encoding ?? 1;
  headers[6] = 1;
  headers.writeUInt16LE(spec.type ?? 2, 16);
  headers.writeUInt16LE(spec.machine ?? 183, 18);
  headers.writeBigUInt64LE(spec.entry ?? segments[0]?.virtual ?? 0n, 24);
  headers.writeBigUInt64LE(64n, 32);
  headers.writeUInt16LE(64, 52);
  headers.writeUInt16LE(56, 54);
  headers.writeUInt16LE(segments.length, 56);
  const chunks: Uint8Array[] = [headers];
  let end = headers.length;
  segments.forEach((segment, i) => {
    const data = segment.data ?? new Uint8Array(0);
    const at = 64 + 56 * i;
    headers.writeUInt32LE(segment.type ?? 1, at);
    headers.writeUInt32LE(segment.flags ?? 0, at + 4);
    headers.writeBigUInt64LE(segment.offset ?? BigInt(end), at + 8);
    headers.writeBigUInt64LE(segment.virtual, at + 16);
    headers.writeBigUInt64LE(segment.physical ?? segment.virtual, at + 24);
    headers.writeBigUInt64LE(segment.fileBytes ?? BigInt(data.length), at + 32);
    headers.writeBigUInt64LE(segment.memoryBytes ?? BigInt(data.length), at + 40);
    chunks.push(data);
    end += data.length;
  });
  return Buffer.concat(chunks);
}

/** Fills `length` bytes with something that is not zero and not constant. */
export function pattern(length: number, seed = 1): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => ((i * 7 + seed) % 255) + 1);
}

export const KERNEL_VIRTUAL = 0xffff_ff80_4000_0000n;

export function kernelElf(change: Partial<SegmentSpec> = {}, spec: Partial<ElfSpec> = {}): Buffer {
  const segment = { virtual: KERNEL_VIRTUAL, physical: 0x4000_0000n, data: pattern(0x2345), memoryBytes: 0x23_d000n };
  return makeElf({ ...spec, segments: [{ ...segment, ...change }] });
}

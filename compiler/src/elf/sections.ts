// SPDX-License-Identifier: Apache-2.0
/**
 * Owns reading the ELF files that the linker made: sections, symbols and recorded frame sizes, for the line table and
 * the stack analysis. 64-bit little-endian only; the files are our own, so a malformed one is a bug, not an input
 * error.
 */
import { openElf } from './format.ts';

export interface ElfSection {
  name: string;
  address: number;
  data: Buffer;
  /** Takes up memory at run time. */
  allocated: boolean;
  writable: boolean;
  executable: boolean;
  size: number;
}

export interface ElfSymbol {
  name: string;
  address: number;
  size: number;
  isFunction: boolean;
}

export interface ElfSections {
  entry: number;
  sections: ElfSection[];
  symbols: ElfSymbol[];
}

const SHT_NOBITS = 8;
const SHT_SYMTAB = 2;
const STT_FUNC = 2;

function cString(data: Buffer, start: number): string {
  return data.toString('utf8', start, data.indexOf(0, start));
}

export function readSections(file: Buffer, label: string): ElfSections {
  openElf(file, label);
  const [table, entrySize, count, namesIndex] = [
    Number(file.readBigUInt64LE(0x28)),
    file.readUInt16LE(0x3a),
    file.readUInt16LE(0x3c),
    file.readUInt16LE(0x3e),
  ];
  const headers = Array.from({ length: count }, (_, i) => {
    const at = table + i * entrySize;
    const word = (offset: number): number => Number(file.readBigUInt64LE(at + offset));
    const type = file.readUInt32LE(at + 4);
    const flags = word(8);
    const size = word(0x20);
    const data = type === SHT_NOBITS ? Buffer.alloc(0) : file.subarray(word(0x18), word(0x18) + size);
    return {
      name: file.readUInt32LE(at),
      type,
      flags,
      address: word(0x10),
      size,
      link: file.readUInt32LE(at + 0x28),
      data,
    };
  });
  const names = headers[namesIndex]?.data ?? Buffer.alloc(0);
  const sections = headers.map((h) => ({
    name: cString(names, h.name),
    address: h.address,
    data: h.data,
    size: h.size,
    writable: (h.flags & 1) !== 0,
    allocated: (h.flags & 2) !== 0,
    executable: (h.flags & 4) !== 0,
  }));
  const symtab = headers.find((h) => h.type === SHT_SYMTAB);
  const strings = headers[symtab?.link ?? -1]?.data ?? Buffer.alloc(0);
  const symbols: ElfSymbol[] = [];
  for (let at = 0; symtab !== undefined && at + 24 <= symtab.data.length; at += 24) {
    symbols.push({
      name: cString(strings, symtab.data.readUInt32LE(at)),
      isFunction: ((symtab.data[at + 4] ?? 0) & 15) === STT_FUNC,
      address: Number(symtab.data.readBigUInt64LE(at + 8)),
      size: Number(symtab.data.readBigUInt64LE(at + 16)),
    });
  }
  return { entry: Number(file.readBigUInt64LE(0x18)), sections, symbols };
}

/** Frame size in bytes by function address, from the section that -fstack-size-section makes. */
export function frameSizes(elf: ElfSections): Map<number, number> {
  const sizes = new Map<number, number>();
  for (const { data } of elf.sections.filter((s) => s.name === '.stack_sizes')) {
    for (let at = 0; at + 8 < data.length;) {
      const address = Number(data.readBigUInt64LE(at));
      let size = 0;
      let shift = 1;
      for (at += 8; ; shift *= 128) {
        const byte = data[at++] ?? 0;
        size += (byte & 0x7f) * shift;
        if (byte < 0x80) break;
      }
      sizes.set(address, size);
    }
  }
  return sizes;
}

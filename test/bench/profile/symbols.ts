// SPDX-License-Identifier: Apache-2.0
/** The code of the image's programs: which function an address belongs to, told by the bytes there, since all components lie at the same addresses. */
import { readFileSync } from 'node:fs';
import { readElf, type ElfImage } from '../../../compiler/src/elf/image.ts';

const SYMTAB = 2;
const STT_FUNC = 2;
const SECTION_BYTES = 64;
const SYMBOL_BYTES = 24;

interface Func {
  start: bigint;
  end: bigint;
  name: string;
}

export class Program {
  readonly name: string;
  private readonly elf: ElfImage;
  private readonly functions: Func[];

  constructor(name: string, path: string) {
    const bytes = readFileSync(path);
    this.name = name;
    this.elf = readElf(bytes, name);
    this.functions = functionsOf(bytes).sort((a, b) => (a.start < b.start ? -1 : 1));
  }

  /** Whether these bytes of code stand at that address. */
  holds(address: bigint, code: Buffer): boolean {
    const segment = this.elf.segments.find((s) => address >= s.virtual && address < s.virtual + s.memoryBytes);
    if (segment === undefined) return false;
    const at = segment.offset + Number(address - segment.virtual);
    if (at + code.length > segment.offset + segment.fileBytes) return false;
    return code.equals(this.elf.bytes.subarray(at, at + code.length));
  }

  functionAt(address: bigint): string {
    let [low, high] = [0, this.functions.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.functions[middle]?.start ?? 0n) <= address) low = middle + 1;
      else high = middle;
    }
    const found = this.functions[low - 1];
    return found !== undefined && address < found.end ? found.name : '?';
  }
}

function functionsOf(bytes: Buffer): Func[] {
  const sections = Number(bytes.readBigUInt64LE(40));
  const count = bytes.readUInt16LE(60);
  const section = (n: number) => {
    const at = sections + n * SECTION_BYTES;
    return {
      type: bytes.readUInt32LE(at + 4),
      offset: Number(bytes.readBigUInt64LE(at + 24)),
      size: Number(bytes.readBigUInt64LE(at + 32)),
      link: bytes.readUInt32LE(at + 40),
    };
  };
  for (let n = 0; n < count; n++) {
    const table = section(n);
    if (table.type !== SYMTAB) continue;
    const names = section(table.link).offset;
    const found: Func[] = [];
    for (let at = table.offset; at < table.offset + table.size; at += SYMBOL_BYTES) {
      if (((bytes[at + 4] ?? 0) & 15) !== STT_FUNC) continue;
      const start = bytes.readBigUInt64LE(at + 8);
      const nameAt = names + bytes.readUInt32LE(at);
      const name = bytes.toString('latin1', nameAt, bytes.indexOf(0, nameAt));
      found.push({ start, end: start + bytes.readBigUInt64LE(at + 16), name });
    }
    return found;
  }
  return [];
}

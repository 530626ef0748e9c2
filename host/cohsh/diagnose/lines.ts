// SPDX-License-Identifier: Apache-2.0
/** Address → source line and function, from the ELF of a component as the build left it: its line table and its symbols. */
import { readSections, type ElfSymbol } from '../../../compiler/src/elf/sections.ts';
import { readBounded, refusalOf } from '../../../tools/bounded-file.ts';
import { CommandError } from '../errors.ts';
import { LINES_MAGIC } from '../../../compiler/src/aot/lines.ts';

const MAX_ELF_BYTES = 256 << 20;

function readElf(path: string): Buffer {
  try {
    return readBounded(path, MAX_ELF_BYTES);
  } catch (cause) {
    throw new CommandError(`failed to read ${path}${refusalOf(cause)}`, { cause });
  }
}

export interface Place {
  /** `domains/console/sink.ts`; empty: no source is known. */
  file: string;
  line: number;
  /** `domains/console/sink/byte` */
  function: string;
}

const HEADER_BYTES = 24;
const LINE_BITS = 20;

/** The table that compiler/src/aot/lines.ts draws. */
class LineTable {
  private readonly base: bigint;
  private readonly rows: number;
  private readonly files: number;

  constructor(private readonly bytes: Buffer) {
    if (bytes.length < HEADER_BYTES || bytes.readUInt32LE(0) !== LINES_MAGIC) throw new Error('no line table');
    this.base = bytes.readBigUInt64LE(8);
    this.rows = bytes.readUInt32LE(16);
    this.files = bytes.readUInt32LE(20);
    if (HEADER_BYTES + this.rows * 8 + this.files * 4 > bytes.length) throw new Error('the line table is cut short');
  }

  /** The last row at or before the address. */
  find(address: bigint): { file: string; line: number } | undefined {
    const offset = Number(address - this.base);
    if (offset < 0 || offset > 0xffff_ffff) return undefined;
    let low = 0;
    let high = this.rows;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.bytes.readUInt32LE(HEADER_BYTES + middle * 8) <= offset) low = middle + 1;
      else high = middle;
    }
    if (low === 0) return undefined;
    const place = this.bytes.readUInt32LE(HEADER_BYTES + (low - 1) * 8 + 4);
    const line = place & ((1 << LINE_BITS) - 1);
    const file = place >>> LINE_BITS;
    return line === 0 || file >= this.files ? undefined : { file: this.name(file), line };
  }

  private name(index: number): string {
    const at = this.bytes.readUInt32LE(HEADER_BYTES + this.rows * 8 + index * 4);
    const end = this.bytes.indexOf(0, at);
    return this.bytes.toString('utf8', at, end < 0 ? this.bytes.length : end);
  }
}

/** `w2c_console_domains0x2Fconsole0x2Fsink0x2Fbyte` → `domains/console/sink/byte`. */
export function readableName(symbol: string): string {
  const plain = symbol.replace(/0x([0-9A-F]{2})/g, (_all, hex: string) => String.fromCharCode(parseInt(hex, 16)));
  const match = /^w2c_(?:[A-Za-z0-9]|__)+_(.+)$/.exec(plain);
  return match?.[1] ?? plain;
}

export class ComponentLines {
  private readonly table: LineTable;
  private readonly functions: readonly ElfSymbol[];

  constructor(path: string) {
    const elf = readSections(readElf(path), path);
    const section = elf.sections.find(({ name }) => name === '.cohesix.lines');
    this.table = new LineTable(section?.data ?? Buffer.alloc(0));
    this.functions = elf.symbols.filter(({ isFunction }) => isFunction).sort((a, b) => a.address - b.address);
  }

  /** Undefined: the address is not in the component's code. */
  at(address: bigint): Place | undefined {
    const within = this.functions.find((f) => address >= BigInt(f.address) && address < BigInt(f.address + f.size));
    if (within === undefined) return undefined;
    const found = this.table.find(address) ?? { file: '', line: 0 };
    return { ...found, function: readableName(within.name) };
  }
}

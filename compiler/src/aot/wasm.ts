// SPDX-License-Identifier: Apache-2.0
/**
 * Owns reading the parts of a wasm module that the pipeline needs byte offsets or declarations of: sections, imports,
 * tables, and the place of every function body. Everything else is left to Binaryen.
 */
export interface WasmImport {
  module: string;
  name: string;
  kind: 'function' | 'table' | 'memory' | 'global';
}

export interface Section {
  id: number;
  /** Offset of the payload, behind id and size. */
  start: number;
  end: number;
}

export interface FunctionBody {
  /** Offset of the size field. */
  sizeStart: number;
  /** Offset of the local declarations. */
  start: number;
  /** Offset of the first instruction. */
  code: number;
  end: number;
}

export const SECTION = { import: 2, table: 4, memory: 5, code: 10, data: 11 } as const;

const OP_I32_CONST = 0x41;

/** Reads little-endian base-128 numbers and names, checking the end of the buffer. */
export class Reader {
  readonly bytes: Uint8Array;
  at: number;

  constructor(bytes: Uint8Array, at = 0) {
    this.bytes = bytes;
    this.at = at;
  }

  u8(): number {
    const value = this.bytes[this.at];
    if (value === undefined) throw new Error('wasm module ends early');
    this.at += 1;
    return value;
  }

  u32(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.u8();
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
    throw new Error('wasm number is too long');
  }

  s64(): bigint {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = BigInt(this.u8());
      value |= (byte & 0x7fn) << shift;
      if (byte < 0x80n) return BigInt.asIntN(Number(shift) + 7, value);
    }
    throw new Error('wasm number is too long');
  }

  name(): string {
    const length = this.u32();
    const text = Buffer.from(this.bytes.subarray(this.at, this.at + length)).toString('utf8');
    this.at += length;
    return text;
  }
}

/** Unsigned LEB128. */
export function encodeU32(value: number): number[] {
  const out: number[] = [];
  let rest = value;
  do {
    const byte = rest % 128;
    rest = Math.floor(rest / 128);
    out.push(rest === 0 ? byte : byte | 0x80);
  } while (rest !== 0);
  return out;
}

/** Signed LEB128. */
export function encodeS64(value: bigint): number[] {
  const out: number[] = [];
  let rest = value;
  for (;;) {
    const byte = Number(rest & 0x7fn);
    rest >>= 7n;
    if ((rest === 0n && byte < 0x40) || (rest === -1n && byte >= 0x40)) return [...out, byte];
    out.push(byte | 0x80);
  }
}

export function readSections(bytes: Uint8Array): Section[] {
  if (Buffer.from(bytes.subarray(0, 8)).toString('hex') !== '0061736d01000000') throw new Error('not a wasm module');
  const sections: Section[] = [];
  const reader = new Reader(bytes, 8);
  while (reader.at < bytes.length) {
    const id = reader.u8();
    const size = reader.u32();
    sections.push({ id, start: reader.at, end: reader.at + size });
    reader.at += size;
  }
  return sections;
}

function limits(reader: Reader): { min: number; max: number | undefined } {
  const flags = reader.u8();
  const min = reader.u32();
  return { min, max: (flags & 1) === 1 ? reader.u32() : undefined };
}

export function readImports(bytes: Uint8Array): WasmImport[] {
  return importEntries(bytes).map(({ module, name, kind }) => ({ module, name, kind }));
}

function importEntries(bytes: Uint8Array): (WasmImport & { pages: number })[] {
  const section = readSections(bytes).find((s) => s.id === SECTION.import);
  if (section === undefined) return [];
  const reader = new Reader(bytes, section.start);
  return Array.from({ length: reader.u32() }, () => {
    const module = reader.name();
    const name = reader.name();
    const kind = (['function', 'table', 'memory', 'global'] as const)[reader.u8()];
    if (kind === undefined) throw new Error('unknown kind of wasm import');
    let pages = 0;
    if (kind === 'function') reader.u32();
    else if (kind === 'global') reader.at += 2;
    else {
      if (kind === 'table') reader.u8();
      pages = limits(reader).min;
    }
    return { module, name, kind, pages };
  });
}

/** Least size of the memory that the module imports, in wasm pages; 0 if it imports none. */
export function memoryPages(bytes: Uint8Array): number {
  return importEntries(bytes).find(({ kind }) => kind === 'memory')?.pages ?? 0;
}

/** Entries of all tables together. */
export function tableEntries(bytes: Uint8Array): number {
  const section = readSections(bytes).find((s) => s.id === SECTION.table);
  if (section === undefined) return 0;
  const reader = new Reader(bytes, section.start);
  let total = 0;
  for (let count = reader.u32(); count > 0; count -= 1) {
    reader.u8();
    total += limits(reader).min;
  }
  return total;
}

/** End of the highest active data segment: linear memory must reach at least to here. */
export function staticDataEnd(bytes: Uint8Array): number {
  const section = readSections(bytes).find((s) => s.id === SECTION.data);
  if (section === undefined) return 0;
  const reader = new Reader(bytes, section.start);
  let end = 0;
  for (let count = reader.u32(); count > 0; count -= 1) {
    const flags = reader.u32();
    if (flags === 2) reader.u32();
    let offset = 0;
    if (flags !== 1) {
      if (reader.u8() !== OP_I32_CONST) throw new Error('wasm data segment at a place that is not constant');
      // Signed in the encoding, an address in meaning.
      offset = Number(BigInt.asUintN(32, reader.s64()));
      reader.u8();
    }
    const size = reader.u32();
    reader.at += size;
    if (flags !== 1) end = Math.max(end, offset + size);
  }
  return end;
}

/** Bodies of the defined functions, in index order. */
export function readBodies(bytes: Uint8Array): FunctionBody[] {
  const section = readSections(bytes).find((s) => s.id === SECTION.code);
  if (section === undefined) return [];
  const reader = new Reader(bytes, section.start);
  return Array.from({ length: reader.u32() }, () => {
    const sizeStart = reader.at;
    const size = reader.u32();
    const start = reader.at;
    const end = start + size;
    for (let groups = reader.u32(); groups > 0; groups -= 1) {
      reader.u32();
      reader.u8();
    }
    const code = reader.at;
    reader.at = end;
    return { sizeStart, start, code, end };
  });
}

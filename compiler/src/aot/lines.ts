// SPDX-License-Identifier: Apache-2.0
/**
 * Owns the line table that a component's ELF carries for the fault reporter: address → source file and line, from the
 * DWARF that the linker left. Read at run time by kernel/runtime/wasm/lines.c.
 *
 *   +0   u32 magic "LINE"          +4   u32 total bytes
 *   +8   u64 base address
 *   +16  u32 rows                  +20  u32 files
 *   +24  rows:  u32 address - base, u32 (file << 20 | line)    ascending by address; line 0: no source
 *        files: u32 offset of the name from the table's start
 *        names, each ended by NUL
 */
import { failure } from '../../../diagnostics/diagnostic.ts';
import { run } from '../toolchain/process.ts';
import { findTool } from '../toolchain/tools.ts';

export interface LineRow {
  address: number;
  /** Empty when the address has no source. */
  file: string;
  line: number;
}

export const LINES_MAGIC = 0x454e494c;
const HEADER_BYTES = 24;
const MAX_FILES = 2 ** 12;
const MAX_LINES = 2 ** 20;

/** Reads the line rows of a linked ELF, ascending, without repetitions. */
export async function readLines(elf: string): Promise<LineRow[]> {
  const tool = await findTool('llvm-dwarfdump');
  const { code, stdout, stderr } = await run(tool.path, ['--debug-line', elf]);
  if (code !== 0) throw failure('COH0770', `llvm-dwarfdump cannot read ${elf}: ${stderr.trim().split('\n')[0]}`);
  return compact(parseDump(stdout));
}

/** Parses `llvm-dwarfdump --debug-line` (DWARF 5 or 4): one table of files a unit, then its rows. */
export function parseDump(text: string): LineRow[] {
  const rows: LineRow[] = [];
  let directories = new Map<number, string>();
  let files = new Map<number, { name: string; directory: number }>();
  let file = -1;
  for (const line of text.split('\n')) {
    let match: RegExpExecArray | null;
    if (line.startsWith('debug_line[')) {
      directories = new Map();
      files = new Map();
    } else if ((match = /^0x([0-9a-f]{16})\s+(\d+)\s+\d+\s+(\d+)\s+\d+\s+\d+\s*(.*)$/.exec(line)) !== null) {
      const [, address = '', row = '', index = '', flags = ''] = match;
      const entry = files.get(Number(index));
      const path = entry === undefined ? '' : join(directories.get(entry.directory) ?? '', entry.name);
      const ended = flags.includes('end_sequence') || row === '0' || path === '';
      rows.push({ address: parseInt(address, 16), file: ended ? '' : path, line: ended ? 0 : Number(row) });
    } else if ((match = /^include_directories\[\s*(\d+)\] = "(.*)"$/.exec(line)) !== null) {
      directories.set(Number(match[1]), match[2] ?? '');
    } else if ((match = /^file_names\[\s*(\d+)\]:$/.exec(line)) !== null) file = Number(match[1]);
    else if ((match = /^\s+name: "(.*)"$/.exec(line)) !== null) files.set(file, { name: match[1] ?? '', directory: 0 });
    else if ((match = /^\s+dir_index: (\d+)$/.exec(line)) !== null) {
      const entry = files.get(file);
      if (entry !== undefined) entry.directory = Number(match[1]);
    }
  }
  return rows;
}

function join(directory: string, name: string): string {
  const path = name.startsWith('/') ? name : `${directory}/${name}`;
  return path.replace(/^(\.\/)+/, '').replaceAll('/./', '/');
}

/** Sorts, lets the last row of equal addresses win (an end yields to a begin), drops rows that change nothing. */
export function compact(rows: readonly LineRow[]): LineRow[] {
  const sorted = rows.map((row, order) => ({ ...row, order }));
  sorted.sort((a, b) => a.address - b.address || Number(b.file === '') - Number(a.file === '') || a.order - b.order);
  const out: LineRow[] = [];
  for (const { address, file, line } of sorted) {
    if (out.at(-1)?.address === address) out.pop();
    const last = out.at(-1);
    if (last?.file === file && last.line === line) continue;
    out.push({ address, file, line });
  }
  return out;
}

/** The bytes of section .cohesix.lines. */
export function encodeLines(rows: readonly LineRow[]): Buffer {
  const base = rows[0]?.address ?? 0;
  const files = [...new Set(rows.map((row) => row.file))].filter((name) => name !== '');
  const index = new Map(files.map((name, i) => [name, i]));
  if (files.length > MAX_FILES) throw failure('COH0771', `more than ${MAX_FILES} source files in one line table`);
  const namesStart = HEADER_BYTES + rows.length * 8 + files.length * 4;
  const names = files.map((name) => Buffer.from(`${name}\0`));
  const total = names.reduce((sum, name) => sum + name.length, namesStart);
  const out = Buffer.alloc(Math.ceil(total / 8) * 8);
  out.writeUInt32LE(LINES_MAGIC, 0);
  out.writeUInt32LE(out.length, 4);
  out.writeBigUInt64LE(BigInt(base), 8);
  out.writeUInt32LE(rows.length, 16);
  out.writeUInt32LE(files.length, 20);
  rows.forEach((row, i) => {
    if (row.line >= MAX_LINES) throw failure('COH0771', `${row.file} has more than ${MAX_LINES - 1} lines`);
    out.writeUInt32LE(row.address - base, HEADER_BYTES + i * 8);
    out.writeUInt32LE(((index.get(row.file) ?? 0) * MAX_LINES + row.line) >>> 0, HEADER_BYTES + i * 8 + 4);
  });
  let at = namesStart;
  names.forEach((name, i) => {
    out.writeUInt32LE(at, HEADER_BYTES + rows.length * 8 + i * 4);
    name.copy(out, at);
    at += name.length;
  });
  return out;
}

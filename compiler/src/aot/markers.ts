/**
 * Owns carrying source lines through wasm2c, which knows nothing of source maps. Where the source line changes, a marker
 * `i64.const <magic|file|line>; drop` goes into the wasm body; wasm2c prints it as an assignment of the constant to a
 * stack variable; that statement then becomes `#line` in the C. No function, type or import changes, and the marked module
 * still validates and runs.
 *
 *   63            32 31       20 19           0
 *   +----------------+-----------+-------------+
 *   | 0x6c696e65     | file      | line        |
 *   +----------------+-----------+-------------+
 */
import { failure } from '../diagnostics/diagnostic.ts';
import { readSourceMap, type MappedPosition } from './sourcemap.ts';
import { encodeS64, encodeU32, readBodies, readSections, SECTION, type FunctionBody } from './wasm.ts';

const MAGIC = 0x6c696e65n;
const MAX_FILES = 2 ** 12;
const MAX_LINES = 2 ** 20;
const OP_I64_CONST = 0x42;
const OP_DROP = 0x1a;

export interface Marked {
  wasm: Uint8Array;
  /** File names by marker index. */
  files: string[];
  /** Markers inserted. */
  count: number;
}

function markerBytes(file: number, line: number): number[] {
  return [OP_I64_CONST, ...encodeS64((MAGIC << 32n) | (BigInt(file) << 20n) | BigInt(line)), OP_DROP];
}

/** Bytes 5 to 8 of every marker constant hold magic bits only: none of them may occur in the module beforehand. */
function holdsMagic(wasm: Uint8Array): boolean {
  const fixed = Buffer.from(encodeS64(MAGIC << 32n).slice(5, 10));
  return Buffer.from(wasm.buffer, wasm.byteOffset, wasm.byteLength).includes(fixed);
}

/** Inserts the markers and rebuilds the code section. */
export function insertMarkers(wasm: Uint8Array, sourceMap: string): Marked {
  if (holdsMagic(wasm)) throw failure('COH0730', 'the module holds a constant that looks like a line marker');
  const positions = readSourceMap(sourceMap);
  const files = new Map<string, number>();
  const bodies = readBodies(wasm);
  const section = readSections(wasm).find((s) => s.id === SECTION.code);
  if (section === undefined) return { wasm, files: [], count: 0 };
  let count = 0;
  const code: Uint8Array[] = [Uint8Array.from(encodeU32(bodies.length))];
  let next = 0;
  for (const body of bodies) {
    while (next < positions.length && (positions[next]?.offset ?? 0) < body.code) next += 1;
    const from = next;
    while (next < positions.length && (positions[next]?.offset ?? 0) < body.end) next += 1;
    const marked = markBody(wasm, body, positions.slice(from, next), files);
    count += marked.count;
    const length = marked.parts.reduce((sum, part) => sum + part.length, 0);
    code.push(Uint8Array.from(encodeU32(length)), ...marked.parts);
  }
  if (count === 0) throw failure('COH0730', 'the source map covers no code', 'build with "sourceMap": true');
  const payload = Buffer.concat(code);
  const head = wasm.subarray(0, sectionHeader(wasm, section.start));
  const out = Buffer.concat([head, Uint8Array.from([SECTION.code, ...encodeU32(payload.length)]), payload, wasm.subarray(section.end)]);
  if (!WebAssembly.validate(out)) throw failure('COH0730', 'the module with line markers does not validate');
  return { wasm: out, files: [...files.keys()], count };
}

/** Offset of the section's id byte, whose size field may be padded: found by walking the sections again. */
function sectionHeader(wasm: Uint8Array, payloadStart: number): number {
  const before = readSections(wasm).filter((s) => s.end <= payloadStart);
  return before.reduce((latest, s) => Math.max(latest, s.end), 8);
}

function markBody(
  wasm: Uint8Array,
  body: FunctionBody,
  positions: readonly MappedPosition[],
  files: Map<string, number>,
): { parts: Uint8Array[]; count: number } {
  const parts: Uint8Array[] = [];
  let copied = body.start;
  let current = '';
  let count = 0;
  for (const { offset, file, line } of positions) {
    const place = `${line}\0${file}`;
    if (place === current) continue;
    current = place;
    let index = files.get(file);
    if (index === undefined) {
      index = files.size;
      files.set(file, index);
    }
    if (index >= MAX_FILES) throw failure('COH0730', `more than ${MAX_FILES} source files in one module`);
    if (line >= MAX_LINES) throw failure('COH0730', `${file} has more than ${MAX_LINES - 1} lines`);
    parts.push(wasm.subarray(copied, offset), Uint8Array.from(markerBytes(index, line)));
    copied = offset;
    count += 1;
  }
  parts.push(wasm.subarray(copied, body.end));
  return { parts, count };
}

const STATEMENT = /^\s*var_j\d+ = (\d+)ull;$/;

function markerOf(line: string): { file: number; line: number } | undefined {
  const digits = STATEMENT.exec(line)?.[1];
  if (digits === undefined) return undefined;
  const value = BigInt(digits);
  if (value >> 32n !== MAGIC) return undefined;
  return { file: Number((value >> 20n) & 0xfffn), line: Number(value & 0xfffffn) };
}

/**
 * Turns marker statements into `#line`. A directive stands before every statement, since each further line of C would
 * count as a further line of source; the function's first marker also covers its head, so that a fault in the function's
 * entry code (an exhausted stack) has a line too. Text outside marked functions keeps its own line numbers.
 */
export function replaceMarkers(c: string, files: readonly string[], name: string): string {
  const lines = c.split('\n');
  const out: string[] = [];
  let replaced = 0;
  for (let i = 0; i < lines.length; ) {
    const line = lines[i] ?? '';
    const end = /^\S.*\) \{$/.test(line) ? lines.indexOf('}', i) : -1;
    const first = end < 0 ? undefined : lines.slice(i, end).map(markerOf).find((marker) => marker !== undefined);
    if (first === undefined) {
      out.push(line);
      i += 1;
      continue;
    }
    let current = first;
    for (; i < end; i += 1) {
      const text = lines[i] ?? '';
      const marker = markerOf(text);
      if (marker !== undefined) {
        current = marker;
        replaced += 1;
        continue;
      }
      if (!text.startsWith('#')) out.push(directive(current.line, fileName(files, current.file)));
      out.push(text);
    }
    out.push('}', directive(out.length + 3, name));
    i = end + 1;
  }
  if (replaced === 0) throw failure('COH0731', 'wasm2c kept no line marker', 'is the wabt version the pinned one?');
  const text = out.join('\n');
  for (const [digits] of text.matchAll(/\b\d{19}(?=ull)/g)) {
    if (BigInt(digits) >> 32n === MAGIC) throw failure('COH0731', 'wasm2c printed a line marker in an unknown form');
  }
  return text;
}

function directive(line: number, file: string): string {
  return `#line ${line} ${JSON.stringify(file)}`;
}

function fileName(files: readonly string[], index: number): string {
  const name = files[index];
  if (name === undefined) throw failure('COH0731', `line marker of unknown file ${index}`);
  return name;
}

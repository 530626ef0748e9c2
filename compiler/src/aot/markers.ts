// SPDX-License-Identifier: Apache-2.0
/**
 * Owns carrying source lines through wasm2c, which knows nothing of source maps. Where the source line changes, a
 * marker `i64.const <magic|file|line>; drop` goes into the wasm body; wasm2c prints it as an assignment of the constant
 * to a stack variable; that statement then becomes `#line` in the C. No function, type or import changes, and the
 * marked module still validates and runs.
 *
 *   63            32 31       20 19           0
 *   +----------------+-----------+-------------+
 *   | 0x6c696e65     | file      | line        |
 *   +----------------+-----------+-------------+
 */
import { failure } from '../../../diagnostics/diagnostic.ts';
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
}

function markerBytes(payload: number): number[] {
  return [OP_I64_CONST, ...encodeS64((MAGIC << 32n) | BigInt(payload)), OP_DROP];
}

/** The payload of a marker constant printed in decimal, or `undefined` when the number is no marker. */
export function markerPayload(digits: string): number | undefined {
  return markerOf(BigInt(digits));
}

/** The same, for the constant itself. */
export function markerOf(value: bigint): number | undefined {
  return value >> 32n === MAGIC ? Number(value & 0xffffffffn) : undefined;
}

/** Bytes 5 to 8 of every marker constant hold magic bits only: none of them may occur in the module beforehand. */
function holdsMagic(wasm: Uint8Array): boolean {
  const fixed = Buffer.from(encodeS64(MAGIC << 32n).slice(5, 10));
  return Buffer.from(wasm.buffer, wasm.byteOffset, wasm.byteLength).includes(fixed);
}

/** Marks every change of source line. */
export function insertMarkers(wasm: Uint8Array, sourceMap: string): Marked {
  const files = new Map<string, number>();
  const payload = ({ file, line }: MappedPosition): number => {
    let index = files.get(file);
    if (index === undefined) {
      index = files.size;
      files.set(file, index);
    }
    if (index >= MAX_FILES) throw failure('COH0730', `more than ${MAX_FILES} source files in one module`);
    if (line >= MAX_LINES) throw failure('COH0730', `${file} has more than ${MAX_LINES - 1} lines`);
    return index * MAX_LINES + line;
  };
  return { wasm: markModule(wasm, readSourceMap(sourceMap), payload), files: [...files.keys()] };
}

/**
 * Inserts a marker at each position whose payload differs from the one before it in the function, and rebuilds the code
 * section.
 */
export function markModule(
  wasm: Uint8Array,
  positions: readonly MappedPosition[],
  payload: (position: MappedPosition, index: number) => number,
): Uint8Array {
  if (holdsMagic(wasm)) throw failure('COH0730', 'the module holds a constant that looks like a line marker');
  const bodies = readBodies(wasm);
  const section = readSections(wasm).find((s) => s.id === SECTION.code);
  if (section === undefined) return wasm;
  const marks = positions.map((position, index) => ({ offset: position.offset, payload: payload(position, index) }));
  if (marks.length === 0) throw failure('COH0730', 'the source map covers no code', 'build with "sourceMap": true');
  const code: Uint8Array[] = [Uint8Array.from(encodeU32(bodies.length))];
  let next = 0;
  for (const body of bodies) {
    while (next < marks.length && (marks[next]?.offset ?? 0) < body.code) next += 1;
    const from = next;
    while (next < marks.length && (marks[next]?.offset ?? 0) < body.end) next += 1;
    const parts = markBody(wasm, body, marks.slice(from, next));
    const length = parts.reduce((sum, part) => sum + part.length, 0);
    code.push(Uint8Array.from(encodeU32(length)), ...parts);
  }
  const bytes = Buffer.concat(code);
  const header = Uint8Array.from([SECTION.code, ...encodeU32(bytes.length)]);
  const out = Buffer.concat([
    wasm.subarray(0, sectionHeader(wasm, section.start)),
    header,
    bytes,
    wasm.subarray(section.end),
  ]);
  if (!validates(out)) throw failure('COH0730', 'the module with line markers does not validate');
  return out;
}

function validates(wasm: Uint8Array): boolean {
  const engine = globalThis as unknown as { WebAssembly: { validate: (bytes: Uint8Array) => boolean } };
  return engine.WebAssembly.validate(wasm);
}

/** Offset of the section's id byte, whose size field may be padded: found by walking the sections again. */
function sectionHeader(wasm: Uint8Array, payloadStart: number): number {
  const before = readSections(wasm).filter((s) => s.end <= payloadStart);
  return before.reduce((latest, s) => Math.max(latest, s.end), 8);
}

function markBody(
  wasm: Uint8Array,
  body: FunctionBody,
  marks: readonly { offset: number; payload: number }[],
): Uint8Array[] {
  const parts: Uint8Array[] = [];
  let copied = body.start;
  let current = -1;
  for (const { offset, payload } of marks) {
    if (payload === current) continue;
    current = payload;
    parts.push(wasm.subarray(copied, offset), Uint8Array.from(markerBytes(payload)));
    copied = offset;
  }
  parts.push(wasm.subarray(copied, body.end));
  return parts;
}

const STATEMENT = /^\s*var_j\d+ = (\d+)ull;$/;

/** A line of source, as `#line` wants it. */
interface Place {
  file: string;
  line: number;
}

function placeOf(text: string, files: readonly string[]): Place | undefined {
  const digits = STATEMENT.exec(text)?.[1];
  const payload = digits === undefined ? undefined : markerPayload(digits);
  if (payload === undefined) return undefined;
  const file = files[Math.floor(payload / MAX_LINES)];
  if (file === undefined) throw failure('COH0731', 'a line marker names an unknown file');
  return { file, line: payload % MAX_LINES };
}

interface CFunction {
  /** Index of the line with the opening brace, and of the one with the closing brace. */
  start: number;
  end: number;
  name: string;
  /** Where its code begins in the source. */
  first: Place | undefined;
}

/** Function definitions of wasm2c's output: head and closing brace each stand at the start of a line. */
function findFunctions(lines: readonly string[], files: readonly string[]): CFunction[] {
  const found: CFunction[] = [];
  for (let start = 0; start < lines.length; start += 1) {
    const name = /^[^\s#}].*?\b(\w+)\([^()]*\) \{$/.exec(lines[start] ?? '')?.[1];
    if (name === undefined) continue;
    const end = lines.indexOf('}', start);
    if (end < 0) break;
    let first: Place | undefined;
    for (let i = start; i < end && first === undefined; i += 1) first = placeOf(lines[i] ?? '', files);
    found.push({ start, end, name, first });
    start = end;
  }
  return found;
}

/** Gives a wrapper (of an export, of a table entry) the place of the function that is inlined into it. */
function adoptPlaces(functions: CFunction[], lines: readonly string[]): void {
  const places = new Map(functions.map((f) => [f.name, f.first]));
  for (const wrapper of functions) {
    const isWrapper = wrapper.name.startsWith('wrap_') || (lines[wrapper.start - 1] ?? '').startsWith('/* export:');
    if (wrapper.first !== undefined || !isWrapper) continue;
    const body = lines.slice(wrapper.start + 1, wrapper.end).join('\n');
    for (const [, callee = ''] of body.matchAll(/\b(w2c_\w+)\(/g)) wrapper.first ??= places.get(callee);
  }
}

/**
 * Turns marker statements into `#line`. A directive stands before every statement, since each further line of C would
 * count as a further line of source; the function's first marker also covers its head, so that a fault in the
 * function's entry code (an exhausted stack) has a line too. Text outside marked functions keeps its own line numbers.
 */
export function replaceMarkers(c: string, files: readonly string[], name: string): string {
  const lines = c.split('\n');
  const functions = findFunctions(lines, files);
  adoptPlaces(functions, lines);
  const out: string[] = [];
  let copied = 0;
  let replaced = 0;
  for (const { start, end, first } of functions) {
    if (first === undefined) continue;
    for (; copied < start; copied += 1) out.push(lines[copied] ?? '');
    let current = first;
    for (; copied < end; copied += 1) {
      const text = lines[copied] ?? '';
      const marker = placeOf(text, files);
      if (marker !== undefined) {
        current = marker;
        replaced += 1;
        continue;
      }
      if (!text.startsWith('#')) out.push(directive(current));
      out.push(text);
    }
    out.push('}');
    out.push(directive({ file: name, line: out.length + 2 }));
    copied = end + 1;
  }
  for (; copied < lines.length; copied += 1) out.push(lines[copied] ?? '');
  if (replaced === 0) throw failure('COH0731', 'wasm2c kept no line marker', 'is the wabt version the pinned one?');
  const text = out.join('\n');
  for (const [digits] of text.matchAll(/\b\d{19}(?=ull)/g)) {
    if (markerPayload(digits) !== undefined)
      throw failure('COH0731', 'wasm2c printed a line marker in an unknown form');
  }
  return text;
}

function directive({ file, line }: Place): string {
  return `#line ${line} ${JSON.stringify(file)}`;
}

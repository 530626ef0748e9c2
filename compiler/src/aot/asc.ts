// SPDX-License-Identifier: Apache-2.0
/**
 * Owns the AssemblyScript step: one component's sources to a wasm module with its source map. Runs in the compiler
 * thread (worker.ts), where asc is loaded once for all components. Sources reach asc only through callbacks, with paths
 * relative to the repository root: no machine path can end up in the output, and `generated/…` is read from the build
 * folder wherever that is.
 */
import { readFileSync } from 'node:fs';
import { posix } from 'node:path';
import type { Transform } from 'assemblyscript/asc';
import { Failure, failure, type Diagnostic } from '../../../diagnostics/diagnostic.ts';

import { DOUBLED_EFFECT, doubledEffects } from './assignments.ts';
import { clearSignsOfFullLoads } from './loads.ts';
import { resolveSource } from './source-path.ts';

export interface AscResult {
  wasm: Uint8Array;
  sourceMap: string;
  /** Every file that was looked up, relative to the root, whether it existed or not: the inputs of this step. */
  lookups: string[];
}

export interface AscRequest {
  root: string;
  /** Folder of the component relative to the root; holds asconfig.json. */
  directory: string;
  /** Where `generated/…` modules are read from. */
  generatedDir: string;
  /** Linear memory, in wasm pages of 64 KiB. */
  pages: number;
  /** Source file that takes the place of asc's stub runtime, relative to the root: where `new` gets its memory. */
  allocator?: string;
  /** Where the module's data begins, in wasm pages; default: at the start of memory. */
  basePages?: number;
  /** Sources that others take the place of, both relative to the root: whoever imports the first gets the second. */
  replacements?: Readonly<Record<string, string>>;
}

const ERROR_CATEGORY = 3;
const WASM_PAGE_BYTES = 65_536;

/** Where asc looks for its stub runtime. A runtime of another name would get a shadow stack for a collector. */
const STUB_RUNTIME = 'rt/index-stub';
let ownStub: string | undefined;

/** asc's library is one table for all compilations: what this one needs is put there each time. */
function setAllocator(asc: Asc, request: AscRequest, readFile: (name: string) => string | null): void {
  ownStub ??= asc.libraryFiles[STUB_RUNTIME];
  const text = request.allocator === undefined ? ownStub : readFile(request.allocator);
  if (text === null || text === undefined) throw failure('COH0720', `${request.allocator ?? STUB_RUNTIME} is missing`);
  asc.libraryFiles[STUB_RUNTIME] = text;
}

/** A module that stands for another one. */
function forward(path: string, target: string): string {
  return `export * from '${posix
    .relative(posix.dirname(path), target)
    .replace(/^(?!\.)/, './')
    .replace(/\.ts$/, '')}';\n`;
}

interface AscMessage {
  code: number;
  category: number;
  message: string;
  range: { start: number; end: number; source: { normalizedPath: string } } | null;
}

export type Asc = typeof import('assemblyscript/asc');

/** Compiles one component. asc's errors come back as diagnostics with their positions. */
export async function compileAssemblyScript(asc: Asc, request: AscRequest): Promise<AscResult> {
  const lookups = new Set<string>();
  const outputs = new Map<string, Uint8Array>();
  const messages: AscMessage[] = [];
  const readFile = (name: string, baseDir?: string): string | null => {
    const path = posix.normalize(posix.join(baseDir ?? '.', name));
    if (path.startsWith('../') || path.startsWith('/')) return null;
    const substitute = request.replacements?.[path];
    if (substitute !== undefined) return forward(path, substitute);
    lookups.add(path);
    try {
      return readFileSync(resolveSource(request, path), 'utf8');
    } catch {
      return null;
    }
  };
  const config = posix.join(request.directory, 'asconfig.json');
  if (readFile(config) === null) {
    throw failure('COH0720', `${config} is missing`, 'write one that extends the top-level asconfig.json');
  }
  setAllocator(asc, request, readFile);
  const argv = ['--config', config, '--baseDir', '.', '--outFile', 'module.wasm'];
  argv.push('--initialMemory', String(request.pages), '--maximumMemory', String(request.pages));
  if (request.basePages !== undefined) argv.push('--memoryBase', String(request.basePages * WASM_PAGE_BYTES));
  const stderr: string[] = [];
  const doubled: Diagnostic[] = [];
  const afterParse = ({ sources }: { sources: unknown[] }): void => {
    for (const { message, range } of doubledEffects(sources)) {
      const at = toDiagnostic({ code: 0, category: ERROR_CATEGORY, message, range }, request);
      doubled.push({ ...at, ...DOUBLED_EFFECT });
    }
  };
  const main = asc.main(argv, {
    readFile,
    writeFile: (name: string, contents: string | Uint8Array) => {
      outputs.set(posix.basename(name), typeof contents === 'string' ? Buffer.from(contents) : contents);
    },
    listFiles: () => [],
    stdout: { write: () => undefined },
    stderr: { write: (chunk: Uint8Array | string) => void stderr.push(chunk.toString()) },
    reportDiagnostic: (message: unknown) => void messages.push(message as AscMessage),
    // Before anything is optimised.
    transforms: [{ afterParse, afterCompile: clearSignsOfFullLoads } as unknown as Transform],
  });
  // asc reports most errors in its result, but throws on a malformed asconfig.json.
  const result = await main.catch((thrown: unknown) => ({ error: thrown as Error }));
  const errors = messages.filter((message) => message.category === ERROR_CATEGORY);
  if (errors.length > 0) throw new Failure(errors.slice(0, 10).map((message) => toDiagnostic(message, request)));
  if (doubled.length > 0) throw new Failure(doubled.slice(0, 10));
  const wasm = outputs.get('module.wasm');
  const map = outputs.get('module.wasm.map');
  if (result.error !== null || wasm === undefined || map === undefined) {
    throw failure('COH0720', noOutputCause(result.error, stderr, request, outputs), `check ${config}`);
  }
  return { wasm, sourceMap: Buffer.from(map).toString(), lookups: [...lookups].sort() };
}

function noOutputCause(
  error: Error | null,
  stderr: string[],
  request: AscRequest,
  outputs: Map<string, Uint8Array>,
): string {
  const text = (error?.message ?? stderr.join('')).split('\n').find((line) => line.trim() !== '');
  if (text !== undefined) return `asc cannot compile ${request.directory}: ${text.trim()}`;
  const missing = outputs.has('module.wasm') ? 'a source map ("sourceMap" must be true)' : 'a module';
  return `asc made no output for ${request.directory}: ${missing} is missing`;
}

function toDiagnostic(message: AscMessage, request: AscRequest): Diagnostic {
  const base: Diagnostic = { code: `AS${message.code}`, severity: 'error', message: message.message };
  if (message.range === null) return base;
  const file = message.range.source.normalizedPath;
  let text: string;
  try {
    text = readFileSync(resolveSource(request, file), 'utf8');
  } catch {
    return { ...base, position: { file, line: 1, column: 1 } };
  }
  const before = text.slice(0, message.range.start);
  const lineStart = before.lastIndexOf('\n') + 1;
  const lineEnd = text.indexOf('\n', lineStart);
  return {
    ...base,
    position: { file, line: before.split('\n').length, column: message.range.start - lineStart + 1 },
    sourceLine: text.slice(lineStart, lineEnd < 0 ? undefined : lineEnd),
    length: Math.max(1, message.range.end - message.range.start),
  };
}

// SPDX-License-Identifier: Apache-2.0
/**
 * Owns the C part of a component: C sources are compiled to wasm32, linked into one module that shares the linear
 * memory of the AssemblyScript module, and the two are merged into one by Binaryen. From there on nobody sees a
 * difference: the merged module has one memory, one import list, one call graph and one bound on its stack.
 *
 *   0 … C stack (grows down to 0: an overflow is a fault) … C data … AssemblyScript data … heap … end of private memory
 */
import { createRequire } from 'node:module';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { failure } from '../../../diagnostics/diagnostic.ts';
import { compileObjects } from '../toolchain/clang.ts';
import { digest, digestFile, writeAtomic } from '../toolchain/files.ts';
import { run } from '../toolchain/process.ts';
import { findTool } from '../toolchain/tools.ts';
import { memoryPages } from './wasm.ts';

export interface NativeSpec {
  /** Module from which the AssemblyScript side imports the C functions; these import theirs from `env`. */
  name: string;
  /** C files, relative to the root or absolute. */
  sources: readonly string[];
  includeDirs: readonly string[];
  /** Headers that are not ours to fix. */
  systemIncludeDirs: readonly string[];
  /** `NAME` or `NAME=value`. */
  defines?: readonly string[];
  /** Folder of foreign sources, which may lie anywhere. */
  foreignDir: string;
  stack_bytes: number;
}

export interface NativeModule {
  path: string;
  sha256: string;
  /** End of its stack and data, in wasm pages: where the AssemblyScript data begins. */
  pages: number;
}

export interface NativePlace {
  root: string;
  outDir: string;
  /** Folder for what is made. */
  dir: string;
  progress?: (step: string) => void;
}

const TARGET = 'wasm32';
const FLAGS = ['-O2', '-nostdlibinc', '-mbulk-memory'];

/** Compiles and links the C part. */
export async function buildNative(spec: NativeSpec, place: NativePlace): Promise<NativeModule> {
  const { progress } = place;
  const objects = await compileObjects({
    root: place.root,
    sources: spec.sources,
    objDir: join(place.dir, 'native'),
    includeDirs: spec.includeDirs,
    systemIncludeDirs: spec.systemIncludeDirs,
    flags: FLAGS,
    ...(spec.defines === undefined ? {} : { defines: spec.defines }),
    target: TARGET,
    prefixMap: [
      [resolve(place.root, spec.foreignDir), spec.name],
      [resolve(place.outDir), 'out'],
    ],
    ...(progress === undefined ? {} : { progress: (source: string) => progress(`clang ${source}`) }),
  });
  const path = join(place.dir, `${spec.name}.wasm`);
  await link(spec, objects, path);
  const bytes = readFileSync(path);
  return { path, sha256: digest([bytes]), pages: memoryPages(bytes) };
}

async function link(spec: NativeSpec, objects: readonly string[], output: string): Promise<void> {
  const lld = await findTool('wasm-ld');
  const flags = ['--no-entry', '--import-memory', '--stack-first', '--allow-undefined', '--fatal-warnings'];
  flags.push('-z', `stack-size=${spec.stack_bytes}`, '--strip-debug');
  const key = digest([lld.identity, ...flags, ...objects.map((path) => digestFile(path) ?? '')]);
  const record = `${output}.link.json`;
  if (readText(record) === JSON.stringify({ key, output: digestFile(output) })) return;
  mkdirSync(dirname(output), { recursive: true });
  const result = await run(lld.path, [...flags, ...objects, '-o', output]);
  if (result.code !== 0) {
    const first = result.stderr.trim().split('\n')[0] ?? 'no message';
    throw failure('COH0711', `cannot link the C part ${spec.name}: ${first}`);
  }
  writeAtomic(record, JSON.stringify({ key, output: digestFile(output) }));
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

/** Makes one module of the two. What only they needed of each other is no export of it. */
export async function mergeModules(
  main: { wasm: Uint8Array; sourceMap: string },
  native: { name: string; wasm: Uint8Array },
  keep: readonly string[],
): Promise<{ wasm: Uint8Array; sourceMap: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'cohesix-merge-'));
  const file = (name: string): string => join(folder, name);
  try {
    writeFileSync(file('main.wasm'), main.wasm);
    writeFileSync(file('main.map'), main.sourceMap);
    writeFileSync(file('native.wasm'), native.wasm);
    const inputs = ['main.wasm', 'env', '-ism', 'main.map', 'native.wasm', native.name];
    await binaryen('wasm-merge', [...inputs, '-g', '--all-features', '-o', 'both.wasm', '-osm', 'both.map'], folder);
    writeFileSync(file('graph.json'), JSON.stringify(keep.map((name) => ({ name, root: true, export: name }))));
    const prune = ['both.wasm', '--graph-file=graph.json', '-ism', 'both.map', '-g', '--all-features'];
    await binaryen('wasm-metadce', [...prune, '-o', 'pruned.wasm', '-osm', 'pruned.map'], folder);
    return { wasm: readFileSync(file('pruned.wasm')), sourceMap: readFileSync(file('pruned.map'), 'utf8') };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function binaryen(tool: string, args: readonly string[], cwd: string): Promise<void> {
  const package_ = createRequire(import.meta.url).resolve('binaryen');
  const result = await run(process.execPath, [join(dirname(package_), 'bin', tool), ...args], cwd);
  if (result.code === 0) return;
  const first = result.stderr.trim().split('\n')[0] ?? 'no message';
  throw failure('COH0722', `${tool} failed: ${first}`);
}

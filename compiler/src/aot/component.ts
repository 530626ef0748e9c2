// SPDX-License-Identifier: Apache-2.0
/**
 * Owns the build of one component: AssemblyScript → wasm → C → ELF, for everything that makes images or tests. Each
 * stage keeps a record of what it read; a stage whose inputs are unchanged is skipped, and its products appear whole or
 * not at all. Nothing in the products depends on where the repository or the output folder lie.
 */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { failure } from '../../../diagnostics/diagnostic.ts';
import { compileObjects } from '../toolchain/clang.ts';
import { digest, digestFile, writeAtomic, writeIfChanged } from '../toolchain/files.ts';
import { resolveSource } from './source-path.ts';
import { checkBounded } from './bounded.ts';
import type { CallGraph } from './callgraph.ts';
import { readSections } from '../elf/sections.ts';
import { glueHeader, glueSource } from './glue.ts';
import { checkImports, type CallSite } from './imports.ts';
import { linkPlain, linkWithLines } from './link.ts';
import { insertMarkers, replaceMarkers } from './markers.ts';
import { buildNative, mergeModules, type NativeSpec } from './native.ts';
import { mappingsOf } from './sourcemap.ts';
import { componentReport, type ComponentReport } from './report.ts';
import { analyseStack } from './stack.ts';
import { staticDataEnd, tableEntries, type WasmImport } from './wasm.ts';
import { translate, WABT_VERSION } from './wasm2c.ts';
import { ask } from './worker-host.ts';

export type MemoryMode = 'guard' | 'bounds';

export interface ComponentSpec {
  /** A C identifier: part of every symbol and file name. */
  name: string;
  /** Folder with asconfig.json, relative to the root. */
  directory: string;
  /** Source that takes the place of asc's stub runtime, relative to the root. */
  allocator?: string;
  /** Sources that others take the place of, both relative to the root (asc.ts). */
  replacements?: Readonly<Record<string, string>>;
  /** C sources that are merged with the module (native.ts). */
  native?: NativeSpec;
  /** Exports of the merged module besides start and turn, for tests in Node. */
  nativeExports?: readonly string[];
  /** Allowed imports: `module.*` or `module.function`. */
  imports: readonly string[];
  /** Size of linear memory, a multiple of 4096; spans everything that is ever mapped into the window. */
  memory_bytes: number;
  /** Of these, its own, from the start of linear memory on; `new` takes no other. Default: all. */
  private_bytes?: number;
  stack_bytes: number;
  mode: MemoryMode;
  /** C and .S files of the platform shim, relative to the root. */
  runtimeSources: readonly string[];
  /** The same, of files that say nothing of the component (no component.h): compiled once for all that do it alike. */
  sharedSources?: readonly string[];
  /** Include folders of the shim, relative to the root. */
  includeDirs?: readonly string[];
  defines?: readonly string[];
  /** Flags for the shim's sources. */
  flags?: readonly string[];
  /** For deliberate faults in tests only: recursion is let through, and the stack is not analysed. */
  unboundedStack?: boolean;
  /** Default: kernel/runtime/wasm/component.ld. */
  linkerScript?: string;
}

export interface BuildContext {
  root: string;
  outDir: string;
  /** Told of each step that does work. */
  progress?: (step: string) => void;
}

export interface ComponentResult {
  name: string;
  /** The module as asc made it, for Node. */
  wasm: string;
  sourceMap: string;
  /** Generated C files. */
  c: string[];
  elf: string;
  report: ComponentReport;
}

const PAGE_BYTES = 65_536;
const RUNTIME = 'kernel/runtime/wasm';
const SHARED_SOURCES = [`${RUNTIME}/lines.c`, `${RUNTIME}/heap.c`];

/** Warnings that machine-made code gives for its shape, not for its meaning. */
const GENERATED_FLAGS = [
  '-Wno-unused-function',
  '-Wno-unused-parameter',
  '-Wno-unused-variable',
  '-Wno-unused-but-set-variable',
  '-Wno-unused-value',
  '-Wno-unused-const-variable',
];

/** A call of an import is never a jump: the link register tells the fault reporter which line called. */
const TRACEABLE = '-fno-optimize-sibling-calls';

export async function buildComponent(spec: ComponentSpec, context: BuildContext): Promise<ComponentResult> {
  checkSpec(spec);
  const paths = layout(spec, context);
  await compileStage(spec, context, paths);
  await translateStage(spec, context, paths);
  const objects = await objectStage(spec, context, paths);
  const report = await linkStage(spec, context, paths, objects);
  return { name: spec.name, wasm: paths.wasm, sourceMap: paths.map, c: [paths.c, paths.glueC], elf: paths.elf, report };
}

/** The first step alone: the module for Node. Its imports are not checked. Returns the path of the wasm. */
export async function buildModule(spec: ComponentSpec, context: BuildContext): Promise<string> {
  checkSpec(spec);
  const paths = layout(spec, context);
  await compileStage(spec, context, paths);
  return paths.wasm;
}

function checkSpec(spec: ComponentSpec): void {
  const refuse = (what: string): never => {
    throw failure('COH0760', `component ${spec.name}: ${what}`);
  };
  if (!/^[A-Za-z][A-Za-z0-9_]*$/.test(spec.name)) refuse('the name is not a C identifier');
  for (const key of ['memory_bytes', 'stack_bytes'] as const) {
    const value = spec[key];
    if (!Number.isSafeInteger(value) || value <= 0 || value % 4096 !== 0) refuse(`${key} is not a multiple of 4096`);
  }
  if (spec.memory_bytes > 2 ** 32) refuse('memory_bytes is more than 4 GiB');
}

type Layout = ReturnType<typeof layout>;

function layout(spec: ComponentSpec, context: BuildContext) {
  const dir = join(resolve(context.outDir), 'aot', spec.name);
  const file = (suffix: string): string => join(dir, `${spec.name}${suffix}`);
  return {
    dir,
    wasm: file('.wasm'),
    map: file('.wasm.map'),
    c: file('.c'),
    h: file('.h'),
    glueC: join(dir, 'component.c'),
    glueH: join(dir, 'component.h'),
    objects: join(dir, 'obj'),
    elf: join(resolve(context.outDir), `${spec.name}.elf`),
    graph: file('.graph.json'),
    report: file('.report.json'),
    compileRecord: join(dir, 'compile.json'),
    reportRecord: join(dir, 'report.json'),
    translateRecord: join(dir, 'translate.json'),
  };
}

/** Digest of the pipeline's own sources and of the packages it calls: a change of either rebuilds everything. */
let ownDigest: string | undefined;
export function pipelineDigest(): string {
  if (ownDigest === undefined) {
    const own = dirname(fileURLToPath(import.meta.url));
    const sources = [own, join(own, '../elf')].flatMap((folder) =>
      readdirSync(folder)
        .filter((name) => name.endsWith('.ts'))
        .sort()
        .map((name) => join(folder, name)),
    );
    const asc = createRequire(import.meta.url).resolve('assemblyscript/package.json');
    const paths = [asc, ...sources];
    ownDigest = digest([WABT_VERSION, ...paths.map((path) => readFileSync(path))]);
  }
  return ownDigest;
}

interface StageRecord {
  key: string;
  /** Digest of each product, in a fixed order. */
  products: (string | undefined)[];
  /** Looked-up sources and what was found there (null: nothing). */
  lookups?: Record<string, string | null>;
}

function readRecord(path: string): StageRecord | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as StageRecord;
  } catch {
    return undefined;
  }
}

function recordHolds(record: StageRecord | undefined, key: string, products: readonly string[]): record is StageRecord {
  if (record === undefined || record.key !== key) return false;
  return products.every((path, i) => existsSync(path) && record.products[i] === digestFile(path));
}

async function compileStage(spec: ComponentSpec, context: BuildContext, paths: Layout): Promise<void> {
  const root = resolve(context.root);
  const generatedDir = join(resolve(context.outDir), 'generated');
  const pages = Math.ceil(spec.memory_bytes / PAGE_BYTES);
  const replacedBy = JSON.stringify(spec.replacements ?? {});
  const native =
    spec.native === undefined ? undefined : await buildNative(spec.native, { ...context, root, dir: paths.dir });
  const merged = native === undefined ? '' : `${native.sha256} ${keptExports(spec).join(' ')}`;
  const key = digest([pipelineDigest(), spec.directory, String(pages), spec.allocator ?? '', replacedBy, merged]);
  const place = { root, generatedDir };
  const stateOf = (name: string): string | null => digestFile(resolveSource(place, name)) ?? null;
  const old = readRecord(paths.compileRecord);
  if (recordHolds(old, key, [paths.wasm, paths.map])) {
    const lookups = Object.entries(old.lookups ?? {});
    if (lookups.every(([name, sha256]) => stateOf(name) === sha256)) return;
  }
  context.progress?.(`asc ${spec.directory}`);
  const own = {
    ...(native === undefined ? {} : { basePages: native.pages }),
    ...(spec.allocator === undefined ? {} : { allocator: spec.allocator }),
    ...(spec.replacements === undefined ? {} : { replacements: spec.replacements }),
  };
  const result = await ask('compile', { root, directory: spec.directory, generatedDir, pages, ...own });
  const module = native === undefined ? result : await merge(spec, result, native.path);
  writeAtomic(paths.wasm, module.wasm);
  writeAtomic(paths.map, module.sourceMap);
  const lookups = Object.fromEntries(result.lookups.map((name) => [name, stateOf(name)]));
  const record: StageRecord = { key, products: [digestFile(paths.wasm), digestFile(paths.map)], lookups };
  writeAtomic(paths.compileRecord, JSON.stringify(record));
}

/** What the start code calls, and tests. */
function keptExports(spec: ComponentSpec): string[] {
  return ['start', 'turn', 'memory', ...(spec.nativeExports ?? [])];
}

function merge(spec: ComponentSpec, main: { wasm: Uint8Array; sourceMap: string }, nativePath: string) {
  return mergeModules(main, { name: spec.native?.name ?? '', wasm: readFileSync(nativePath) }, keptExports(spec));
}

async function translateStage(spec: ComponentSpec, context: BuildContext, paths: Layout): Promise<void> {
  const inputs = [readFileSync(paths.wasm), readFileSync(paths.map, 'utf8')] as const;
  const products = [paths.c, paths.h, paths.glueC, paths.glueH, paths.graph];
  const { name, imports, memory_bytes, private_bytes, mode, unboundedStack } = spec;
  const settings = JSON.stringify([name, imports, memory_bytes, private_bytes, mode, unboundedStack]);
  const key = digest([pipelineDigest(), settings, inputs[0], mappingsOf(inputs[1])]);
  if (recordHolds(readRecord(paths.translateRecord), key, products)) return;
  const [wasm, sourceMap] = inputs;
  const dataEnd = staticDataEnd(wasm);
  const memoryEnd = spec.private_bytes ?? spec.memory_bytes;
  if (dataEnd > memoryEnd) {
    const what = `static data ends at ${dataEnd}, but linear memory at ${memoryEnd}`;
    throw failure('COH0761', `component ${spec.name}: ${what}`, 'raise memory_bytes');
  }
  context.progress?.(`wasm2c ${spec.name}`);
  const marked = insertMarkers(wasm, sourceMap);
  const [graph, files] = await Promise.all([ask('callGraph', { wasm, sourceMap }), translate(marked.wasm, spec.name)]);
  checkImports(spec.name, wasm, spec.imports, (item) => firstCall(graph, item));
  if (!spec.unboundedStack) checkBounded(spec.name, graph);
  const c = replaceMarkers(files.c, marked.files, `${spec.name}.c`);
  writeIfChanged(paths.graph, JSON.stringify(graph));
  writeIfChanged(paths.h, files.h);
  writeIfChanged(paths.glueH, glueHeader(spec));
  writeIfChanged(paths.glueC, glueSource(spec, files.h, tableEntries(wasm)));
  writeIfChanged(paths.c, c);
  const record: StageRecord = { key, products: products.map((path) => digestFile(path)) };
  writeAtomic(paths.translateRecord, JSON.stringify(record));
}

/** The first call of an import, in the order of the module's functions. */
function firstCall(graph: CallGraph, item: WasmImport): CallSite | undefined {
  const target = graph.functions.find((f) => f.import === `${item.module}.${item.name}`);
  return graph.functions.flatMap((f) => f.calls).find((call) => call.callee === target?.name)?.at;
}

async function objectStage(spec: ComponentSpec, context: BuildContext, paths: Layout): Promise<string[]> {
  const root = resolve(context.root);
  const includeDirs = [...(spec.includeDirs ?? []), RUNTIME];
  const common = {
    root,
    systemIncludeDirs: [join(RUNTIME, 'include')],
    defines: [...(spec.defines ?? []), `WASM_RT_MEMCHECK_GUARD_PAGES=${spec.mode === 'guard' ? 1 : 0}`],
    prefixMap: [[resolve(context.outDir), 'out'] as const],
    progress: (source: string) => context.progress?.(`clang ${source}`),
  };
  const floats = usesFloats(paths.c) ? ['-fno-math-errno'] : ['-mgeneral-regs-only'];
  const base = ['-O2', '-nostdlibinc', '-fstack-size-section', ...floats];
  const flags = [...base, ...(spec.flags ?? [])];
  const own = { ...common, objDir: paths.objects, includeDirs: [...includeDirs, paths.dir] };
  // Components that compile these alike share the folder, and so the objects.
  const kind = digest([JSON.stringify([includeDirs, common.systemIncludeDirs, common.defines, flags])]).slice(0, 16);
  const shared = { ...common, objDir: join(resolve(context.outDir), 'aot', 'shared', kind), includeDirs };
  const groups = await Promise.all([
    compileObjects({ ...own, sources: [paths.c], flags: [...base, TRACEABLE, ...GENERATED_FLAGS] }),
    compileObjects({ ...shared, sources: [`${RUNTIME}/mem.c`], flags: [...base, '-fno-builtin'] }),
    compileObjects({ ...shared, sources: [...SHARED_SOURCES, ...(spec.sharedSources ?? [])], flags }),
    compileObjects({ ...own, sources: [paths.glueC, `${RUNTIME}/runtime.c`, ...spec.runtimeSources], flags }),
  ]);
  return groups.flat();
}

/** Whether a function of the module (not the prologue, which always names them) uses floating point. */
function usesFloats(cFile: string): boolean {
  return /^ {2}f(32|64) var_/m.test(readFileSync(cFile, 'utf8'));
}

/** Links, analyses what came out, and only then gives it its name: a component that is refused leaves no new ELF. */
async function linkStage(
  spec: ComponentSpec,
  context: BuildContext,
  paths: Layout,
  objects: string[],
): Promise<ComponentReport> {
  const root = resolve(context.root);
  const flags = [
    `--defsym=cohesix_memory_size=${spec.memory_bytes}`,
    `--defsym=cohesix_private_bytes=${spec.private_bytes ?? spec.memory_bytes}`,
    `--defsym=cohesix_stack_bytes=${spec.stack_bytes}`,
  ];
  const script = resolve(root, spec.linkerScript ?? `${RUNTIME}/component.ld`);
  const link = { root, outDir: resolve(context.outDir), dir: paths.dir, objects, script, flags, output: paths.elf };
  const before = digestFile(paths.elf);
  const plain = await linkPlain(link);
  const report = reportStage(spec, context, paths, plain);
  await linkWithLines(link, plain);
  if (digestFile(paths.elf) !== before) context.progress?.(`link ${spec.name}.elf`);
  return report;
}

/** Analyses the linked component; a stack that does not fit is refused. */
function reportStage(spec: ComponentSpec, context: BuildContext, paths: Layout, plain: string): ComponentReport {
  const graphText = readFileSync(paths.graph, 'utf8');
  const settings = JSON.stringify([spec.mode, spec.memory_bytes, spec.stack_bytes, spec.unboundedStack]);
  const key = digest([pipelineDigest(), settings, graphText, readFileSync(plain)]);
  const old = readRecord(paths.reportRecord);
  if (recordHolds(old, key, [paths.report])) {
    return JSON.parse(readFileSync(paths.report, 'utf8')) as ComponentReport;
  }
  context.progress?.(`analyse ${spec.name}`);
  const graph = JSON.parse(graphText) as CallGraph;
  const elf = readSections(readFileSync(plain), plain);
  const stack = spec.unboundedStack ? undefined : analyseStack(spec.name, graph, readFileSync(paths.c, 'utf8'), elf);
  const report = componentReport({ spec, wasmBytes: statSync(paths.wasm).size, graph, stack, elf });
  if (stack !== undefined && stack.image.bytes > spec.stack_bytes) {
    const needs = `needs ${stack.image.bytes} bytes of stack, but has ${spec.stack_bytes}`;
    throw failure('COH0774', `component ${spec.name} ${needs}: ${stack.image.path.join(' → ')}`, 'raise stack_bytes');
  }
  writeAtomic(paths.report, `${JSON.stringify(report, null, 2)}\n`);
  const record: StageRecord = { key, products: [digestFile(paths.report)] };
  writeAtomic(paths.reportRecord, JSON.stringify(record));
  return report;
}

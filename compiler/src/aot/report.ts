// SPDX-License-Identifier: Apache-2.0
/**
 * Owns what the build tells about a component: the data for out/<board>/report.json and the table on the terminal.
 */
import { callees } from './bounded.ts';
import type { CallGraph, GraphFunction } from './callgraph.ts';
import { present } from '../internal.ts';
import type { ElfSections } from '../elf/sections.ts';
import { textTable } from '../text-table.ts';
import type { StackReport } from './stack.ts';

export interface EntryReport {
  /** Export name. */
  name: string;
  stack_bytes: number | null;
  /** The chain of calls that needs it. */
  stack_path: string[];
  /** Imports that can be reached from here. */
  imports: string[];
}

export interface ComponentReport {
  name: string;
  mode: string;
  functions: number;
  wasm_bytes: number;
  text_bytes: number;
  rodata_bytes: number;
  data_bytes: number;
  bss_bytes: number;
  memory_bytes: number;
  stack_bytes: number;
  /** Worst case from the image's entry point; null when it has no bound. */
  stack_used_bytes: number | null;
  stack_path: string[];
  /** All imports that any export or the start function reaches. */
  imports: string[];
  entries: EntryReport[];
}

export interface ReportInput {
  spec: { name: string; mode: string; memory_bytes: number; stack_bytes: number };
  wasmBytes: number;
  graph: CallGraph;
  /** Absent when the stack has no bound. */
  stack: StackReport | undefined;
  elf: ElfSections;
}

function reachableImports(graph: CallGraph, roots: readonly string[]): string[] {
  const byName = new Map(graph.functions.map((f) => [f.name, f]));
  const seen = new Set<GraphFunction>();
  const waiting = roots.map((name) => present(byName.get(name), `function ${name}`));
  for (let f = waiting.pop(); f !== undefined; f = waiting.pop()) {
    if (seen.has(f)) continue;
    seen.add(f);
    waiting.push(...callees(graph, byName, f).map((edge) => edge.f));
  }
  return [...seen].flatMap((f) => f.import ?? []).sort();
}

export function componentReport({ spec, wasmBytes, graph, stack, elf }: ReportInput): ComponentReport {
  const size = (name: string): number => elf.sections.find((s) => s.name === name)?.size ?? 0;
  const defined = new Set(graph.functions.filter((f) => f.import === undefined).map((f) => f.name));
  const exports = graph.exports.filter(([, target]) => defined.has(target));
  const entries = exports.map(([name, target]) => ({
    name,
    stack_bytes: stack?.entries.get(name)?.bytes ?? null,
    stack_path: stack?.entries.get(name)?.path ?? [],
    imports: reachableImports(graph, [target]),
  }));
  entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  const roots = [...exports.map(([, target]) => target), ...(graph.start === undefined ? [] : [graph.start])];
  return {
    name: spec.name,
    mode: spec.mode,
    functions: defined.size,
    wasm_bytes: wasmBytes,
    text_bytes: size('.text'),
    rodata_bytes: size('.rodata'),
    data_bytes: size('.data'),
    bss_bytes: size('.bss'),
    memory_bytes: spec.memory_bytes,
    stack_bytes: spec.stack_bytes,
    stack_used_bytes: stack?.image.bytes ?? null,
    stack_path: stack?.image.path ?? [],
    imports: reachableImports(graph, roots),
    entries,
  };
}

/** A table for the terminal: one line a component, then one line an entry. Numbers are bytes. */
export function renderReportTable(reports: readonly ComponentReport[]): string {
  const rows = [['component', 'mode', 'wasm', 'text', 'rodata', 'data+bss', 'memory', 'stack used', 'of', 'imports']];
  for (const r of reports) {
    const numbers = [r.wasm_bytes, r.text_bytes, r.rodata_bytes, r.data_bytes + r.bss_bytes, r.memory_bytes];
    const stack = [r.stack_used_bytes ?? '-', r.stack_bytes, r.imports.length];
    rows.push([r.name, r.mode, ...numbers.map(String), ...stack.map(String)]);
    for (const e of r.entries) {
      rows.push([`  ${e.name}`, '', '', '', '', '', '', String(e.stack_bytes ?? '-'), '', String(e.imports.length)]);
    }
  }
  return `${textTable(rows, 2).join('\n')}\n`;
}

// SPDX-License-Identifier: Apache-2.0
/**
 * Owns the worst-case stack of a component whose calls are bounded (bounded.ts). Inside the module the call graph is
 * Binaryen's, where indirect calls are bounded by the table; C functions around it (imports, runtime, shim) are
 * followed through the branch instructions of the linked ELF. Frame sizes are those that clang recorded. A function
 * that was inlined everywhere has no frame of its own, and its callees still count; what is both inlined and called
 * counts twice, which errs on the safe side.
 */
import { failure } from '../../../diagnostics/diagnostic.ts';
import { present } from '../internal.ts';
import { callees } from './bounded.ts';
import type { CallGraph, GraphFunction } from './callgraph.ts';
import { cSymbol, modulePart } from './cnames.ts';
import { frameSizes, type ElfSections, type ElfSymbol } from '../elf/sections.ts';

export interface StackPath {
  bytes: number;
  /** From the outermost function to the innermost. */
  path: string[];
}

export interface StackReport {
  /** Worst case by export. */
  entries: Map<string, StackPath>;
  /** Worst case from the ELF's entry point. */
  image: StackPath;
}

/** What a function symbol's code does: where it branches to, and whether it calls through a pointer. */
interface Code {
  symbol: ElfSymbol;
  targets: string[];
  hasIndirectCall: boolean;
}

const isBranch = (word: number): boolean => (word & 0x7c000000) === 0x14000000; // b, bl
const isLink = (word: number): boolean => word >>> 31 === 1;
const isIndirectCall = (word: number): boolean => (word & 0xfffffc1f) >>> 0 === 0xd63f0000; // blr

function readCode(elf: ElfSections): Map<string, Code> {
  const code = new Map<string, Code>();
  for (const section of elf.sections.filter((s) => s.executable)) {
    const end = section.address + section.size;
    const inside = elf.symbols
      .filter((s) => s.name !== '' && !s.name.startsWith('$') && s.address >= section.address && s.address < end)
      .sort((a, b) => a.address - b.address || b.size - a.size);
    const starts = new Map<number, string>();
    for (const s of inside) if (!starts.has(s.address)) starts.set(s.address, s.name);
    inside.forEach((symbol, i) => {
      // Assembly may leave the size out: such a function ends where the next symbol begins.
      const next = inside.slice(i + 1).find((s) => s.address > symbol.address)?.address ?? end;
      const stop = symbol.size > 0 ? symbol.address + symbol.size : next;
      code.set(symbol.name, scan(symbol, stop, section.address, section.data, starts));
    });
  }
  return code;
}

function scan(symbol: ElfSymbol, stop: number, base: number, bytes: Buffer, starts: Map<number, string>): Code {
  const code: Code = { symbol, targets: [], hasIndirectCall: false };
  for (let pc = symbol.address; pc + 4 <= stop; pc += 4) {
    const word = bytes.readUInt32LE(pc - base);
    if (isIndirectCall(word)) code.hasIndirectCall = true;
    if (!isBranch(word)) continue;
    // A signed 26-bit offset in words. A plain branch to the function's own start is a loop.
    const address = pc + ((word << 6) >> 6) * 4;
    const target = starts.get(address);
    if (target !== undefined && (isLink(word) || address !== symbol.address)) code.targets.push(target);
  }
  return code;
}

/** Names of the C functions that wasm2c made, in the order of the module's functions. */
export function cNames(c: string, component: string): string[] {
  const names: string[] = [];
  const lines = c.split('\n').filter((line) => !line.startsWith('#line'));
  const prefix = `w2c_${modulePart(component)}`;
  const head = new RegExp(`^\\S.*?\\b(${prefix}_\\w+)\\(${prefix}\\* instance[^()]*\\) \\{$`);
  lines.forEach((line, i) => {
    const name = head.exec(line)?.[1];
    if (name !== undefined && !(lines[i - 1] ?? '').startsWith('/* export:')) names.push(name);
  });
  return names;
}

/** Symbol of an import that is written `module.function`. */
function importSymbol(name: string): string {
  const dot = name.indexOf('.');
  return cSymbol(name.slice(0, dot), name.slice(dot + 1));
}

function worst(own: number, label: string, parts: readonly StackPath[]): StackPath {
  const deepest = parts.reduce((a, b) => (b.bytes > a.bytes ? b : a), { bytes: 0, path: [] });
  return { bytes: own + deepest.bytes, path: [label, ...deepest.path] };
}

/** Costs of functions, each worked out once. */
class Solver {
  readonly component: string;
  readonly graph: CallGraph;
  readonly code: Map<string, Code>;
  readonly frames: Map<number, number>;
  readonly byName: Map<string, GraphFunction>;
  /** C symbol of a module function, and back. */
  readonly symbolOf: Map<string, string>;
  readonly functionOf: Map<string, GraphFunction>;
  /** Module function behind the C wrapper of an export. */
  readonly exported: Map<string, GraphFunction | undefined>;
  readonly known = new Map<string, StackPath>();
  readonly open: string[] = [];

  constructor(component: string, graph: CallGraph, c: string, elf: ElfSections) {
    this.component = component;
    this.graph = graph;
    this.code = readCode(elf);
    this.frames = frameSizes(elf);
    this.byName = new Map(graph.functions.map((f) => [f.name, f]));
    const defined = graph.functions.filter((f) => f.import === undefined);
    const symbols = cNames(c, component);
    if (symbols.length !== defined.length) {
      throw failure('COH0753', `wasm2c made ${symbols.length} functions of ${defined.length}: its output has changed`);
    }
    const symbolAt = (i: number): string => present(symbols[i], `C name of function ${i}`);
    this.symbolOf = new Map(defined.map((f, i) => [f.name, symbolAt(i)]));
    this.functionOf = new Map(defined.map((f, i) => [symbolAt(i), f]));
    this.exported = new Map(graph.exports.map(([name, f]) => [this.wrapper(name), this.byName.get(f)]));
  }

  wrapper(exportName: string): string {
    return cSymbol(this.component, exportName);
  }

  frame(symbol: string): number {
    return this.frames.get(this.code.get(symbol)?.symbol.address ?? -1) ?? 0;
  }

  symbol(f: GraphFunction): string {
    return present(this.symbolOf.get(f.name), `C name of ${f.name}`);
  }

  /** C functions that a module function's code branches to and that are not the module's. */
  outside(symbol: string): StackPath[] {
    const targets = this.code.get(symbol)?.targets ?? [];
    const isOwn = (name: string): boolean =>
      this.functionOf.has(name) || this.exported.has(name) || name.startsWith('wrap_w2c_');
    return targets.filter((target) => !isOwn(target)).map((target) => this.cCost(target));
  }

  moduleCost(f: GraphFunction): StackPath {
    const key = `wasm ${f.name}`;
    const cached = this.known.get(key);
    if (cached !== undefined) return cached;
    const symbol = this.symbol(f);
    const inner = callees(this.graph, this.byName, f).map((edge) => {
      if (edge.f.import !== undefined) return this.cCost(importSymbol(edge.f.import));
      const cost = this.moduleCost(edge.f);
      const wrapper = edge.indirect ? this.frame(`wrap_${this.symbol(edge.f)}`) : 0;
      return { bytes: cost.bytes + wrapper, path: cost.path };
    });
    const cost = worst(this.frame(symbol), f.name, [...inner, ...this.outside(symbol)]);
    this.known.set(key, cost);
    return cost;
  }

  cCost(symbol: string): StackPath {
    const wasm = this.functionOf.get(symbol);
    if (wasm !== undefined) return this.moduleCost(wasm);
    const cached = this.known.get(symbol);
    if (cached !== undefined) return cached;
    const cycle = this.open.indexOf(symbol);
    if (cycle >= 0) {
      const names = [...this.open.slice(cycle), symbol].join(' → ');
      throw failure('COH0772', `component ${this.component}: recursion in C: ${names}`, 'use a loop');
    }
    this.open.push(symbol);
    const cost = worst(this.frame(symbol), symbol, this.cCallees(symbol));
    this.open.pop();
    this.known.set(symbol, cost);
    return cost;
  }

  cCallees(symbol: string): StackPath[] {
    const code = this.code.get(symbol);
    const target = this.exported.get(symbol);
    if (target !== undefined) return [this.moduleCost(target), ...this.outside(symbol)];
    const inner = (code?.targets ?? []).map((name) => this.cCost(name));
    if (symbol === `wasm2c_${modulePart(this.component)}_instantiate`) {
      // The start function may be inlined here, with its calls through the table.
      const { start } = this.graph;
      return start === undefined
        ? inner
        : [...inner, this.moduleCost(present(this.byName.get(start), `start function ${start}`))];
    }
    if (code?.hasIndirectCall === true) {
      const what = `the C function ${symbol} calls through a pointer: its stack has no bound`;
      throw failure('COH0773', `component ${this.component}: ${what}`, 'call it directly');
    }
    return inner;
  }
}

export function analyseStack(component: string, graph: CallGraph, c: string, elf: ElfSections): StackReport {
  const solver = new Solver(component, graph, c, elf);
  const isDefined = (name: string): boolean => solver.byName.get(name)?.import === undefined && solver.byName.has(name);
  const exports = graph.exports.filter(([, target]) => isDefined(target));
  const entries = new Map(exports.map(([name]) => [name, solver.cCost(solver.wrapper(name))]));
  const entry = [...solver.code.values()].find(({ symbol }) => symbol.address === elf.entry)?.symbol.name;
  return { entries, image: solver.cCost(present(entry, `function at the entry point of component ${component}`)) };
}

/**
 * Owns the worst-case stack of a component. Inside the module the call graph is Binaryen's (callgraph.ts), where indirect
 * calls are bounded by the table; C functions around it (imports, runtime, shim) are followed through the branch
 * instructions of the linked ELF. Frame sizes are those that clang recorded. A function that was inlined everywhere has no
 * frame of its own, and its callees still count; what is both inlined and called counts twice, which errs on the safe side.
 */
import { Failure, failure, type Diagnostic } from '../diagnostics/diagnostic.ts';
import type { CallGraph, GraphFunction, Place } from './callgraph.ts';
import { frameSizes, type Elf, type ElfSymbol } from './elf.ts';

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

const shown = (place: Place | undefined): string => (place === undefined ? '?' : `${place.file}:${place.line}`);

/** Callees of a function, indirect ones included. */
export function callees(
  graph: CallGraph,
  byName: Map<string, GraphFunction>,
  f: GraphFunction,
): { f: GraphFunction; at: Place | undefined; indirect: boolean }[] {
  const direct = f.calls.map(({ callee, at }) => ({ f: byName.get(callee), at, indirect: false }));
  const targets = graph.tableFunctions.map((name) => byName.get(name));
  const indirect = f.indirect.flatMap(({ type, at }) =>
    targets.filter((target) => target?.type === type).map((target) => ({ f: target, at, indirect: true })),
  );
  return [...direct, ...indirect].flatMap((edge) => (edge.f === undefined ? [] : [{ ...edge, f: edge.f }]));
}

/** Refuses a module whose stack has no bound: recursion, or indirect calls through a table that can change. */
export function checkBounded(component: string, graph: CallGraph): void {
  const indirect = graph.functions.find((f) => f.indirect.length > 0);
  const change = graph.tableChanges[0];
  if (indirect !== undefined && change !== undefined) {
    const at = indirect.indirect[0]?.at;
    throw new Failure({
      code: 'COH0773',
      severity: 'error',
      message: `component ${component}: an indirect call has no bound, since the function table ${change === 'open' ? 'is imported or exported' : `is changed at ${shown(change)}`}`,
      ...(at === undefined ? {} : { position: at }),
      fix: 'keep the function table private and constant',
    });
  }
  const cycle = findCycle(graph);
  if (cycle !== undefined) throw new Failure(recursionDiagnostic(component, cycle));
}

type Step = { f: GraphFunction; at: Place | undefined };

/** The calls of one cycle, or `undefined`; depth-first without recursion, so that deep graphs do not matter. */
function findCycle(graph: CallGraph): Step[] | undefined {
  const byName = new Map(graph.functions.map((f) => [f.name, f]));
  const done = new Set<GraphFunction>();
  for (const root of graph.functions) {
    if (done.has(root)) continue;
    const open = new Set([root]);
    const trail: { f: GraphFunction; at: Place | undefined; edges: Step[]; next: number }[] = [];
    trail.push({ f: root, at: undefined, edges: callees(graph, byName, root), next: 0 });
    for (let top = trail.at(-1); top !== undefined; top = trail.at(-1)) {
      const edge = top.edges[top.next++];
      if (edge === undefined) {
        trail.pop();
        open.delete(top.f);
        done.add(top.f);
      } else if (open.has(edge.f)) {
        const from = trail.findIndex((step) => step.f === edge.f);
        return [...trail.slice(from + 1).map(({ f, at }) => ({ f, at })), { f: edge.f, at: edge.at }];
      } else if (!done.has(edge.f)) {
        open.add(edge.f);
        trail.push({ f: edge.f, at: edge.at, edges: callees(graph, byName, edge.f), next: 0 });
      }
    }
  }
  return undefined;
}

function recursionDiagnostic(component: string, cycle: Step[]): Diagnostic {
  const last = cycle.at(-1)?.f.name ?? '?';
  const steps = cycle.map(({ f, at }) => `${f.name} (${shown(at)})`).join(' → ');
  const at = cycle[0]?.at;
  return {
    code: 'COH0772',
    severity: 'error',
    message: `component ${component}: recursion: ${last} → ${steps}`,
    ...(at === undefined ? {} : { position: at }),
    cause: 'a stack of fixed size needs a bound on every chain of calls',
    fix: 'use a loop with an explicit bounded stack',
  };
}

/** Direct branch targets and indirect calls of each function symbol in the ELF's code. */
interface Code {
  symbol: ElfSymbol;
  targets: string[];
  hasIndirectCall: boolean;
}

function readCode(elf: Elf): Map<string, Code> {
  const code = new Map<string, Code>();
  for (const section of elf.sections.filter((s) => s.executable)) {
    const end = section.address + section.size;
    const inside = elf.symbols
      .filter((s) => s.name !== '' && !s.name.startsWith('$') && s.address >= section.address && s.address < end)
      .sort((a, b) => a.address - b.address || b.size - a.size);
    const starts = new Map<number, string>();
    for (const s of inside) if (!starts.has(s.address)) starts.set(s.address, s.name);
    inside.forEach((symbol, i) => {
      const next = inside.slice(i + 1).find((s) => s.address > symbol.address)?.address ?? end;
      const stop = symbol.size > 0 ? symbol.address + symbol.size : next;
      const entry: Code = { symbol, targets: [], hasIndirectCall: false };
      for (let pc = symbol.address; pc + 4 <= stop; pc += 4) {
        const word = section.data.readUInt32LE(pc - section.address);
        if ((word & 0x7c000000) === 0x14000000) {
          // b and bl: a signed 26-bit offset in words.
          const target = starts.get(pc + ((word << 6) >> 6) * 4);
          if (target !== undefined && target !== starts.get(symbol.address)) entry.targets.push(target);
          else if (target !== undefined && word >>> 31 === 1) entry.targets.push(target);
        } else if ((word & 0xfffffc1f) >>> 0 === 0xd63f0000) entry.hasIndirectCall = true;
      }
      code.set(symbol.name, entry);
    });
  }
  return code;
}

/** Names of the C functions that wasm2c made, in the order of the module's functions. */
export function cNames(c: string, component: string): string[] {
  const names: string[] = [];
  const lines = c.split('\n').filter((line) => !line.startsWith('#line'));
  lines.forEach((line, i) => {
    const name = new RegExp(`^\\S.*?\\b(w2c_${component}_\\w+)\\(w2c_${component}\\* instance[^()]*\\) \\{$`).exec(
      line,
    )?.[1];
    if (name !== undefined && !(lines[i - 1] ?? '').startsWith('/* export:')) names.push(name);
  });
  return names;
}

export function analyseStack(component: string, graph: CallGraph, c: string, elf: Elf): StackReport {
  const code = readCode(elf);
  const frames = frameSizes(elf);
  const byName = new Map(graph.functions.map((f) => [f.name, f]));
  const defined = graph.functions.filter((f) => f.import === undefined);
  const symbols = cNames(c, component);
  if (symbols.length !== defined.length) {
    throw failure('COH0753', `wasm2c made ${symbols.length} functions of ${defined.length}: its output has changed`);
  }
  const symbolOf = new Map(defined.map((f, i) => [f.name, symbols[i] ?? '']));
  const functionOf = new Map(defined.map((f, i) => [symbols[i] ?? '', f]));
  const mangledExport = (name: string): string => `w2c_${component}_${name}`;
  const exported = new Map(graph.exports.map(([name, target]) => [mangledExport(name), byName.get(target)]));
  const frame = (symbol: string): number => frames.get(code.get(symbol)?.symbol.address ?? -1) ?? 0;
  const known = new Map<string, StackPath>();
  const open: string[] = [];

  const worst = (own: number, label: string, parts: StackPath[]): StackPath => {
    const deepest = parts.reduce<StackPath>((a, b) => (b.bytes > a.bytes ? b : a), { bytes: 0, path: [] });
    return { bytes: own + deepest.bytes, path: [label, ...deepest.path] };
  };
  /** C functions that a module function's code branches to and that are not the module's. */
  const outside = (symbol: string): StackPath[] =>
    (code.get(symbol)?.targets ?? [])
      .filter((target) => !functionOf.has(target) && !target.startsWith('wrap_w2c_') && !exported.has(target))
      .map(cCost);
  const moduleCost = (f: GraphFunction): StackPath => {
    const key = `wasm ${f.name}`;
    const cached = known.get(key);
    if (cached !== undefined) return cached;
    const symbol = symbolOf.get(f.name) ?? '';
    const inner = callees(graph, byName, f).map((edge) => {
      if (edge.f.import !== undefined) return cCost(`w2c_${edge.f.import.replace('.', '_')}`);
      const cost = moduleCost(edge.f);
      const wrapper = edge.indirect ? frame(`wrap_${symbolOf.get(edge.f.name) ?? ''}`) : 0;
      return { bytes: cost.bytes + wrapper, path: cost.path };
    });
    const cost = worst(frame(symbol), f.name, [...inner, ...outside(symbol)]);
    known.set(key, cost);
    return cost;
  };
  const cCost = (symbol: string): StackPath => {
    const wasm = functionOf.get(symbol);
    if (wasm !== undefined) return moduleCost(wasm);
    const cached = known.get(symbol);
    if (cached !== undefined) return cached;
    const cycle = open.indexOf(symbol);
    if (cycle >= 0) {
      const names = [...open.slice(cycle), symbol].join(' → ');
      throw failure('COH0772', `component ${component}: recursion in C: ${names}`, 'use a loop');
    }
    const entry = code.get(symbol);
    const target = exported.get(symbol);
    const isInstantiate = symbol === `wasm2c_${component}_instantiate`;
    if (entry?.hasIndirectCall === true && target === undefined && !isInstantiate) {
      throw failure(
        'COH0773',
        `component ${component}: the C function ${symbol} calls through a pointer: its stack has no bound`,
      );
    }
    open.push(symbol);
    const inner = target === undefined ? (entry?.targets ?? []).map(cCost) : [moduleCost(target), ...outside(symbol)];
    const start = isInstantiate && graph.start !== undefined ? byName.get(graph.start) : undefined;
    if (start !== undefined) inner.push(moduleCost(start));
    open.pop();
    const cost = worst(frame(symbol), symbol, inner);
    known.set(symbol, cost);
    return cost;
  };

  const functionExports = graph.exports.filter(([, target]) => byName.get(target)?.import === undefined);
  const entries = new Map(functionExports.map(([name]) => [name, cCost(mangledExport(name))]));
  const entrySymbol = [...code.values()].find(({ symbol }) => symbol.address === elf.entry)?.symbol.name;
  return { entries, image: entrySymbol === undefined ? { bytes: 0, path: [] } : cCost(entrySymbol) };
}

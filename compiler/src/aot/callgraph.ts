// SPDX-License-Identifier: Apache-2.0
/**
 * Owns the call graph of a module, by Binaryen: who calls whom from which source line, what indirect calls can reach,
 * and which imports each export reaches. Every position of the source map is marked in the module first (markers.ts),
 * so that every call has its place in the source. Runs in the compiler thread.
 */
import binaryen from 'binaryen';
import { expressionsOf, functionsOf, type Ref } from './expressions.ts';
import { markerOf, markModule } from './markers.ts';
import { type MappedPosition, readSourceMap } from './sourcemap.ts';

export interface Place {
  file: string;
  line: number;
  column: number;
}

export interface CallEdge {
  /** Function name of the callee. */
  callee: string;
  at: Place | undefined;
}

export interface IndirectCall {
  /** Signature, as a name that is equal exactly when the signatures are. */
  type: string;
  at: Place | undefined;
}

export interface GraphFunction {
  /** Name in the name section; names are unique. */
  name: string;
  /** `module.function` when it is an import. */
  import?: string;
  type: string;
  /** The first statement. */
  at: Place | undefined;
  calls: CallEdge[];
  indirect: IndirectCall[];
}

export interface CallGraph {
  functions: GraphFunction[];
  /** Export name → function name. */
  exports: [string, string][];
  /** Functions that stand in a table. */
  tableFunctions: string[];
  /** Where code changes a table, or `open` when it is shared: its functions then do not bound indirect calls. */
  tableChanges: (Place | 'open')[];
  /** The module's start function. */
  start?: string;
}

/** Builds the graph from Binaryen's expressions. */
export function readCallGraph(wasm: Uint8Array, sourceMap: string): CallGraph {
  const places = readSourceMap(sourceMap);
  const marked = markModule(wasm, places, (_position, index) => index);
  const module = binaryen.readBinaryWithFeatures(marked, binaryen.Features.All);
  try {
    return graphOf(module, places);
  } finally {
    module.dispose();
  }
}

export function graphOf(module: binaryen.Module, places: readonly MappedPosition[]): CallGraph {
  const graph: CallGraph = { functions: [], exports: [], tableFunctions: [], tableChanges: [] };
  const inTables = new Set<string>();
  for (const table of each(module.getNumTables(), (n) => module.getTableByIndex(n))) {
    if (binaryen.getTableInfo(table).module) graph.tableChanges.push('open');
  }
  for (const segment of each(module.getNumElementSegments(), (n) => module.getElementSegmentByIndex(n))) {
    for (const name of binaryen.getElementSegmentInfo(segment).data) inTables.add(name);
  }
  for (const one of each(module.getNumExports(), (n) => module.getExportByIndex(n))) {
    const { kind, name, value } = binaryen.getExportInfo(one);
    if (kind === binaryen.ExternalTable) graph.tableChanges.push('open');
    else if (kind === binaryen.ExternalFunction) graph.exports.push([name, value]);
  }
  for (const info of functionsOf(module)) {
    const type = signature(info.params, info.results);
    const found: GraphFunction = { name: info.name, type, at: undefined, calls: [], indirect: [] };
    if (info.module) found.import = `${info.module}.${info.base ?? ''}`;
    else if (info.body !== 0) readBody(info.body, found, graph, places);
    graph.functions.push(found);
  }
  const start = module.getStart();
  if (start !== 0) graph.start = binaryen.getFunctionInfo(start).name;
  graph.tableFunctions = [...inTables].sort();
  return graph;
}

/** Operands come before the instruction that takes them, so that a marker is met before the code that it stands for. */
function readBody(body: Ref, found: GraphFunction, graph: CallGraph, places: readonly MappedPosition[]): void {
  let at: Place | undefined;
  for (const ref of expressionsOf(body, found.name)) {
    const id: number = binaryen.getExpressionId(ref);
    switch (id) {
      case binaryen.ConstId as number:
        at = markedPlace(ref, places) ?? at;
        found.at ??= at;
        break;
      case binaryen.CallId as number:
        found.calls.push({ callee: (binaryen.getExpressionInfo(ref) as binaryen.CallInfo).target, at });
        break;
      case binaryen.CallIndirectId as number: {
        const { params, results } = binaryen.getExpressionInfo(ref) as CallIndirectInfo;
        found.indirect.push({ type: signature(params, results), at });
        break;
      }
      case binaryen.TableSetId as number:
      case binaryen.TableGrowId as number:
        graph.tableChanges.push(at ?? 'open');
    }
  }
}

/** Binaryen describes the signature too, but its types leave it out. */
type CallIndirectInfo = binaryen.CallIndirectInfo & { params: binaryen.Type; results: binaryen.Type };

function markedPlace(ref: Ref, places: readonly MappedPosition[]): Place | undefined {
  if (binaryen.getExpressionType(ref) !== binaryen.i64) return undefined;
  // Binaryen gives a bigint, though its types still say two halves.
  const index = markerOf((binaryen.getExpressionInfo(ref) as binaryen.ConstInfo).value as unknown as bigint);
  const place = index === undefined ? undefined : places[index];
  return place === undefined ? undefined : { file: place.file, line: place.line, column: place.column };
}

function signature(params: binaryen.Type, results: binaryen.Type): string {
  return `${binaryen.expandType(params).join()}:${binaryen.expandType(results).join()}`;
}

function each<T>(count: number, item: (n: number) => T): T[] {
  return Array.from({ length: count }, (_, n) => item(n));
}

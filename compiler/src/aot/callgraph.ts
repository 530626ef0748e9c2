// SPDX-License-Identifier: Apache-2.0
/**
 * Owns the call graph of a module, by Binaryen: who calls whom from which source line, what indirect calls can reach,
 * and which imports each export reaches. Every position of the source map is marked in the module first (markers.ts),
 * so that every call in Binaryen's listing has its place in the source. Runs in the compiler thread.
 */
import { markerPayload, markModule } from './markers.ts';
import { readSourceMap } from './sourcemap.ts';

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

export interface BinaryenModule {
  Features: { All: number };
  readBinary(bytes: Uint8Array): { emitStackIR(): string; setFeatures(features: number): void; dispose(): void };
}

/** A name as Binaryen prints it: bare, or quoted when it holds unusual characters. */
const NAME = String.raw`\$((?:"[^"]*")|[^\s()"]+)`;

const TABLE_CHANGE = /^\s+table\.(?:set|grow|fill|copy|init)\b/;

/** Builds the graph from Binaryen's linear listing of the module. */
export function readCallGraph(binaryen: BinaryenModule, wasm: Uint8Array, sourceMap: string): CallGraph {
  const positions = readSourceMap(sourceMap);
  const module = binaryen.readBinary(markModule(wasm, positions, (_position, index) => index));
  module.setFeatures(binaryen.Features.All);
  const text = module.emitStackIR();
  module.dispose();
  return parseListing(text, positions);
}

export function parseListing(text: string, places: readonly Place[]): CallGraph {
  const graph: CallGraph = { functions: [], exports: [], tableFunctions: [], tableChanges: [] };
  const table = new Set<string>();
  let current: GraphFunction | undefined;
  let at: Place | undefined;
  const importLine = new RegExp(String.raw`^ \(import "([^"]*)" "([^"]*)" \(func ${NAME} \(type ${NAME}\)`);
  const exportLine = new RegExp(String.raw`^ \(export "([^"]*)" \(func ${NAME}\)`);
  const functionLine = new RegExp(String.raw`^ \(func ${NAME} \(type ${NAME}\)`);
  const startLine = new RegExp(String.raw`^ \(start ${NAME}\)`);
  const callLine = new RegExp(String.raw`^\s+(?:return_)?call ${NAME}$`);
  const indirectLine = new RegExp(String.raw`^\s+(?:return_)?call_indirect (?:${NAME} )?\(type ${NAME}\)`);
  for (const line of text.split('\n')) {
    let match: RegExpExecArray | null;
    if ((match = functionLine.exec(line)) !== null) {
      current = { name: match[1] ?? '', type: match[2] ?? '', at: undefined, calls: [], indirect: [] };
      at = undefined;
      graph.functions.push(current);
    } else if (current !== undefined && line.startsWith('  ')) {
      const place = markerAt(line, places);
      if (place !== undefined) {
        at = place;
        current.at ??= place;
      } else if ((match = callLine.exec(line)) !== null) current.calls.push({ callee: match[1] ?? '', at });
      else if ((match = indirectLine.exec(line)) !== null) current.indirect.push({ type: match[2] ?? '', at });
      else if (TABLE_CHANGE.test(line)) graph.tableChanges.push(at ?? 'open');
      else if (/^\s+(?:return_)?call/.test(line)) throw new Error(`Binaryen prints an unknown call: ${line.trim()}`);
    } else if ((match = importLine.exec(line)) !== null) {
      const [, module = '', name = '', id = '', type = ''] = match;
      graph.functions.push({ name: id, import: `${module}.${name}`, type, at: undefined, calls: [], indirect: [] });
    } else if ((match = exportLine.exec(line)) !== null) graph.exports.push([match[1] ?? '', match[2] ?? '']);
    else if ((match = startLine.exec(line)) !== null) graph.start = match[1] ?? '';
    else if (/^ \((?:import|export) .*\(table /.test(line)) graph.tableChanges.push('open');
    else if (line.startsWith(' (elem ')) {
      for (const name of line.matchAll(new RegExp(NAME, 'g'))) table.add(name[1] ?? '');
    }
  }
  const known = new Set(graph.functions.map((f) => f.name));
  graph.tableFunctions = [...table].filter((name) => known.has(name)).sort();
  return graph;
}

function markerAt(line: string, places: readonly Place[]): Place | undefined {
  const digits = /^\s+i64\.const (\d{19})$/.exec(line)?.[1];
  const index = digits === undefined ? undefined : markerPayload(digits);
  const place = index === undefined ? undefined : places[index];
  return place === undefined ? undefined : { file: place.file, line: place.line, column: place.column };
}

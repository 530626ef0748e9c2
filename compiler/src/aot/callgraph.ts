/**
 * Owns the call graph of a module, by Binaryen: who calls whom from which source line, what indirect calls can reach, and
 * which imports each export reaches. Reads the module with line markers, so that every call has a position. Runs in the
 * compiler thread.
 */
export interface CallEdge {
  /** Function index name of the callee. */
  callee: string;
  /** `file:line` of the call. */
  at: string;
}

export interface IndirectCall {
  /** Signature, as a name that is equal exactly when the signatures are. */
  type: string;
  at: string;
}

export interface GraphFunction {
  /** Name in the name section; names are unique. */
  name: string;
  /** `module.function` when it is an import. */
  import?: string;
  type: string;
  /** `file:line` of the first statement. */
  at: string;
  calls: CallEdge[];
  indirect: IndirectCall[];
}

export interface CallGraph {
  functions: GraphFunction[];
  /** Export name → function name. */
  exports: [string, string][];
  /** Functions that stand in a table. */
  tableFunctions: string[];
  /** The module's start function. */
  start?: string;
}

export interface BinaryenModule {
  Features: { All: number };
  readBinary(bytes: Uint8Array): { emitStackIR(): string; setFeatures(features: number): void; dispose(): void };
}

const MARKER_MAGIC = 0x6c696e65n;

/** A name as Binaryen prints it: bare, or quoted when it holds unusual characters. */
const NAME = String.raw`\$((?:"[^"]*")|[^\s()"]+)`;

/** Builds the graph from Binaryen's linear listing of the module. */
export function readCallGraph(binaryen: BinaryenModule, wasm: Uint8Array, files: readonly string[]): CallGraph {
  const module = binaryen.readBinary(wasm);
  module.setFeatures(binaryen.Features.All);
  const text = module.emitStackIR();
  module.dispose();
  return parseListing(text, files);
}

export function parseListing(text: string, files: readonly string[]): CallGraph {
  const graph: CallGraph = { functions: [], exports: [], tableFunctions: [] };
  const table = new Set<string>();
  let current: GraphFunction | undefined;
  let at = '';
  const importLine = new RegExp(String.raw`^ \(import "([^"]*)" "([^"]*)" \(func ${NAME} \(type ${NAME}\)`);
  const exportLine = new RegExp(String.raw`^ \(export "([^"]*)" \(func ${NAME}\)`);
  const functionLine = new RegExp(String.raw`^ \(func ${NAME} \(type ${NAME}\)`);
  const startLine = new RegExp(String.raw`^ \(start ${NAME}\)`);
  const callLine = new RegExp(String.raw`^\s+(?:return_)?call ${NAME}$`);
  const indirectLine = new RegExp(String.raw`^\s+(?:return_)?call_indirect (?:${NAME} )?\(type ${NAME}\)`);
  for (const line of text.split('\n')) {
    let match: RegExpExecArray | null;
    if ((match = functionLine.exec(line)) !== null) {
      current = { name: match[1] ?? '', type: match[2] ?? '', at: '', calls: [], indirect: [] };
      at = '';
      graph.functions.push(current);
    } else if (current !== undefined && line.startsWith('  ')) {
      const place = markerAt(line, files);
      if (place !== undefined) {
        at = place;
        if (current.at === '') current.at = place;
      } else if ((match = callLine.exec(line)) !== null) current.calls.push({ callee: match[1] ?? '', at });
      else if ((match = indirectLine.exec(line)) !== null) current.indirect.push({ type: match[2] ?? '', at });
    } else if ((match = importLine.exec(line)) !== null) {
      const [, module = '', name = '', id = '', type = ''] = match;
      graph.functions.push({ name: id, import: `${module}.${name}`, type, at: '', calls: [], indirect: [] });
    } else if ((match = exportLine.exec(line)) !== null) graph.exports.push([match[1] ?? '', match[2] ?? '']);
    else if ((match = startLine.exec(line)) !== null) graph.start = match[1] ?? '';
    else if (line.startsWith(' (elem ')) {
      for (const name of line.matchAll(new RegExp(NAME, 'g'))) table.add(name[1] ?? '');
    }
  }
  const known = new Set(graph.functions.map((f) => f.name));
  graph.tableFunctions = [...table].filter((name) => known.has(name)).sort();
  return graph;
}

function markerAt(line: string, files: readonly string[]): string | undefined {
  const digits = /^\s+i64\.const (\d{19})$/.exec(line)?.[1];
  if (digits === undefined) return undefined;
  const value = BigInt(digits);
  if (value >> 32n !== MARKER_MAGIC) return undefined;
  return `${files[Number((value >> 20n) & 0xfffn)] ?? '?'}:${value & 0xfffffn}`;
}

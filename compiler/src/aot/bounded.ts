// SPDX-License-Identifier: Apache-2.0
/**
 * Owns the question whether a module's stack has a bound at all: every chain of calls must end, so recursion is
 * refused, and so are indirect calls that the function table does not bound. How deep it gets is stack.ts.
 */
import { Failure, type Diagnostic } from '../../../diagnostics/diagnostic.ts';
import type { CallGraph, GraphFunction, Place } from './callgraph.ts';

const shown = (place: Place | undefined): string => (place === undefined ? '?' : `${place.file}:${place.line}`);

export interface Edge {
  f: GraphFunction;
  at: Place | undefined;
  indirect: boolean;
}

/** Callees of a function, indirect ones included. */
export function callees(graph: CallGraph, byName: Map<string, GraphFunction>, f: GraphFunction): Edge[] {
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
    const why = change === 'open' ? 'imported or exported' : `changed at ${shown(change)}`;
    throw new Failure({
      code: 'COH0773',
      severity: 'error',
      message: `component ${component}: an indirect call has no bound, since the function table is ${why}`,
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

// SPDX-License-Identifier: Apache-2.0
/**
 * Owns the compiler thread: takes requests from worker-host.ts one after the other and answers each. Bundled and
 * started by it, with asc and Binaryen as they are in node_modules.
 */
import * as asc from 'assemblyscript/asc';
import { parentPort } from 'node:worker_threads';
import { Failure } from '../../../diagnostics/diagnostic.ts';
import { compileAssemblyScript, type AscRequest, type AscResult } from './asc.ts';
import { readCallGraph, type CallGraph } from './callgraph.ts';

/** What the thread can be asked. */
export interface Requests {
  compile: { request: AscRequest; answer: AscResult };
  callGraph: { request: { wasm: Uint8Array; sourceMap: string }; answer: CallGraph };
}

export type WorkerQuestion = { id: number; kind: keyof Requests; request: Requests[keyof Requests]['request'] };
export type WorkerAnswer =
  { id: number; value: unknown } | { id: number; error: string; diagnostics?: readonly unknown[] };

function answer({ kind, request }: WorkerQuestion): unknown {
  if (kind === 'compile') return compileAssemblyScript(asc, request as Requests['compile']['request']);
  const { wasm, sourceMap } = request as Requests['callGraph']['request'];
  return readCallGraph(wasm, sourceMap);
}

let queue: Promise<void> = Promise.resolve();
parentPort?.on('message', (question: WorkerQuestion) => {
  queue = queue.then(async () => {
    const { id } = question;
    try {
      parentPort?.postMessage({ id, value: await answer(question) } satisfies WorkerAnswer);
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      const diagnostics = error instanceof Failure ? { diagnostics: error.diagnostics } : {};
      parentPort?.postMessage({ id, error: text, ...diagnostics } satisfies WorkerAnswer);
    }
  });
});

// SPDX-License-Identifier: Apache-2.0
/**
 * Owns the worker thread in which asc and Binaryen run. Both are loaded once for all components, off the main thread,
 * and outside the loader that runs this repository's TypeScript: that loader rewrites every module it meets, which
 * costs seconds for a package of asc's size.
 */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { buildSync } from 'esbuild';
import { Failure, type Diagnostic } from '../../../diagnostics/diagnostic.ts';
import { digest, writeAtomic } from '../toolchain/files.ts';
import type { Requests, WorkerAnswer, WorkerQuestion } from './worker.ts';

interface Pending {
  resolve: (value: unknown) => void;
  reject: (error: Error) => void;
}

let worker: Worker | undefined;
const pending = new Map<number, Pending>();
let sequence = 0;

/** Below the folder with node_modules, so that the thread finds its packages. */
const BUNDLE_DIR = join(dirname(fileURLToPath(import.meta.url)), '../../../out/cache/compiler-thread');

function bundledWorker(): string {
  const entry = join(dirname(fileURLToPath(import.meta.url)), 'worker.ts');
  const options = { bundle: true, platform: 'node', format: 'esm', packages: 'external', write: false } as const;
  const code = buildSync({ entryPoints: [entry], ...options }).outputFiles[0]?.text ?? '';
  const path = join(BUNDLE_DIR, `${digest([code])}.mjs`);
  if (!existsSync(path)) writeAtomic(path, code);
  return path;
}

function startWorker(): Worker {
  // No execArgv: the loader of the main thread must not follow into the worker.
  const started = new Worker(bundledWorker(), { execArgv: [] });
  const failAll = (error: Error): void => {
    worker = undefined;
    for (const one of pending.values()) one.reject(error);
    pending.clear();
  };
  started.on('message', (answer: WorkerAnswer) => {
    const waiting = pending.get(answer.id);
    pending.delete(answer.id);
    if (pending.size === 0) started.unref();
    if (waiting === undefined) return;
    if ('value' in answer) waiting.resolve(answer.value);
    else if (answer.diagnostics !== undefined) waiting.reject(new Failure(answer.diagnostics as Diagnostic[]));
    else waiting.reject(new Error(answer.error));
  });
  started.on('error', failAll);
  started.on('exit', (code) => failAll(new Error(`the compiler thread ended with code ${code}`)));
  started.unref();
  return started;
}

/** Runs one request in the worker; failures arrive as `Failure` with their diagnostics. */
export function ask<K extends keyof Requests>(
  kind: K,
  request: Requests[K]['request'],
): Promise<Requests[K]['answer']> {
  worker ??= startWorker();
  const target = worker;
  sequence += 1;
  const id = sequence;
  return new Promise((resolve, reject) => {
    pending.set(id, { resolve: resolve as (value: unknown) => void, reject });
    target.ref();
    target.postMessage({ id, kind, request } satisfies WorkerQuestion);
  });
}

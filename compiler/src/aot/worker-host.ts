// SPDX-License-Identifier: Apache-2.0
/**
 * Owns the worker thread in which asc and Binaryen run. Both are loaded once for all components, off the main thread,
 * and outside the loader that runs this repository's TypeScript: that loader rewrites every module it meets, which
 * costs seconds for a package of asc's size.
 */
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import { buildSync } from 'esbuild';
import { Failure, failure, type Diagnostic } from '../../../diagnostics/diagnostic.ts';
import type { Requests, WorkerAnswer, WorkerQuestion, WorkerUrls } from './worker.ts';

interface Pending {
  resolve: (value: unknown) => void;
  reject: (error: Error) => void;
}

let worker: Worker | undefined;
const pending = new Map<number, Pending>();
let sequence = 0;

function packageUrls(): WorkerUrls {
  const require = createRequire(import.meta.url);
  try {
    const manifest = require.resolve('assemblyscript/package.json');
    const binaryen = createRequire(manifest).resolve('binaryen');
    return {
      asc: pathToFileURL(join(dirname(manifest), 'dist', 'asc.js')).href,
      binaryen: pathToFileURL(binaryen).href,
    };
  } catch {
    throw failure('COH0721', 'the npm package assemblyscript is not installed', 'run npm ci');
  }
}

function startWorker(): Worker {
  const urls = packageUrls();
  const entry = join(dirname(fileURLToPath(import.meta.url)), 'worker.ts');
  const bundle = buildSync({ entryPoints: [entry], bundle: true, platform: 'node', format: 'esm', write: false });
  const code = bundle.outputFiles[0]?.text ?? '';
  const url = new URL(`data:text/javascript;base64,${Buffer.from(code).toString('base64')}`);
  // No execArgv: the loader of the main thread must not follow into the worker.
  const started = new Worker(url, { execArgv: [], workerData: urls });
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

// SPDX-License-Identifier: Apache-2.0
/**
 * Owns running host programs for the toolchain: arguments as a list (no shell), output captured whole, and a bound on
 * how many run at once.
 */
import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';

export interface RunResult {
  code: number;
  stdout: string;
  stderr: string;
}

/** A compiler that runs longer than this is taken to hang. */
const TIMEOUT_MS = 300_000;

/** Runs a program to its end. Rejects only when it cannot be started; a failure of the program itself is a code. */
export function run(command: string, args: readonly string[], cwd?: string): Promise<RunResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: TIMEOUT_MS,
      ...(cwd === undefined ? {} : { cwd }),
      // Messages are parsed and compared in tests: one language, no colours.
      env: { ...process.env, LC_ALL: 'C' },
    });
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => err.push(chunk));
    child.on('error', reject);
    child.on('close', (code, signal) => {
      const stderr = Buffer.concat(err).toString();
      resolve({
        code: code ?? 1,
        stdout: Buffer.concat(out).toString(),
        stderr: signal === null ? stderr : `${stderr}\nended by ${signal}`,
      });
    });
  });
}

/** Applies `work` to every item, at most one per core at a time; results keep the order of the items. */
export async function parallel<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results = new Array<R>(items.length);
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < items.length) {
      const index = next++;
      results[index] = await work(items[index] as T);
    }
  };
  const lanes = Math.min(items.length, availableParallelism());
  // On a failure the other lanes finish what they began, so that nothing runs on behind the caller's back.
  const settled = await Promise.allSettled(Array.from({ length: lanes }, lane));
  for (const one of settled) if (one.status === 'rejected') throw one.reason;
  return results;
}

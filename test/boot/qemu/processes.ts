// SPDX-License-Identifier: Apache-2.0
// Helpers for tests that start our own commands as processes of their own and look for what they leave behind.
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { ROOT } from './guest.ts';

/** Ends a stuck command; generous, because nothing is timed here. */
const LIMIT_MS = 40_000;

export interface Finished {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

const started = new Set<ChildProcess>();

/** Ends what a failed test has left running; for `afterEach`. */
export function endCommands(): void {
  for (const child of started) child.kill('SIGKILL');
}

export class Command {
  readonly child: ChildProcess;
  stdout = '';
  stderr = '';
  readonly finished: Promise<Finished>;

  constructor(program: string, args: readonly string[], env: NodeJS.ProcessEnv = process.env) {
    this.child = spawn(program, args, { cwd: ROOT, env, stdio: 'pipe', timeout: LIMIT_MS, killSignal: 'SIGKILL' });
    started.add(this.child);
    this.child.once('exit', () => void started.delete(this.child));
    this.child.stdout?.on('data', (chunk: Buffer) => (this.stdout += chunk.toString('utf8')));
    this.child.stderr?.on('data', (chunk: Buffer) => (this.stderr += chunk.toString('utf8')));
    this.child.stdin?.on('error', () => undefined);
    this.finished = new Promise((resolve) => {
      this.child.once('close', (code, signal) => resolve({ code, signal, stdout: this.stdout, stderr: this.stderr }));
    });
  }

  /** Runs a TypeScript file of this repository. */
  static node(file: string, ...args: string[]): Command {
    return new Command(process.execPath, ['--import', 'tsx', file, ...args]);
  }

  /** Waits until the standard output holds `pattern`. */
  async output(pattern: RegExp): Promise<RegExpExecArray> {
    const match = await eventually(() => pattern.exec(this.stdout));
    if (match === null) throw new Error(`no ${pattern} in: ${this.stdout}${this.stderr}`);
    return match;
  }

  type(text: string): void {
    this.child.stdin?.write(text);
  }
}

/** Polls until `probe` finds something, or the limit is over. */
export async function eventually<T>(probe: () => T | null): Promise<T | null> {
  for (let waited_ms = 0; waited_ms < LIMIT_MS; waited_ms += 20) {
    const found = probe();
    if (found !== null) return found;
    await sleep(20);
  }
  return null;
}

/** Whether a process runs; a dead one that waits for its parent does not. */
export function runs(pid: number): boolean {
  const path = `/proc/${pid}/stat`;
  if (!existsSync(path)) return false;
  try {
    const stat = readFileSync(path, 'utf8');
    return !stat.slice(stat.lastIndexOf(')')).startsWith(') Z');
  } catch {
    return false;
  }
}

/** Whether the process is gone, now or soon. */
export async function isGone(pid: number): Promise<boolean> {
  return (await eventually(() => (runs(pid) ? null : true))) === true;
}

// SPDX-License-Identifier: Apache-2.0
/**
 * Owns the lines that were typed in earlier sessions: one a line in `$XDG_STATE_HOME/cohsh/history`, readable by their owner
 * only, without tickets and tokens. Several shells may append to it at once.
 */
import { appendFileSync, chmodSync, lstatSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, isAbsolute, join } from 'node:path';
import { readBounded } from '../../../tools/bounded-file.ts';

export const HISTORY_LINES = 1000;
const MAX_FILE_BYTES = 1024 * 1024;
const MAX_LINE_BYTES = 4096;
/** The file may grow to this many lines before it is shortened to `HISTORY_LINES`. */
const SHORTEN_ABOVE = 2 * HISTORY_LINES;

/** Where the history of this user is. */
export function historyPath(env: Readonly<Record<string, string | undefined>> = process.env): string {
  const state = env['XDG_STATE_HOME'] ?? '';
  // A relative value is to be ignored (XDG base directory specification).
  return join(isAbsolute(state) ? state : join(homedir(), '.local/state'), 'cohsh/history');
}

/**
 * Whether a line may be written to the file. Not: what holds a ticket, what may hold one although it is mistyped (anything after
 * a role), options for secrets, and lines that begin with a blank.
 */
export function mayKeep(line: string): boolean {
  if (/^\s|^$/.test(line) || Buffer.byteLength(line) > MAX_LINE_BYTES) return false;

  if (/[\x00-\x1f\x7f]/.test(line)) return false;
  if (/cohesix-ticket|\b(ticket|token|secret|password)\b["']?\s*[=: ]/i.test(line)) return false;
  return !/^(attach|login)\s+\S+\s+\S|^auth\s/i.test(line);
}

export class History {
  private readonly path: string | undefined;
  private last = '';
  /** Oldest first. */
  readonly lines: string[];
  /** Why lines are not kept, for one notice. */
  problem: string | undefined;

  constructor(path: string | undefined = historyPath()) {
    this.path = path;
    this.lines = this.load();
    this.last = this.lines.at(-1) ?? '';
  }

  /** Appends a line to the file if it may be there. */
  add(line: string): void {
    if (this.path === undefined || this.problem !== undefined || line === this.last || !mayKeep(line)) return;
    this.last = line;
    try {
      appendFileSync(this.path, `${line}\n`, { mode: 0o600 });
    } catch (error) {
      this.problem = reason(error);
    }
  }

  private load(): string[] {
    if (this.path === undefined) return [];
    try {
      mkdirSync(dirname(this.path), { recursive: true, mode: 0o700 });
      const state = lstatSync(this.path, { throwIfNoEntry: false });
      if (state === undefined) return [];
      if (!state.isFile()) throw new Error('it is no regular file');
      if (state.size > MAX_FILE_BYTES) throw new Error(`it is larger than ${MAX_FILE_BYTES} bytes`);
      if ((state.mode & 0o077) !== 0) chmodSync(this.path, 0o600);
      const all = readBounded(this.path, MAX_FILE_BYTES).toString('utf8').split('\n').filter(mayKeep);
      if (all.length > SHORTEN_ABOVE) this.shorten(all.slice(-HISTORY_LINES));
      return all.slice(-HISTORY_LINES);
    } catch (error) {
      this.problem = reason(error);
      return [];
    }
  }

  private shorten(lines: readonly string[]): void {
    const path = this.path as string;
    const fresh = `${path}.${process.pid}`;
    writeFileSync(fresh, `${lines.join('\n')}\n`, { mode: 0o600 });
    renameSync(fresh, path);
  }
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

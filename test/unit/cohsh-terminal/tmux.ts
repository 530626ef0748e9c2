// SPDX-License-Identifier: Apache-2.0
/**
 * A real terminal for tests: a tmux server of its own for each, with one window. Keys go in, the screen comes out; nothing here waits
 * longer than its limit.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from '../../support/build.ts';

const POLL_MS = 40;
const DEFAULT_WITHIN_MS = 15_000;

export interface WindowOptions {
  columns?: number;
  rows?: number;
  /** In addition to a bare environment. */
  env?: Readonly<Record<string, string>>;
}

/** Shell quoting of one word. */
export function quote(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}

export class Window {
  /** Of this window alone: state, settings of the terminal, exit code. */
  readonly folder: string;
  private readonly socket: string;

  /** Runs `command` (words) in a shell that notes the terminal's settings before and after it, and its exit code. */
  constructor(command: readonly string[], { columns = 80, rows = 24, env = {} }: WindowOptions = {}) {
    this.folder = mkdtempSync(join(tmpdir(), 'cohsh-terminal-'));
    this.socket = join(this.folder, 'tmux');
    const variables = { LANG: 'C.UTF-8', TERM: 'screen-256color', XDG_STATE_HOME: this.folder, ...env };
    const script = [
      `cd ${quote(ROOT)}`,
      `stty -a > ${quote(join(this.folder, 'before'))}`,
      `env ${Object.entries(variables)
        .map(([name, value]) => quote(`${name}=${value}`))
        .join(' ')} ${command.map(quote).join(' ')}`,
      `code=$?`,
      `stty -a > ${quote(join(this.folder, 'after'))}`,
      `echo $code > ${quote(join(this.folder, 'code'))}`,
      'echo "[the program has ended with $code]"',
      'exec cat',
    ].join('\n');
    writeFileSync(join(this.folder, 'run.sh'), script);
    const size = ['-x', String(columns), '-y', String(rows)];
    this.tmux('-f', '/dev/null', 'new-session', '-d', ...size, `sh ${quote(join(this.folder, 'run.sh'))}`);
    this.tmux('set-option', '-g', 'window-size', 'manual');
  }

  /** Types text as it is. */
  type(text: string): void {
    this.tmux('send-keys', '-l', '--', text);
  }

  /** Presses keys by tmux's names: Enter, Tab, C-c, Up, BSpace, … */
  press(...keys: readonly string[]): void {
    this.tmux('send-keys', '--', ...keys);
  }

  resize(columns: number, rows: number): void {
    this.tmux('resize-window', '-x', String(columns), '-y', String(rows));
  }

  /** The rows of the screen up to the last one that is not empty; with `history` those that have left it, too. */
  screen({ history = false, colours = false } = {}): string {
    const flags = [...(history ? ['-S', '-'] : []), ...(colours ? ['-e'] : [])];
    return this.tmux('capture-pane', '-p', ...flags).replace(/\s+$/, '');
  }

  /** Where the cursor is, from 0. */
  cursor(): { column: number; row: number } {
    const [column = 0, row = 0] = this.tmux('display-message', '-p', '#{cursor_x} #{cursor_y}').split(' ').map(Number);
    return { column, row };
  }

  /** Waits until the screen satisfies; returns it. */
  async until(what: string | RegExp | ((screen: string) => boolean), within_ms = DEFAULT_WITHIN_MS): Promise<string> {
    const holds = (screen: string): boolean =>
      typeof what === 'function' ? what(screen) : typeof what === 'string' ? screen.includes(what) : what.test(screen);
    const deadline_ms = performance.now() + within_ms;
    for (;;) {
      const screen = this.screen();
      if (holds(screen)) return screen;
      if (performance.now() > deadline_ms) throw new Error(`no ${String(what)} on the screen:\n${screen}`);
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }

  /** Waits until the last row is this. */
  lastRow(row: string, within_ms?: number): Promise<string> {
    return this.until((screen) => screen.split('\n').at(-1) === row, within_ms).catch((error: unknown) => {
      throw new Error(`the last row is not ${JSON.stringify(row)}: ${String(error)}`);
    });
  }

  /** Waits for the program's end; returns its exit code. */
  async ended(within_ms?: number): Promise<number> {
    await this.until('[the program has ended with', within_ms);
    return Number(readFileSync(join(this.folder, 'code'), 'utf8'));
  }

  /** Whether the terminal has the settings that it had before the program. */
  restored(): boolean {
    const read = (name: string): string =>
      readFileSync(join(this.folder, name), 'utf8').replace(/^.*rows \d+; columns \d+;/m, '');
    return read('before') === read('after');
  }

  close(): void {
    try {
      this.tmux('kill-server');
    } catch {
      // It is gone already.
    }
    rmSync(this.folder, { recursive: true, force: true });
  }

  private tmux(...args: readonly string[]): string {
    return execFileSync('tmux', ['-u', '-S', this.socket, ...args], {
      encoding: 'utf8',
      timeout: 10_000,
      stdio: 'pipe',
    });
  }
}

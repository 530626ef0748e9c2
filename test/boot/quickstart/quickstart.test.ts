// SPDX-License-Identifier: Apache-2.0
/** The quickstart, typed word by word into two real terminals. Only the ports and the folder for the image are not those of the page. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { chooseHostPort } from 'qemu-wasm-runner';
import { ROOT } from '../../support/build.ts';
import { Window } from '../../unit/cohsh-terminal/tmux.ts';
import { readPage, shows, type Step } from './page.ts';

const PAGE = join(ROOT, 'docs/quickstart.md');
/** `make boot` builds. */
const BUILD_MS = 420_000;
const STEP_MS = 30_000;
const SHELL_PROMPT = '$';

let windows: Window[] = [];
afterEach(() => {
  for (const window of windows) window.close();
  windows = [];
});

/** One of the page's terminals: a shell in the root of the repository, and how far its output was looked at. */
class Terminal {
  private readonly window: Window;
  /** Rows that were looked at. */
  private seen = 0;
  /** For what comes next: a command of the shell may build things, one of cohsh does not. */
  private patience_ms = STEP_MS;

  constructor(env: Readonly<Record<string, string>>) {
    this.window = new Window(['env', 'PS1=$ ', 'sh'], { columns: 250, rows: 50, env });
    windows.push(this.window);
  }

  async run({ kind, text }: Step): Promise<void> {
    if (kind === 'press') return this.window.press(text);
    if (kind === 'prompt') return this.find((row) => row === text);
    if (kind === 'see') return text === '…' ? undefined : this.find((row) => shows(row, text));
    await this.atPrompt();
    this.seen = this.rows().length;
    this.window.type(text);
    this.window.press('Enter');
  }

  /** A line can be typed: the last row is nothing but a prompt. */
  private async atPrompt(): Promise<void> {
    const prompts = [SHELL_PROMPT, 'coh>'];
    const screen = await this.window.until((now) => prompts.includes(now.split('\n').at(-1) ?? ''), this.patience_ms);
    this.patience_ms = screen.endsWith(SHELL_PROMPT) ? BUILD_MS : STEP_MS;
  }

  private async find(is: (row: string) => boolean): Promise<void> {
    await this.window.until(() => {
      const rows = this.rows();
      const found = rows.findIndex((row, index) => index >= this.seen && is(row));
      if (found >= 0) this.seen = found + 1;
      return found >= 0;
    }, this.patience_ms);
  }

  /** With what has left the screen. */
  private rows(): string[] {
    return this.window.screen({ history: true }).split('\n');
  }
}

/** A variable of make, as MAKEFLAGS holds it. */
function variable(name: string, value: string): string {
  return `${name}=${value.replaceAll(' ', '\\ ')}`;
}

it(
  'takes a stranger from a clone to telemetry',
  async () => {
    const ports = [await chooseHostPort({ guest_port: 1 }), await chooseHostPort({ guest_port: 2 })];
    const [console, nine] = ports.map(({ host_port }) => String(host_port));
    const env = {
      // As if given on make's command line: the folder is the one of other boot tests.
      MAKEFLAGS: `-- OUT=out/test/system/devkernel ${variable('BOOT_FLAGS', `--port ${console} --port-9p ${nine} --transcript out/test/quickstart/serial.log`)}`,
      COHSH_TCP_PORT: console ?? '',
    };
    const terminals = new Map<string, Terminal>();
    const steps = readPage(readFileSync(PAGE, 'utf8'));
    expect([...new Set(steps.map(({ terminal }) => terminal))]).toEqual(['node', 'shell']);
    for (const step of steps) {
      const terminal = terminals.get(step.terminal) ?? new Terminal(env);
      terminals.set(step.terminal, terminal);
      await terminal.run(step).catch((error: unknown) => {
        throw new Error(`docs/quickstart.md:${step.line}: ${step.kind} ${step.text}: ${String(error)}`);
      });
    }
  },
  2 * BUILD_MS,
);
